/**
 * The same for a person's uncommitted work in repositories inside the project: their files are not lost either,
 * whatever becomes of their `.git` (K3). What such a repository ignores itself is not held.
 */
import { chmodSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { takeCheckpoint } from "../../../src/project/checkpoints/checkpoint.ts";
import { back, begin } from "../checkpointed.ts";
import { fingerprint } from "../fingerprint.ts";
import { git, repository, write } from "../scratch.ts";

const ignored = ["lib/cache", "tree/x.log"];
/** The innermost first. */
const inside = ["lib/deep", "lib", "sub", "clone", "tree", "vendor/kit"] as const;

/** A submodule, one of its own, one that is ignored but tracked, an untracked one without commits, a clone, a worktree. */
function projectOfAPerson(): string {
  const dir = repository({ "a.txt": "a\n", ".gitignore": "dist/\nvendor/\n*.log\n" });
  const library = repository({
    "l.txt": "l\n",
    "gone.txt": "g\n",
    ".gitignore": "cache/\n",
    ".gitattributes": "* text=auto\n",
  });
  write(library, { "dist/app.js": "built\n" });
  git(library, "add", "-f", ".");
  git(library, "commit", "-q", "-m", "built");
  for (const [path, ...flags] of [["lib"], ["vendor/kit", "--force"]] as const) {
    git(dir, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", ...flags, library, path);
  }
  git(dir, "commit", "-q", "-m", "libraries");
  git(dir, "clone", "-q", library, "clone");
  git(dir, "worktree", "add", "-q", "-b", "other", "tree");
  git(dir, "init", "-q", "sub");
  git(join(dir, "lib"), "init", "-q", "deep");
  for (const path of inside) {
    write(join(dir, path), {
      "mine.txt": `mine in ${path}\n`,
      "new/dir/windows.txt": "one\r\ntwo\r\n",
      "feature_list.json": "[]\n",
      "x.log": "ignored by the project alone\n",
    });
  }
  const lib = join(dir, "lib");
  write(lib, { "l.txt": "staged\n" });
  git(lib, "add", "l.txt");
  write(lib, { "l.txt": "changed after\r\n", "dist/app.js": "built again\n", "cache/c": "ignored\n" });
  writeFileSync(Buffer.concat([Buffer.from(`${lib}/latin-`), Buffer.from([0xe9, 0xff])]), "no UTF-8\n");
  write(lib, { tool: "#!/bin/sh\n" });
  chmodSync(join(lib, "tool"), 0o755);
  symlinkSync("l.txt", join(lib, "link"));
  rmSync(join(lib, "gone.txt"));
  write(join(dir, "vendor/kit"), { "l.txt": "changed\n" });
  return dir;
}

const head = (dir: string, path: string) => git(join(dir, path), "rev-parse", "HEAD");
const each = (dir: string, act: (inner: string) => void) => {
  for (const path of inside) act(join(dir, path));
};
const removeAll = (dir: string) => {
  for (const path of inside) rmSync(join(dir, path), { recursive: true, force: true });
};

const cheats: Readonly<Record<string, (dir: string) => void>> = {
  "add -A and commit, in the project": (dir) => {
    git(dir, "rm", "-q", "-r", "--cached", "-f", "lib");
    rmSync(join(dir, "sub/.git"), { recursive: true });
    git(dir, "add", "-A");
    git(dir, "commit", "-q", "-m", "all mine");
  },
  "add -A and commit, in each": (dir) =>
    each(dir, (inner) => {
      git(inner, "add", "-A");
      git(inner, "commit", "-q", "-m", "all mine");
      write(inner, { "mine.txt": "agent\n" });
      git(inner, "commit", "-qam", "more");
    }),
  "stash -u and stash clear, in each that has a commit": (dir) => {
    for (const path of ["lib", "clone", "tree", "vendor/kit"]) {
      git(join(dir, path), "stash", "-q", "--include-untracked");
      git(join(dir, path), "stash", "clear");
    }
  },
  "reset --hard and clean -ffdx, in each and in the project": (dir) => {
    for (const path of ["lib", "clone", "tree", "vendor/kit"]) git(join(dir, path), "reset", "-q", "--hard");
    each(dir, (inner) => void git(inner, "clean", "-qffdx"));
    git(dir, "reset", "-q", "--hard");
    git(dir, "clean", "-qffdx");
  },
  "clean -ffdx, which takes untracked repositories along": (dir) => void git(dir, "clean", "-qffdx"),
  "submodule deinit": (dir) => void git(dir, "submodule", "--quiet", "deinit", "--force", "--all"),
  "rm -rf of them all, and of what git keeps of them": (dir) => {
    removeAll(dir);
    rmSync(join(dir, ".git/modules"), { recursive: true });
    git(dir, "gc", "-q", "--prune=now");
  },
  "rm -rf of each .git": (dir) => {
    each(dir, (inner) => rmSync(join(inner, ".git"), { recursive: true, force: true }));
    each(dir, (inner) => write(inner, { "mine.txt": "agent\n" }));
  },
  "files in their place": (dir) => {
    removeAll(dir);
    rmSync(join(dir, "vendor"), { recursive: true });
    write(dir, { lib: "a file\n", sub: "a file\n", vendor: "a file\n" });
  },
};

describe("uncommitted work in repositories inside survives", () => {
  it.each(Object.keys(cheats))("%s", async (name) => {
    const dir = projectOfAPerson();
    const { before, start } = await begin(dir, ignored);
    cheats[name]?.(dir);
    const cheated = fingerprint(dir, ignored);
    const done = await back(dir, start.id);
    expect(fingerprint(dir, ignored)).toEqual(before);
    await back(dir, done.rescue.id);
    // What only a repository knew to be its own is ignored again where that is gone, and is left alone.
    expect(fingerprint(dir, ignored)).toMatchObject(cheated);
  });

  it("is counted, file by file, and says at which commit each repository was", async () => {
    const dir = projectOfAPerson();
    const { start } = await begin(dir, ignored);
    // Four files in each, one of them ignored in `tree`; six more in lib, one more in vendor/kit.
    expect(start).toMatchObject({ uncommitted: 6 * 4 - 1 + 6 + 1, unheld: true, leftOut: [] });
    const heads = inside.map((path) => [path, /^(lib\/deep|sub)$/.test(path) ? null : head(dir, path)]);
    expect(start.repositories).toEqual(Object.fromEntries(heads));
    // They are committed inside, and nothing is left to be told.
    for (const path of inside) {
      git(join(dir, path), "add", "-A");
      git(join(dir, path), "commit", "-q", "-m", "mine");
    }
    expect(await takeCheckpoint(dir, { kind: "start", runId: "run_2", session: 0, now: 0 })).toMatchObject({
      uncommitted: 0,
      unheld: false,
    });
  });

  it("of which a file that is too large is left out, named, and not counted (K5)", async () => {
    const dir = repository();
    git(dir, "init", "-q", "sub");
    write(dir, {
      "sub/huge.bin": "h".repeat(2000),
      "sub/small.txt": "s\n",
      "sub/dist/huge.js": "h".repeat(2000),
    });
    write(dir, { ".gitignore": "dist/\n" });
    const request = { kind: "start", runId: "run_1", session: 0, now: 0, maxUntrackedBytes: 1000 } as const;
    const start = await takeCheckpoint(dir, request);
    expect(start).toMatchObject({ uncommitted: 2, leftOut: ["sub/huge.bin", "sub/dist/huge.js"] });
    await back(dir, `chk_${start.commit.slice(0, 8)}`);
    expect(fingerprint(dir, [])).toMatchObject({ "sub/huge.bin": expect.any(String) });
  });
});
