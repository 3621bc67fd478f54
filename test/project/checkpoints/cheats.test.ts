/**
 * A person's uncommitted work, and everything that an agent may do to it with git and without: none of it is
 * lost. What is ignored is not held, and is left out of the comparison.
 */
import {
  appendFileSync,
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { back, begin } from "../checkpointed.ts";
import { fingerprint } from "../fingerprint.ts";
import { git, repository, scratch, write } from "../scratch.ts";

const ignored = ["x.log", "modules"];

/** A repository with history, another branch, a stash, and uncommitted work of every kind. */
function projectOfAPerson(): string {
  const dir = repository({
    "a.txt": "a\n",
    "src/main.js": "main\n",
    "src/deep/er/x.js": "x\n",
    "gone.txt": "deleted by the person\n",
    "run.sh": "#!/bin/sh\n",
    ".gitignore": "*.log\nmodules/\n",
    ".gitattributes": "* text=auto\n",
  });
  git(dir, "checkout", "-q", "-b", "idea");
  write(dir, { "idea.txt": "an idea\n" });
  git(dir, "add", "-A");
  git(dir, "commit", "-q", "-m", "an idea, on this branch alone");
  git(dir, "checkout", "-q", "main");
  write(dir, { "a.txt": "put away\n" });
  git(dir, "stash", "-q");

  write(dir, { "a.txt": "changed\n", "staged.txt": "as staged\n", "windows.txt": "one\r\ntwo\r\nthree\n" });
  git(dir, "add", "staged.txt");
  write(dir, {
    "staged.txt": "and changed after\n",
    "new/dir/file.txt": "untracked\n",
    "with space & 'quotes' \"double\".txt": "q\n",
    "line\nbreak.txt": "l\n",
    "tab\tand\\backslash": "t\n",
    "-rf": "dash\n",
    ":(top)magic": "colon\n",
    "ünïcode 日本.txt": "u\n",
    "empty.txt": "",
    "id.txt": "$Id$ and $Id: someone else's $\n",
    "feature_list.json": '[{"id":"a","description":"a","steps":[],"passes":true}]\n',
    "pointer.bin": "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n",
    "x.log": "ignored\n",
    "modules/m.js": "ignored\n",
  });
  writeFileSync(Buffer.concat([Buffer.from(`${dir}/latin-`), Buffer.from([0xe9, 0xff])]), "no UTF-8\n");
  writeFileSync(
    join(dir, "binary.dat"),
    Buffer.from(Array.from({ length: 300_000 }, (_, i) => (i * i) % 251)),
  );
  chmodSync(join(dir, "run.sh"), 0o755);
  write(dir, { tool: "#!/bin/sh\n" });
  chmodSync(join(dir, "tool"), 0o755);
  symlinkSync("a.txt", join(dir, "link"));
  symlinkSync("/nowhere/at all", join(dir, "dangling"));
  rmSync(join(dir, "gone.txt"));
  return dir;
}

const commit = (dir: string, message: string) => git(dir, "commit", "-q", "--allow-empty", "-m", message);
const removeAll = (dir: string, ...but: readonly string[]) => {
  for (const name of readdirSync(dir, { encoding: "buffer" })) {
    if (but.includes(name.toString())) continue;
    rmSync(Buffer.concat([Buffer.from(`${dir}/`), name]), { recursive: true });
  }
};
const ownRefs = (dir: string) =>
  git(dir, "for-each-ref", "--format=%(refname)", "refs/onward").split("\n").filter(Boolean);

const cheats: Readonly<Record<string, (dir: string) => void>> = {
  "add -A and commit, then more commits": (dir) => {
    git(dir, "add", "-A");
    commit(dir, "all mine");
    write(dir, { "a.txt": "agent\n", "agent.txt": "agent\n" });
    git(dir, "commit", "-qam", "more");
  },
  "stash -u, stash clear": (dir) => {
    git(dir, "stash", "-q", "--include-untracked");
    git(dir, "stash", "clear");
  },
  "stash, and drop what the person had put away": (dir) => {
    git(dir, "stash", "-q", "--all");
    git(dir, "stash", "drop", "-q", "stash@{1}");
  },
  "reset --hard, clean -fd": (dir) => {
    git(dir, "reset", "-q", "--hard");
    git(dir, "clean", "-qfd");
  },
  "checkout .": (dir) => void git(dir, "checkout", "-q", "."),
  "restore everything, staged too": (dir) => void git(dir, "restore", "--staged", "--worktree", "."),
  "clean -fdx, which takes .onward along": (dir) => {
    git(dir, "reset", "-q", "--hard");
    git(dir, "clean", "-qfdx");
  },
  "rm -rf of everything but .git": (dir) => removeAll(dir, ".git"),
  "rm -rf of everything but .git, committed": (dir) => {
    removeAll(dir, ".git");
    git(dir, "add", "-A");
    commit(dir, "a fresh start");
  },
  "branch -D of all other branches": (dir) => void git(dir, "branch", "-D", "idea"),
  "another branch, and branch -D of the person's own": (dir) => {
    git(dir, "checkout", "-q", "-f", "idea");
    git(dir, "branch", "-D", "main");
  },
  "an orphan branch without history": (dir) => {
    git(dir, "checkout", "-q", "--orphan", "clean");
    git(dir, "rm", "-rqf", "--cached", ".");
    removeAll(dir, ".git", ".onward");
    write(dir, { "only.txt": "only\n" });
    git(dir, "add", "-A");
    commit(dir, "nothing was here");
    git(dir, "branch", "-D", "main", "idea");
  },
  "rebase onto another branch": (dir) => {
    git(dir, "add", "-A");
    commit(dir, "mine");
    git(dir, "rebase", "-q", "idea");
  },
  "commit --amend over the first commit": (dir) => {
    git(dir, "add", "-A");
    git(dir, "commit", "-q", "--amend", "-m", "rewritten");
  },
  "reflog expire and gc --prune=now": (dir) => {
    git(dir, "reset", "-q", "--hard");
    git(dir, "clean", "-qfd");
    git(dir, "stash", "clear");
    git(dir, "branch", "-D", "idea");
    git(dir, "reflog", "expire", "--expire=now", "--expire-unreachable=now", "--all");
    git(dir, "gc", "-q", "--prune=now");
  },
  "rm -rf .git/refs": (dir) => {
    git(dir, "reset", "-q", "--hard");
    rmSync(join(dir, ".git", "refs"), { recursive: true });
  },
  "rm -rf .git/refs, .git/packed-refs, .git/HEAD and .git/logs": (dir) => {
    git(dir, "pack-refs", "--all");
    removeAll(dir, ".git", ".onward");
    for (const name of ["refs", "packed-refs", "HEAD", "logs", "index"])
      rmSync(join(dir, ".git", name), { recursive: true, force: true });
  },
  "update-ref -d of all checkpoints": (dir) => {
    git(dir, "reset", "-q", "--hard");
    for (const ref of ownRefs(dir)) git(dir, "update-ref", "-d", ref);
  },
  "checkpoints made to name another commit": (dir) => {
    git(dir, "reset", "-q", "--hard");
    for (const ref of ownRefs(dir)) git(dir, "update-ref", ref, "HEAD");
  },
  "ignoring everything, in every place": (dir) => {
    appendFileSync(join(dir, ".gitignore"), "*\n");
    appendFileSync(join(dir, ".git", "info", "exclude"), "*\n");
    removeAll(dir, ".git", ".onward", "new", "a.txt", "tool");
    write(dir, { tool: "another\n", "new/dir/file.txt": "another\n", "binary.dat": "another\n" });
  },
  "attributes and settings that rewrite files": (dir) => {
    write(dir, {
      ".gitattributes":
        "* text eol=crlf ident\n*.txt working-tree-encoding=UTF-16\n*.json working-tree-encoding=UTF-32\n",
    });
    for (const setting of [
      "core.autocrlf=true",
      "core.fileMode=false",
      "core.symlinks=false",
      "core.bare=true",
    ])
      git(dir, "config", ...(setting.split("=") as [string, string]));
    rmSync(join(dir, "run.sh"));
    rmSync(join(dir, "windows.txt"));
    rmSync(join(dir, "id.txt"));
    write(dir, { "a.txt": "in no such encoding\n", "feature_list.json": "[]\r\n" });
  },
  "files where directories were, and the other way round": (dir) => {
    rmSync(join(dir, "src"), { recursive: true });
    rmSync(join(dir, "new"), { recursive: true });
    rmSync(join(dir, "a.txt"));
    write(dir, { src: "a file\n", new: "a file\n", "a.txt/inner/file": "in a directory\n" });
  },
};

describe("uncommitted work survives", () => {
  it.each(Object.keys(cheats))("%s", async (name) => {
    const dir = projectOfAPerson();
    const { before, start, status } = await begin(dir, ignored);
    const [idea, stash] = [git(dir, "rev-parse", "idea"), git(dir, "rev-parse", "stash")];
    cheats[name]?.(dir);
    const cheated = fingerprint(dir, ignored);
    const done = await back(dir, start.id);

    expect(fingerprint(dir, ignored)).toEqual(before);
    // What the agent had made of it is not lost either.
    await back(dir, done.rescue.id);
    const undone = fingerprint(dir, ignored);
    // What the agent has made git ignore is not held, so going back to its state takes none of it away.
    if (name.startsWith("ignoring")) expect(undone).toMatchObject(cheated);
    else expect(undone).toEqual(cheated);
    await back(dir, start.id);

    // With the branch put back by hand, everything is as the person had it: also what was staged.
    expect(start.head).not.toBeNull();
    writeFileSync(join(dir, ".git", "info", "exclude"), "");
    git(dir, "config", "core.bare", "false");
    git(dir, "config", "core.fileMode", "true");
    git(dir, "symbolic-ref", "HEAD", "refs/heads/main");
    git(dir, "reset", "-q", start.head ?? "");
    git(dir, "read-tree", start.staged ?? "");
    expect(git(dir, "status", "--porcelain", "-z").split("\0").sort()).toEqual(status.split("\0").sort());
    expect(git(dir, "show", ":staged.txt")).toBe("as staged");
    expect(start.kept).toMatchObject({ "refs/heads/idea": idea, "stash@{0}": stash });
    expect(git(dir, "show", `${idea}:idea.txt`)).toBe("an idea");
    expect(git(dir, "show", `${stash}:a.txt`)).toBe("put away");
  });

  it("a link that leads out of the project: nothing is written through it", async () => {
    const dir = projectOfAPerson();
    const { before, start } = await begin(dir, ignored);
    const outside = scratch();
    write(outside, { "main.js": "somebody else's\n" });
    renameSync(join(dir, "src"), join(outside, "src"));
    symlinkSync(outside, join(dir, "src"));
    rmSync(join(dir, "new"), { recursive: true });
    symlinkSync(outside, join(dir, "new"));
    appendFileSync(join(dir, ".git", "info", "exclude"), "/new\n");
    const done = await back(dir, start.id);
    expect(done.movedAside).toEqual(["new.moved-aside"]);
    expect(fingerprint(dir, [...ignored, "new.moved-aside"])).toEqual(before);
    expect(readFileSync(join(outside, "main.js"), "utf8")).toBe("somebody else's\n");
    expect(readdirSync(outside)).toEqual(["main.js", "src"]);
  });

  it("ignored files in the way are kept as well, and others are left alone", async () => {
    const dir = projectOfAPerson();
    const { before, start } = await begin(dir, ignored);
    git(dir, "reset", "-q", "--hard");
    git(dir, "clean", "-qfd");
    appendFileSync(join(dir, ".git", "info", "exclude"), "/tool\n");
    write(dir, { tool: "ignored now\n" });
    mkdirSync(join(dir, "modules"), { recursive: true });
    const done = await back(dir, start.id);
    expect(fingerprint(dir, ignored)).toEqual(before);
    expect(readFileSync(join(dir, "x.log"), "utf8")).toBe("ignored\n");
    expect(git(dir, "show", `${done.rescue.commit}:tool`)).toBe("ignored now");
  });
});
