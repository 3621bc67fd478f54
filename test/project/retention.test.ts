import { expect, it } from "vitest";
import { newCheckpointId } from "../../src/core/ids.ts";
import { takeCheckpoint } from "../../src/project/checkpoint.ts";
import { type ListedCheckpoint, listCheckpoints } from "../../src/project/checkpoints.ts";
import { openGit } from "../../src/project/git.ts";
import { dispensable, thinCheckpoints } from "../../src/project/retention.ts";
import { git, repository, write } from "./scratch.ts";

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
