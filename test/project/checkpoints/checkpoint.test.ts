import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { takeCheckpoint } from "../../../src/project/checkpoints/checkpoint.ts";
import { openGit } from "../../../src/project/git/git.ts";
import { changedBetween } from "../../../src/project/git/tree-changes.ts";
import { workTree } from "../../../src/project/git/work-tree.ts";
import { git, repository, scratch, write } from "../scratch.ts";

const ref = "refs/onward/run_1/1";
const one = { kind: "session", runId: "run_1", session: 1, now: 1_700_000_000_000 } as const;
const files = (dir: string, tree: string) => git(dir, "ls-tree", "-r", "--name-only", tree).split("\n");

describe("checkpoint", () => {
  it("holds tracked, changed and untracked files, and touches neither branch nor index (K1)", async () => {
    const dir = repository({ "a.txt": "a\n", "gone.txt": "g\n", ".gitignore": "*.log\n" });
    write(dir, { "a.txt": "changed\n", "new/b.txt": "b\n", "x.log": "ignored\n", "staged.txt": "s\n" });
    rmSync(join(dir, "gone.txt"));
    symlinkSync("a.txt", join(dir, "link"));
    git(dir, "add", "staged.txt");
    const status = git(dir, "status", "--porcelain");
    const index = readFileSync(join(dir, ".git", "index"));
    const made = await takeCheckpoint(dir, one);

    expect(files(dir, made.tree)).toEqual([".gitignore", "a.txt", "link", "new/b.txt", "staged.txt"]);
    expect(git(dir, "show", `${ref}:a.txt`)).toBe("changed");
    expect(made).toMatchObject({
      ref,
      commit: git(dir, "rev-parse", ref),
      tree: git(dir, "rev-parse", `${ref}^{tree}`),
      head: git(dir, "rev-parse", "HEAD"),
    });
    expect(git(dir, "log", "-1", "--format=%an <%ae> %s", ref)).toBe(
      "Onward <onward@localhost> Onward: after session 1",
    );
    expect(git(dir, "rev-parse", `${ref}^`)).toBe(made.head);
    expect(git(dir, "status", "--porcelain")).toBe(status);
    expect(readFileSync(join(dir, ".git", "index"))).toEqual(index);
  });

  it("works without a commit, with a detached head, and with no files at all", async () => {
    const empty = scratch();
    git(empty, "init", "-q");
    expect(await takeCheckpoint(empty, one)).toMatchObject({ head: null });
    write(empty, { "a.txt": "a\n" });
    expect(files(empty, (await takeCheckpoint(empty, one)).tree)).toEqual(["a.txt"]);
    const detached = repository();
    git(detached, "checkout", "-q", "--detach");
    expect(await takeCheckpoint(detached, one)).toMatchObject({
      head: git(detached, "rev-parse", "HEAD"),
    });
  });

  it("holds what is tracked although ignored, and drops what has become ignored", async () => {
    const dir = repository({ "dist/app.js": "1\n", "a.txt": "a\n" });
    write(dir, { "modules/big.js": "b\n" });
    expect(files(dir, await workTree(dir))).toEqual(["a.txt", "dist/app.js", "modules/big.js"]);
    write(dir, { ".gitignore": "dist/\nmodules/\n", "dist/app.js": "2\n", "dist/more.js": "m\n" });
    const { tree } = await takeCheckpoint(dir, one);
    expect(files(dir, tree)).toEqual([".gitignore", "a.txt", "dist/app.js"]);
    expect(git(dir, "show", `${ref}:dist/app.js`)).toBe("2");
    rmSync(join(dir, "dist/app.js"));
    expect(files(dir, await workTree(dir))).toEqual([".gitignore", "a.txt"]);
  });

  it("never holds our own directory, also when its .gitignore is gone", async () => {
    const dir = repository();
    await workTree(dir);
    rmSync(join(dir, ".onward", ".gitignore"));
    mkdirSync(join(dir, ".onward", ".gitignore"));
    expect(files(dir, await workTree(dir))).toEqual(["a.txt"]);
  });

  it("is limited to the project in a larger repository", async () => {
    const outer = repository({ "other/b.txt": "b\n", "app/a.txt": "a\n" });
    const dir = join(outer, "app");
    const before = await workTree(dir);
    expect(files(outer, before)).toEqual(["app/a.txt"]);
    write(outer, { "other/b.txt": "changed\n", "app/feature_list.json": "[]\n" });
    const after = await workTree(dir);
    expect(await changedBetween(await openGit(dir), before, after, ["feature_list.json"])).toEqual([]);
    expect(await changedBetween(await openGit(dir), before, after, [])).toEqual(["feature_list.json"]);
  });

  it("survives a damaged or locked private index, and a damaged one of the person (K2)", async () => {
    const dir = repository();
    const tree = await workTree(dir);
    truncateSync(join(dir, ".onward", "index"), 20);
    writeFileSync(join(dir, ".onward", "index.lock"), "");
    expect(await workTree(dir)).toBe(tree);
    writeFileSync(join(dir, ".git", "index"), "garbage");
    expect(await workTree(dir)).toBe(tree);
  });

  it("goes on past what git cannot take in: a repository without commits, a name that is no file (K3)", async () => {
    const dir = repository();
    mkdirSync(join(dir, "inner"));
    git(join(dir, "inner"), "init", "-q");
    write(dir, { "inner/x.txt": "x\n", "b.txt": "b\n", "odd \n name": "o\n" });
    expect(await workTree(dir)).toBe(await workTree(dir));
    expect(git(dir, "ls-tree", "-rz", "--name-only", await workTree(dir))).toBe(
      "a.txt\0b.txt\0inner/x.txt\0odd \n name\0",
    );
  });

  it("replaces only the checkpoint of a session that is settled once more (K6)", async () => {
    const dir = repository();
    await takeCheckpoint(dir, one);
    write(dir, { "a.txt": "more\n" });
    const { commit } = await takeCheckpoint(dir, one);
    expect(git(dir, "rev-parse", ref)).toBe(commit);

    const start = { ...one, kind: "start" } as const;
    const first = await takeCheckpoint(dir, start);
    expect(await takeCheckpoint(dir, start)).toMatchObject({ ref: first.ref, commit: first.commit });
    write(dir, { "a.txt": "and more\n" });
    expect(await takeCheckpoint(dir, start)).toMatchObject({ ref: `${first.ref}-2` });
    expect(git(dir, "rev-parse", first.ref)).toBe(first.commit);
  });
});

describe("changedBetween", () => {
  it("is about content, mode, addition and removal of anything but the named files", async () => {
    const dir = repository({ "a.txt": "a\n", "feature_list.json": "[]\n" });
    const before = await workTree(dir);
    const changed = async () =>
      changedBetween(await openGit(dir), before, await workTree(dir), ["feature_list.json", "notes"]);
    expect(await changed()).toEqual([]);
    write(dir, { "feature_list.json": "[1]\n", notes: "n\n" });
    expect(await changed()).toEqual([]);
    chmodSync(join(dir, "a.txt"), 0o755);
    expect(await changed()).toEqual(["a.txt"]);
    chmodSync(join(dir, "a.txt"), 0o644);
    write(dir, { "sub/notes": "another\n" });
    expect(await changed()).toEqual(["sub/notes"]);
    rmSync(join(dir, "sub"), { recursive: true });
    expect(await changed()).toEqual([]);
    expect(existsSync(join(dir, ".onward", "index"))).toBe(true);
  });
});
