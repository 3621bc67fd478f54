import { execFileSync } from "node:child_process";
import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it, vi } from "vitest";
import { takeCheckpoint } from "../../../src/project/checkpoints/checkpoint.ts";
import { ensureRepository, openGit } from "../../../src/project/git/git.ts";
import { headOf, recentCommits, subjectsSince } from "../../../src/project/git/history.ts";
import { commitOwnFiles } from "../../../src/project/git/own-commit.ts";
import { changedBetween } from "../../../src/project/git/tree-changes.ts";
import { workTree } from "../../../src/project/git/work-tree.ts";
import { git, repository, scratch, write } from "../scratch.ts";

/** Everything that Onward does with git in a session, on a tree that has changed. */
async function wholeSession(dir: string): Promise<void> {
  await ensureRepository(dir);
  const before = await workTree(dir);
  write(dir, { "a.txt": "changed\n", "new.txt": "new\n", "feature_list.json": "[1]\n" });
  expect(await commitOwnFiles(dir, ["feature_list.json"], "list")).toMatchObject({ type: "committed" });
  const { tree } = await takeCheckpoint(dir, { kind: "session", runId: "run_1", session: 1, now: 1 });
  expect(await changedBetween(await openGit(dir), before, tree, ["feature_list.json"])).toEqual([
    "a.txt",
    "new.txt",
  ]);
  expect(await recentCommits(dir, 2)).toMatchObject([{ subject: "list" }, { subject: "first" }]);
  expect(await subjectsSince(dir, before, 5)).toEqual(expect.arrayContaining(["list"]));
  expect(await headOf(await openGit(dir))).toMatch(/^[0-9a-f]{40}$/);
}

afterEach(() => {
  vi.unstubAllEnvs();
});

describe("what an agent plants does not run (T1)", () => {
  /** A program that leaves a mark, and passes its input on as a filter must. */
  const canary = (dir: string) => {
    const path = join(dir, ".git", "canary");
    writeFileSync(path, `#!/bin/sh\necho "$0 $*" >> '${dir}/.git/RAN'\nexec cat\n`);
    chmodSync(path, 0o755);
    return path;
  };
  const nothingRan = (dir: string) => {
    const ran = join(dir, ".git", "RAN");
    expect(existsSync(ran) ? readFileSync(ran, "utf8") : "").toBe("");
  };

  it("as hooks, in the hooks directory and in the configuration", async () => {
    const dir = repository();
    const path = canary(dir);
    const hooks = [
      "pre-commit",
      "prepare-commit-msg",
      "commit-msg",
      "post-commit",
      "post-index-change",
      "post-rewrite",
    ];
    for (const hook of [...hooks, "reference-transaction", "pre-auto-gc", "fsmonitor-watchman"]) {
      mkdirSync(join(dir, ".git", "hooks"), { recursive: true });
      writeFileSync(join(dir, ".git", "hooks", hook), readFileSync(path));
      chmodSync(join(dir, ".git", "hooks", hook), 0o755);
    }
    git(dir, "config", "hook.planted.command", path);
    for (const event of hooks) git(dir, "config", "--add", "hook.planted.event", event);
    await wholeSession(dir);
    nothingRan(dir);
    const program = await openGit(dir);
    expect(await program.run(["config", "--bool", "hook.planted.enabled"])).toBe("false\n");
  });

  it("as file system monitor, editor, pager, signer, transport or alias", async () => {
    const dir = repository();
    const path = canary(dir);
    const keys = [
      "core.fsmonitor",
      "core.editor",
      "core.pager",
      "pager.log",
      "core.sshCommand",
      "core.askPass",
    ];
    keys.push(
      "gpg.program",
      "gpg.ssh.program",
      "diff.external",
      "sequence.editor",
      "credential.helper",
      "core.gitProxy",
    );
    for (const key of keys) git(dir, "config", key, path);
    const switches = [
      "commit.gpgSign",
      "log.showSignature",
      "tag.gpgSign",
      "commit.verbose",
      "core.sparseCheckout",
    ];
    for (const key of switches) git(dir, "config", key, "true");
    git(dir, "config", "gc.auto", "1");
    git(dir, "config", "gc.recentObjectsHook", path);
    git(dir, "config", "alias.log", `!${path}`);
    await wholeSession(dir);
    nothingRan(dir);
  });

  it("as filters, textconv and diff drivers, whatever they are called", async () => {
    const dir = repository();
    const path = canary(dir);
    const names = ["plain", "with=equals", "With.Dots", 'quoted"name', "lfs"];
    for (const name of names) {
      for (const field of ["clean", "smudge", "process"]) git(dir, "config", `filter.${name}.${field}`, path);
      git(dir, "config", `filter.${name}.required`, "true");
      for (const field of ["command", "textconv"]) git(dir, "config", `diff.${name}.${field}`, path);
    }
    write(dir, {
      ".git/info/attributes": `*.txt filter=With.Dots\n`,
      ".gitattributes": "*.txt diff=plain\n",
    });
    for (const [index, name] of names.entries()) {
      write(dir, {
        [`${index}/x.bin`]: "x\n",
        [`${index}/.gitattributes`]: `*.bin filter=${name} diff=${name}\n`,
      });
    }
    write(dir, {
      "more.cfg": '[filter "included"]\n\tclean = false\n\trequired\n',
      "more/.gitattributes": "* filter=included\n",
    });
    git(dir, "config", "include.path", join(dir, "more.cfg"));
    write(dir, { "more/file": "kept\n" });
    await wholeSession(dir);
    nothingRan(dir);
    expect(git(dir, "show", "refs/onward/run_1/1:more/file")).toBe("kept");
    expect(git(dir, "show", "refs/onward/run_1/1:a.txt")).toBe("changed");
  });

  it("as more filters than can be switched off: then git does not run at all", async () => {
    const dir = repository();
    const path = canary(dir);
    const section = (_: unknown, index: number) => `[filter "f${index}"]\n\tclean = ${path}\n`;
    appendFileSync(join(dir, ".git", "config"), Array.from({ length: 30_000 }, section).join(""));
    write(dir, { ".gitattributes": "* filter=f29999\n" });
    await expect(workTree(dir)).rejects.toMatchObject({ code: "git-failed" });
    nothingRan(dir);
  });

  it("in a repository inside the project", async () => {
    const dir = repository();
    const path = canary(dir);
    const inner = join(dir, "inner");
    write(inner, { "b.txt": "b\n", ".gitattributes": "* filter=planted\n" });
    git(inner, "init", "-q");
    git(inner, "add", "-A");
    git(inner, "commit", "-q", "-m", "inner");
    for (const field of ["clean", "smudge"]) git(inner, "config", `filter.planted.${field}`, path);
    git(inner, "config", "core.fsmonitor", path);
    await takeCheckpoint(dir, { kind: "session", runId: "run_1", session: 0, now: 0 });
    git(dir, "add", "inner");
    git(dir, "commit", "-q", "-m", "first");
    // What a person runs may have run it; from here on, all is ours.
    rmSync(join(dir, ".git", "RAN"), { force: true });
    write(inner, { "b.txt": "B\n", "c.txt": "c\n" });
    await wholeSession(dir);
    await takeCheckpoint(dir, { kind: "start", runId: "run_1", session: 1, now: 2 });
    nothingRan(dir);
    expect(git(dir, "show", "refs/onward/run_1/1:inner/b.txt")).toBe("B");
  });

  it("as a missing object of a partial clone", async () => {
    const dir = repository();
    const path = canary(dir);
    git(dir, "config", "core.repositoryFormatVersion", "1");
    git(dir, "config", "extensions.partialClone", "origin");
    git(dir, "config", "remote.origin.promisor", "true");
    git(dir, "config", "remote.origin.url", `ext::${path} %S`);
    git(dir, "config", "protocol.ext.allow", "always");
    const program = await openGit(dir);
    await expect(program.run(["cat-file", "-p", "f".repeat(40)])).rejects.toMatchObject({
      code: "git-failed",
    });
    nothingRan(dir);
  });

  it("by leading git to another repository or working tree", async () => {
    const dir = repository();
    write(dir, { ".git/commondir": "../elsewhere\n" });
    await expect(workTree(dir)).rejects.toMatchObject({ code: "git-failed", hint: expect.any(String) });
    rmSync(join(dir, ".git", "commondir"));
    const outside = scratch();
    write(outside, { secret: "mine\n" });
    git(dir, "config", "core.worktree", outside);
    await workTree(dir);
    await wholeSession(dir);
    expect(git(dir, "ls-tree", "-r", "--name-only", "refs/onward/run_1/1")).toBe(
      "a.txt\nfeature_list.json\nnew.txt",
    );
  });

  it("through our own environment", async () => {
    const [dir, other] = [repository(), repository({ "other.txt": "o\n" })];
    vi.stubEnv("GIT_DIR", join(other, ".git"));
    vi.stubEnv("GIT_OBJECT_DIRECTORY", join(other, "no-such-place"));
    vi.stubEnv("GIT_CONFIG_COUNT", "x");
    await wholeSession(dir);
  });
});

describe("ensureRepository", () => {
  it("makes one where there is none, once", async () => {
    const dir = scratch();
    expect(await ensureRepository(dir)).toEqual({ created: true });
    expect(await ensureRepository(dir)).toEqual({ created: false });
    expect(await headOf(await openGit(dir))).toBeNull();
    expect(await recentCommits(dir, 5)).toEqual([]);
  });

  it("works with the repository around it, unless that one ignores it", async () => {
    const outer = repository({ ".gitignore": "scratch/\n", "packages/app/a.txt": "a\n" });
    expect(await ensureRepository(join(outer, "packages/app"))).toEqual({ created: false });
    mkdirSync(join(outer, "scratch/app"), { recursive: true });
    expect(await ensureRepository(join(outer, "scratch/app"))).toEqual({ created: true });
  });

  it("refuses a bare repository and the inside of one, and a directory that is not there", async () => {
    const dir = scratch();
    git(dir, "init", "-q", "--bare");
    for (const path of [dir, join(dir, "refs")]) {
      await expect(ensureRepository(path)).rejects.toMatchObject({
        code: "git-failed",
        message: expect.stringContaining("bare"),
      });
    }
    await expect(ensureRepository(join(dir, "no"))).rejects.toMatchObject({ code: "directory-missing" });
  });

  it("says that git is missing", async () => {
    const [dir, empty] = [repository(), scratch()];
    vi.stubEnv("PATH", empty);
    await expect(ensureRepository(empty)).rejects.toMatchObject({ code: "git-missing" });
    await expect(workTree(dir)).rejects.toMatchObject({ code: "git-missing", hint: expect.any(String) });
  });
});

describe("git", () => {
  it("is out of the reach of a Ctrl-C in our terminal", async () => {
    const program = await openGit(repository());
    const group = await program.run(["-c", "alias.group=!ps -o pgid= -p $$", "group"]);
    const ours = execFileSync("ps", ["-o", "pgid=", "-p", String(process.pid)], { encoding: "utf8" });
    expect(Number(group)).toBeGreaterThan(0);
    expect(Number(group)).not.toBe(Number(ours));
  });

  it("is ended with all it started when it takes too long, and tells what failed in one line", async () => {
    const program = await openGit(repository());
    const slow = program.run(["-c", "alias.slow=!tail -f /dev/null", "slow"], { timeoutMs: 100 });
    await expect(slow).rejects.toMatchObject({
      code: "git-failed",
      message: expect.stringContaining("0.1 s"),
    });
    await expect(program.run(["show", "nothing"])).rejects.toThrow(/^git show failed in \S+: fatal: [^\n]+$/);
  });
});

describe("linked worktrees and submodules", () => {
  it("are worked with as git makes them", async () => {
    const [dir, aside] = [repository(), scratch()];
    git(dir, "worktree", "add", "-q", "-b", "other", join(aside, "tree"));
    await wholeSession(join(aside, "tree"));
    expect(git(dir, "log", "-1", "--format=%s", "other")).toBe("list");
    const library = repository({ "lib.txt": "l\n" });
    git(dir, "-c", "protocol.file.allow=always", "submodule", "add", "-q", library, "lib");
    expect(await recentCommits(join(dir, "lib"), 1)).toMatchObject([{ subject: "first" }]);
    await workTree(join(dir, "lib"));
  });

  it("are refused when they lead elsewhere", async () => {
    const [dir, aside] = [repository(), realpathSync(scratch())];
    git(dir, "worktree", "add", "-q", join(aside, "tree"));
    renameSync(join(aside, "tree"), join(aside, "moved"));
    await expect(workTree(join(aside, "moved"))).rejects.toMatchObject({ code: "git-failed" });
    write(aside, { "fake/.git": "gitdir: /no/such/place\n" });
    await expect(workTree(join(aside, "fake"))).rejects.toMatchObject({ code: "git-failed" });
  });
});
