import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { takeCheckpoint } from "../../../src/project/checkpoints/checkpoint.ts";
import { changedFiles, listCheckpoints } from "../../../src/project/checkpoints/checkpoints.ts";
import { type PlannedRollback, rollBack } from "../../../src/project/checkpoints/rollback.ts";
import { openGit } from "../../../src/project/git/git.ts";
import { lastGoodSnapshot } from "../../../src/project/list/snapshots.ts";
import { statePaths } from "../../../src/project/paths.ts";
import { fingerprint } from "../fingerprint.ts";
import { git, repository, scratch, write } from "../scratch.ts";

const now = Date.UTC(2026, 10, 20);
const read = (dir: string, path: string) => readFileSync(join(dir, path), "utf8");
const list = async (dir: string) => listCheckpoints(await openGit(dir));

/** A checkpoint after the session of this number; answers its id. */
async function hold(dir: string, session: number): Promise<string> {
  const { commit } = await takeCheckpoint(dir, {
    ...{ kind: "session", runId: "run_1", session, now: now + session },
  });
  return `chk_${commit.slice(0, 8)}`;
}

const back = (
  dir: string,
  id: string,
  force = false,
  record: (planned: PlannedRollback) => void = () => {},
) =>
  rollBack(dir, id, {
    ...{ force, now: now + 1000, runId: "run_1", session: 9 },
    record: async (planned) => record(planned),
  });

describe("rollBack", () => {
  it("brings back files, list and notes, and leaves branch and index alone", async () => {
    const features = (passes: boolean) =>
      `${JSON.stringify([{ id: "a", description: "a", steps: [], passes }])}\n`;
    const dir = repository({ "a.txt": "1\n", "feature_list.json": features(false) });
    write(dir, { "claude-progress.txt": "one\n" });
    const id = await hold(dir, 1);
    write(dir, { "a.txt": "2\n", "b/c.txt": "new\n", "feature_list.json": features(true) });
    write(dir, { "claude-progress.txt": "one\ntwo\n" });
    git(dir, "add", "-A");
    git(dir, "commit", "-q", "-m", "work");
    await hold(dir, 2);
    const [head, index] = [git(dir, "rev-parse", "HEAD"), git(dir, "ls-files", "--stage")];

    const done = await back(dir, id);
    expect(done).toMatchObject({ restored: 3, removed: 1, branchLeft: { laterCommits: 1 }, head, lost: [] });
    expect([read(dir, "a.txt"), read(dir, "claude-progress.txt")]).toEqual(["1\n", "one\n"]);
    expect(existsSync(join(dir, "b"))).toBe(false);
    expect([git(dir, "rev-parse", "HEAD"), git(dir, "ls-files", "--stage")]).toEqual([head, index]);
    // A list that is damaged later is mended with this one, not with the one that was undone.
    expect(await lastGoodSnapshot(statePaths(dir))).toMatchObject({ text: features(false) });
  });

  it("refuses when there is work that no checkpoint holds; forced, it keeps that work first", async () => {
    const dir = repository();
    const id = await hold(dir, 1);
    write(dir, { "a.txt": "mine\n" });
    await expect(back(dir, id)).rejects.toMatchObject({
      code: "tree-dirty",
      hint: expect.stringMatching(/--force/),
    });
    expect(read(dir, "a.txt")).toBe("mine\n");
    const { rescue } = await back(dir, id, true);
    expect(read(dir, "a.txt")).toBe("a\n");
    expect(rescue.ref).toMatch(/^refs\/onward\/rescue\/20261120T000001Z$/);
    await back(dir, rescue.id);
    expect(read(dir, "a.txt")).toBe("mine\n");
  });

  it("writes down what it will do after the rescue and before it touches anything", async () => {
    const dir = repository();
    const id = await hold(dir, 1);
    write(dir, { "a.txt": "2\n" });
    await hold(dir, 2);
    let seen = "";
    await back(dir, id, false, ({ rescue }) => {
      seen = read(dir, "a.txt") + git(dir, "show", `${rescue.commit}:a.txt`);
    });
    expect(seen).toBe("2\n2");
    const failing = back(dir, id, true, () => {
      throw new Error("disk full");
    });
    await expect(failing).rejects.toThrow("disk full");
  });

  it("takes any unmistakable beginning of an id, and says what is wrong with others", async () => {
    const dir = repository();
    const id = await hold(dir, 1);
    await back(dir, id.slice(0, 8));
    await back(dir, id.slice(4).toUpperCase());
    for (const wrong of ["chk_0000000000", "1", "chk_", "main", "--all"])
      await expect(back(dir, wrong)).rejects.toMatchObject({ code: "usage" });
  });

  it("changes nothing when the repository has lost a file's content", async () => {
    const dir = repository();
    write(dir, { "b.txt": "of this checkpoint alone\n" });
    const id = await hold(dir, 1);
    const lost = git(dir, "rev-parse", "refs/onward/run_1/1:b.txt");
    write(dir, { "a.txt": "2\n", "b.txt": "other\n" });
    await hold(dir, 2);
    rmSync(join(dir, ".git", "objects", lost.slice(0, 2), lost.slice(2)));
    const before = fingerprint(dir, []);
    await expect(back(dir, id)).rejects.toMatchObject({
      code: "git-failed",
      message: expect.stringMatching(/lost the object/),
    });
    expect(fingerprint(dir, [])).toEqual(before);
  });

  it("writes no tree that leads into .git, .onward or out of the project (T1)", async () => {
    const dir = repository();
    const id = await hold(dir, 1);
    const blob = git(dir, "rev-parse", "HEAD:a.txt");
    for (const [index, name] of [".git", ".GIT", ".onward", "..", "git~1"].entries()) {
      const inner = Buffer.from(blob, "hex");
      const entry = Buffer.concat([Buffer.from(`100644 ${name}\0`), inner]);
      writeFileSync(join(dir, ".git", "forged"), entry);
      const tree = git(dir, "hash-object", "-t", "tree", "-w", "--literally", ".git/forged");
      const message = git(dir, "log", "-1", "--format=%B", "refs/onward/run_1/1");
      const forged = git(dir, "commit-tree", tree, "-m", message);
      git(dir, "update-ref", `refs/onward/run_9/${index}`, forged);
      await expect(back(dir, `chk_${forged.slice(0, 12)}`)).rejects.toMatchObject({ code: "git-failed" });
    }
    expect(read(dir, "a.txt")).toBe("a\n");
    await back(dir, id);
  });
});

describe("every kind of repository", () => {
  it("a linked worktree, a submodule, a detached head, and one without commits", async () => {
    const outer = repository();
    git(outer, "worktree", "add", "-q", join(outer, "..", `${outer.split("/").at(-1)}-tree`));
    const worktree = join(outer, "..", `${outer.split("/").at(-1)}-tree`);
    const library = repository({ "lib.txt": "l\n" });
    const parent = repository();
    git(parent, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", library, "lib");
    const detached = repository();
    git(detached, "checkout", "-q", "--detach");
    const empty = scratch();
    git(empty, "init", "-q");
    for (const dir of [worktree, join(parent, "lib"), detached, empty]) {
      write(dir, { "mine.txt": "mine\n" });
      const before = fingerprint(dir, []);
      const id = await hold(dir, 1);
      git(dir, "add", "-A");
      git(dir, "commit", "-q", "-m", "agent");
      rmSync(join(dir, "mine.txt"));
      await back(dir, id, true);
      expect(fingerprint(dir, [])).toEqual(before);
    }
    rmSync(worktree, { recursive: true });
  });

  /** With a submodule that is held as it is now; `was` is the commit it is at. */
  async function withSubmodule(): Promise<{ dir: string; lib: string; id: string; was: string }> {
    const dir = repository();
    const library = repository({ "lib.txt": "l\n" });
    git(dir, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", library, "lib");
    git(dir, "commit", "-q", "-m", "lib");
    const lib = join(dir, "lib");
    write(lib, { "lib.txt": "mine\n" });
    return { dir, lib, id: await hold(dir, 1), was: git(lib, "rev-parse", "HEAD") };
  }

  it("puts back the files of a repository inside, and tells where its history was (K3)", async () => {
    const { dir, lib, id, was } = await withSubmodule();
    git(lib, "commit", "-qam", "inside");
    write(lib, { "lib.txt": "changed\n" });
    const head = git(lib, "rev-parse", "HEAD");
    // Work that no checkpoint holds is work in there, too.
    await expect(back(dir, id)).rejects.toMatchObject({ code: "tree-dirty" });
    const done = await back(dir, id, true);
    expect(done).toMatchObject({ restored: 1, inside: [{ path: "lib", was, gone: false }], untouched: [] });
    expect([read(dir, "lib/lib.txt"), git(lib, "rev-parse", "HEAD")]).toEqual(["mine\n", head]);
    git(lib, "reset", "-q", was);
    expect(await back(dir, id)).toMatchObject({ inside: [] });

    rmSync(lib, { recursive: true });
    expect(await back(dir, id, true)).toMatchObject({ restored: 1, inside: [{ path: "lib", gone: true }] });
    expect(read(dir, "lib/lib.txt")).toBe("mine\n");
  });

  it("leaves a repository alone of which a checkpoint has no files", async () => {
    const { dir, lib, was } = await withSubmodule();
    const message = git(dir, "log", "-1", "--format=%B", "refs/onward/run_1/1");
    git(dir, "update-ref", "refs/onward/run_0/1", git(dir, "commit-tree", "HEAD^{tree}", "-m", message));
    const bare = git(dir, "rev-parse", "refs/onward/run_0/1");
    expect(await back(dir, `chk_${bare}`, true)).toMatchObject({ removed: 0, untouched: ["lib"] });
    expect([read(dir, "lib/lib.txt"), git(lib, "rev-parse", "HEAD")]).toEqual(["mine\n", was]);
  });

  it("a project below the repository's top: nothing beside it is touched", async () => {
    const outer = repository({
      "other/b.txt": "b\n",
      "päck/app/a.txt": "a\r\n",
      ".gitattributes": "* text\n",
    });
    const dir = join(outer, "päck", "app");
    write(dir, { "a.txt": "changed\r\n", "new.txt": "n\n" });
    const id = await hold(dir, 1);
    write(outer, { "other/b.txt": "changed\n", "päck/app/a.txt": "again\n" });
    rmSync(join(dir, "new.txt"));
    await back(dir, id, true);
    expect([read(dir, "a.txt"), read(dir, "new.txt")]).toEqual(["changed\r\n", "n\n"]);
    expect(read(outer, "other/b.txt")).toBe("changed\n");
  });

  it("filters as Git LFS has them do not run, and pointers stay pointers", async () => {
    const dir = repository({ ".gitattributes": "*.bin filter=lfs diff=lfs merge=lfs -text\n" });
    git(dir, "config", "filter.lfs.clean", "false");
    git(dir, "config", "filter.lfs.smudge", "false");
    git(dir, "config", "filter.lfs.required", "true");
    const pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 12\n";
    write(dir, { "pointer.bin": pointer, "real.bin": "the real thing\n" });
    const id = await hold(dir, 1);
    write(dir, { "pointer.bin": "x\n", "real.bin": "y\n" });
    await back(dir, id, true);
    expect([read(dir, "pointer.bin"), read(dir, "real.bin")]).toEqual([pointer, "the real thing\n"]);
  });

  it("untracked files over the limit are left out, named, and never removed (K5)", async () => {
    const dir = repository({ "tracked.dat": "x".repeat(2000) });
    write(dir, { "huge.dat": "h".repeat(2000), "small.dat": "s" });
    const request = { kind: "start", runId: "run_1", session: 0, now, maxUntrackedBytes: 1000 } as const;
    const start = await takeCheckpoint(dir, request);
    expect(start).toMatchObject({ leftOut: ["huge.dat"], uncommitted: 1 });
    expect(git(dir, "ls-tree", "--name-only", start.tree)).toBe("small.dat\ntracked.dat");
    write(dir, { "small.dat": "s".repeat(2000) });
    const grown = await takeCheckpoint(dir, request);
    expect(grown).toMatchObject({ leftOut: ["huge.dat", "small.dat"], uncommitted: 0, unheld: false });
    await back(dir, `chk_${grown.commit.slice(0, 8)}`, true);
    expect(read(dir, "huge.dat")).toHaveLength(2000);
  });

  it("refuses a bare repository, and a directory without one", async () => {
    const bare = scratch();
    git(bare, "init", "-q", "--bare");
    await expect(hold(bare, 1)).rejects.toMatchObject({
      code: "git-failed",
      message: expect.stringMatching(/bare/),
    });
    await expect(back(bare, "chk_12345678")).rejects.toMatchObject({ code: "git-failed" });
  });
});

describe("a run's first checkpoint", () => {
  const start = { kind: "start", runId: "run_1", session: 0, now } as const;

  it("knows what a person had not committed, until something else holds it", async () => {
    const dir = repository();
    expect(await takeCheckpoint(dir, start)).toMatchObject({ uncommitted: 0, unheld: false });
    write(dir, { "a.txt": "2\n", "b.txt": "b\n" });
    git(dir, "add", "b.txt");
    const dirty = await takeCheckpoint(dir, start);
    expect(dirty).toMatchObject({ uncommitted: 2, unheld: true, branch: "refs/heads/main" });
    expect(await takeCheckpoint(dir, { ...start, runId: "run_2" })).toMatchObject({ unheld: false });
    chmodSync(join(dir, "a.txt"), 0o755);
    symlinkSync("a.txt", join(dir, "link"));
    expect(await takeCheckpoint(dir, start)).toMatchObject({ uncommitted: 3, unheld: true });
  });

  it("is found again with what changed since, and forged ones are passed over", async () => {
    const dir = repository();
    await takeCheckpoint(dir, start);
    write(dir, { "a.txt": "2\n", "b.txt": "b\n" });
    await hold(dir, 1);
    await hold(dir, 2);
    mkdirSync(join(dir, "c"));
    write(dir, { "c/odd\nname": "c\n" });
    await hold(dir, 3);
    git(dir, "update-ref", "refs/onward/run_1/99", "HEAD");
    const found = await list(dir);
    expect(found.map(({ kind, session }) => `${kind} ${session}`)).toEqual([
      ...["start 0", "session 1", "session 2", "session 3"],
    ]);
    expect(await changedFiles(await openGit(dir), found)).toEqual([null, 2, 0, 1]);
  });
});
