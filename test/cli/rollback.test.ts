import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { newCheckpointId } from "../../src/core/ids.ts";
import { sqliteJournal } from "../../src/journals/sqlite.ts";
import { readState } from "../../src/loop/ledger.ts";
import { type CheckpointRequest, takeCheckpoint } from "../../src/project/checkpoints/checkpoint.ts";
import { workTree } from "../../src/project/git/work-tree.ts";
import { statePaths } from "../../src/project/paths.ts";
import { json, onward } from "./onward.ts";
import { fiveFeatures, hold, type MadeProject, makeProject, startedAt } from "./project.ts";

let project: MadeProject;
beforeEach(async () => {
  project = await makeProject();
  git("init", "-q", "-b", "main");
  await project.write("a.txt", "one\n");
  await project.list(fiveFeatures);
  git("add", "-A");
  git("commit", "-q", "-m", "first");
});
afterEach(() => project[Symbol.asyncDispose]());

function git(...args: readonly string[]): string {
  const who = ["-c", "user.name=Ada", "-c", "user.email=ada@localhost"];
  return execFileSync("git", [...who, ...args], { cwd: project.dir, encoding: "utf8" }).trim();
}

async function checkpointAt(session: number, more: Partial<CheckpointRequest> = {}): Promise<string> {
  const { commit } = await takeCheckpoint(project.dir, {
    ...{ kind: "session", runId: "run_000000000001", session, now: startedAt + session * 60_000 },
    ...more,
  });
  return newCheckpointId(commit);
}

async function events() {
  await using journal = await sqliteJournal({ file: statePaths(project.dir).journal, readOnly: true });
  return { events: (await journal.read(0)).map(({ event }) => event), ...(await readState(journal)) };
}

describe("onward checkpoints", () => {
  test("lists what one can go back to, for people and for scripts", async () => {
    expect((await onward(["checkpoints", project.dir])).stdout).toBe("no checkpoint yet\n");
    await project.write("mine.txt", "mine\n");
    const start = await checkpointAt(0, { kind: "start" });
    await project.write("a.txt", "two\n");
    const first = await checkpointAt(1);
    const { stdout } = await onward(["checkpoints", project.dir]);
    const lines = stdout.split("\n");
    expect(lines[1]).toMatch(new RegExp(`^${start} .* a run's start, 1 uncommitted .* 0/5`));
    expect(lines[2]).toMatch(new RegExp(`^${first} .* after session 1 .* 0/5 +1$`));
    expect(await json(["checkpoints", project.dir])).toMatchObject([
      { id: start, kind: "start", session: 0, uncommitted: 1, unheld: true, changedFiles: null },
      { id: first, kind: "session", session: 1, features: { passing: 0, total: 5 }, changedFiles: 1 },
    ]);
  });
});

describe("onward rollback", () => {
  test("goes back, says how to undo it, and leaves the branch to the person", async () => {
    await project.write("mine.txt", "mine\n");
    const start = await checkpointAt(0, { kind: "start" });
    const head = git("rev-parse", "HEAD");
    await project.write("a.txt", "two\n");
    git("add", "-A");
    git("commit", "-q", "-m", "work");
    await checkpointAt(1);

    const { code, stdout, stderr } = await onward(["rollback", start, project.dir]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toContain(`rolled back to ${start}: a run's start, 1 uncommitted, 0 of 5 features`);
    expect(stdout).toContain("1 file restored, 0 removed");
    expect(stdout).toContain("the branch was left where it is, with 1 commit that came later");
    expect(await project.read("a.txt")).toBe("one\n");
    const undo = /to undo it: onward (rollback chk_[0-9a-f]{8})/.exec(stdout)?.[1] ?? "";
    const reset = /git (reset [0-9a-f]{12})/.exec(stdout)?.[1] ?? "";
    git(...reset.split(" "));
    expect([git("rev-parse", "HEAD"), git("status", "--porcelain")]).toEqual([head, "?? mine.txt"]);
    expect((await onward([...undo.split(" "), project.dir])).code).toBe(0);
    expect(await project.read("a.txt")).toBe("two\n");
    expect((await events()).events.map(({ type }) => type)).toEqual(["rolled-back", "rolled-back"]);
  });

  test("is what status and the report tell of, and what it left to the person, until that is done", async () => {
    const head = git("rev-parse", "HEAD");
    const start = await checkpointAt(0, { kind: "start" });
    {
      await using history = await project.history();
      await history.session({ passed: ["add", "list", "done", "save", "lock"] });
      await history.survey();
    }
    git("commit", "-qam", "all of it");
    await checkpointAt(1);
    expect((await onward(["status", project.dir])).stdout).toContain("● complete");
    const { stdout } = await onward(["rollback", start, project.dir]);
    const rescue = /onward (rollback chk_[0-9a-f]{8})/.exec(stdout)?.[1] ?? "";

    const after = await onward(["status", project.dir]);
    expect(after.stdout).toMatch(/● rolled back/);
    expect(after.stdout).not.toMatch(/ended|complete/);
    const screen = after.stdout.replaceAll(/\s+/g, " ");
    expect(screen).toContain(`rollback to ${start}, `);
    expect(screen).toContain(`\`onward ${rescue}\` undoes it`);
    expect(screen).toContain("the branch was left where it is, with 1 commit that came later");
    expect(await json(["status", project.dir])).toMatchObject({
      rollback: { checkpoint: start, branch: { was: head, laterCommits: 1 } },
    });
    const reset = `git reset ${head.slice(0, 12)}`;
    for (const command of ["status", "report"])
      expect((await onward([command, project.dir])).stdout).toContain(reset);

    git(...reset.split(" ").slice(1));
    for (const command of ["status", "report"])
      expect((await onward([command, project.dir])).stdout).not.toContain("git reset");
    expect((await onward(["status", project.dir])).stdout).toContain(`rollback  to ${start}`);
    {
      await using history = await project.history();
      await history.session({ passed: ["add"] });
    }
    expect((await onward(["status", project.dir])).stdout).not.toContain("rollback");
  });

  test("to a start without commits, it says how the branch gets back there", async () => {
    git("update-ref", "-d", "HEAD");
    git("reset", "-q");
    const [start, before] = [await checkpointAt(0, { kind: "start" }), git("status", "--porcelain")];
    git("add", "-A");
    git("commit", "-q", "-m", "work");
    await checkpointAt(1);
    const { stdout } = await onward(["rollback", start, project.dir]);
    expect(stdout).toContain("with 1 commit that came later; there was no commit then");
    const back = /as they are now: (git .*)$/m.exec(stdout)?.[1] ?? "";
    expect(back).toBe("git update-ref -d HEAD && git reset");
    execFileSync("sh", ["-c", back], { cwd: project.dir });
    expect(git("status", "--porcelain")).toBe(before);
    expect(git("for-each-ref", "refs/heads")).toBe("");
  });

  test("tells what it could not put back of repositories inside the project", async () => {
    for (const name of ["kept", "gone"]) {
      git("init", "-q", name);
      await project.write(`${name}/f.txt`, "mine\n");
    }
    git("-C", "kept", "add", "f.txt");
    git("-C", "kept", "commit", "-q", "-m", "mine");
    const [start, at] = [await checkpointAt(0, { kind: "start" }), git("-C", "kept", "rev-parse", "HEAD")];
    git("-C", "kept", "commit", "-q", "--allow-empty", "-m", "more");
    rmSync(join(project.dir, "gone"), { recursive: true });

    const { stdout } = await onward(["rollback", start, project.dir, "--force"]);
    expect(stdout).toContain("1 file restored, 0 removed");
    expect(stdout).toContain(`to put that back as well: git -C kept reset ${at.slice(0, 12)}`);
    expect(stdout).toContain("gone is a repository of its own: its files were put back; its .git is gone");
    expect(await project.read("gone/f.txt")).toBe("mine\n");
  });

  test("refuses unheld work with 4, unknown ids with 2, a held project with 5, a bare repository", async () => {
    const id = await checkpointAt(1);
    await project.write("a.txt", "unheld\n");
    const dirty = await onward(["rollback", id, project.dir]);
    expect(dirty).toMatchObject({
      code: 4,
      stderr: expect.stringContaining(`onward rollback ${id} --force`),
    });
    expect((await onward(["rollback", "chk_00000000", project.dir])).code).toBe(2);
    {
      await using _ = await hold(project.dir);
      expect((await onward(["rollback", id, project.dir, "--force"])).code).toBe(5);
    }
    expect(await project.read("a.txt")).toBe("unheld\n");
    expect(await json(["rollback", id, project.dir, "--force"])).toMatchObject({
      checkpoint: id,
      restored: 1,
    });

    const bare = mkdtempSync(join(tmpdir(), "onward-bare-"));
    execFileSync("git", ["init", "-q", "--bare", bare]);
    expect(await onward(["rollback", id, bare])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("bare git repository"),
    });
    rmSync(bare, { recursive: true });
  });

  test("a session that nobody settled: it is settled by the next run as if nothing had been claimed", async () => {
    const id = await checkpointAt(0);
    {
      await using history = await project.history();
      await history.begin();
    }
    await project.write("a.txt", "half done\n");
    await project.list(fiveFeatures.map((feature) => ({ ...feature, passes: true })));
    expect(await onward(["rollback", id, project.dir, "--force"])).toMatchObject({ code: 0, stderr: "" });
    const { state } = await events();
    expect(state.run?.phase).toMatchObject({ type: "session", session: { number: 1 } });
    const session = statePaths(project.dir).session(1);
    const before = JSON.parse(await project.read(join(session, "before.json").slice(project.dir.length + 1)));
    expect(before).toEqual({
      tree: await workTree(project.dir),
      listText: await project.read("feature_list.json"),
    });
    const result = JSON.parse(await project.read(join(session, "result.json").slice(project.dir.length + 1)));
    expect(result).toMatchObject({ outcome: { type: "crashed" }, resumable: false });
  });
});
