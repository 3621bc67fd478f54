import { join } from "node:path";
import { expect, it } from "vitest";
import { newCheckpointId } from "../../../src/core/ids.ts";
import { takeCheckpoint } from "../../../src/project/checkpoints/checkpoint.ts";
import { type ListedCheckpoint, listCheckpoints } from "../../../src/project/checkpoints/checkpoints.ts";
import { openMended } from "../../../src/project/checkpoints/ref-record.ts";
import { dispensable, thinCheckpoints } from "../../../src/project/checkpoints/retention.ts";
import { rollBack } from "../../../src/project/checkpoints/rollback.ts";
import { openGit } from "../../../src/project/git/git.ts";
import { git, repository, scratch, write } from "../scratch.ts";

const one = (at: number, more: Partial<ListedCheckpoint>): ListedCheckpoint => ({
  ...{ kind: "session", at, runId: "run_1", session: at, head: null, branch: null, staged: null },
  ...{
    features: null,
    uncommitted: 0,
    unheld: false,
    leftOut: [],
    repositories: {},
    kept: {},
    ref: `refs/onward/${at}`,
  },
  ...{ commit: at.toString(16).padStart(40, "0"), tree: "", id: newCheckpointId(String(at)) },
  ...more,
});
const retention = { current: 3, runs: 2, rescues: 1 };
const dropped = (all: readonly ListedCheckpoint[]) =>
  dispensable(all, "run_3", retention).map(({ at }) => at);

it("keeps the newest of the run under way, first and last of older ones, and few rescues", () => {
  const of = (runId: string, ...ats: readonly number[]) => ats.map((at) => one(at, { runId }));
  expect(dropped(of("run_3", 1, 2, 3, 4, 5))).toEqual([1, 2]);
  expect(dropped([...of("run_1", 1, 2, 3, 4), ...of("run_3", 5)])).toEqual([2, 3]);
  const four = ["run_0", "run_1", "run_2", "run_3"].flatMap((run, index) =>
    of(run, index * 2, index * 2 + 1),
  );
  expect(dropped(four)).toEqual([0, 1]);
  expect(dropped([one(1, { kind: "rescue" }), one(2, { kind: "rescue" })])).toEqual([1]);
});

it("keeps what holds a person's uncommitted work for ever", () => {
  const starts = Array.from({ length: 40 }, (_, at) =>
    one(at, { kind: "start", unheld: true, runId: `run_${at}` }),
  );
  expect(dropped(starts)).toEqual([]);
});

it("leaves the checkpoints of other worktrees and directories of the repository alone", async () => {
  const dir = repository({ "a.txt": "a\n", "packages/app/b.txt": "b\n" });
  const wt = `${scratch()}/wt`;
  git(dir, "worktree", "add", "-q", "-b", "other", wt);
  const app = join(dir, "packages/app");
  const projects = [dir, wt, app, join(wt, "packages/app")];
  const listed = (project: string) => openGit(project).then(listCheckpoints);
  for (const [index, project] of projects.entries()) {
    for (let session = 1; session <= 4; session++) {
      write(project, { "new.txt": `${index} ${session}\n` });
      await takeCheckpoint(project, { kind: "session", runId: `run_${index}`, session, now: session });
    }
  }
  for (const [index, project] of projects.entries()) {
    // One at a time, as if all others were old.
    await thinCheckpoints(project, `run_${index}`, { current: 2, runs: 0, rescues: 0 });
    const left = (await Promise.all(projects.map(listed))).map((found) => found.map(({ runId }) => runId));
    expect(left.map(({ length }) => length)).toEqual(projects.map((_, at) => (at <= index ? 2 : 4)));
    expect(left.every((ids, at) => ids.every((id) => id === `run_${at}`))).toBe(true);
  }
  // What one has deleted, or its worktree has taken along, no other puts back, nor goes back to.
  const [of] = await listed(wt);
  git(dir, "update-ref", "-d", of?.ref ?? "");
  await openMended(dir);
  expect(git(dir, "for-each-ref", of?.ref ?? "")).toBe("");
  await openMended(wt);
  expect(git(dir, "for-each-ref", "--format=%(objectname)", of?.ref ?? "")).toBe(of?.commit);
  const options = { force: true, now: 9, runId: "run_0", session: 4, record: async () => {} };
  await expect(rollBack(dir, of?.id ?? "", options)).rejects.toMatchObject({ code: "usage" });
  // It stays known where the worktree is moved.
  git(dir, "worktree", "move", wt, `${wt}-moved`);
  expect(await listed(`${wt}-moved`)).toHaveLength(2);
});

it("is bounded over any number of runs and sessions, and deletes nothing but names", async () => {
  const dir = repository();
  for (let session = 1; session <= 6; session++) {
    write(dir, { "a.txt": `${session}\n` });
    await takeCheckpoint(dir, { kind: "session", runId: "run_3", session, now: session });
  }
  const removed = await thinCheckpoints(dir, "run_3", retention);
  expect(removed.map(({ session }) => session)).toEqual([1, 2, 3]);
  expect((await listCheckpoints(await openGit(dir))).map(({ session }) => session)).toEqual([4, 5, 6]);
  expect(git(dir, "cat-file", "-t", removed[0]?.commit ?? "")).toBe("commit");
  // What was thinned out on purpose is not taken for lost.
  await takeCheckpoint(dir, { kind: "session", runId: "run_3", session: 7, now: 7 });
  expect(await listCheckpoints(await openGit(dir))).toHaveLength(4);
});
