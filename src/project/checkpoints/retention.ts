/**
 * Which checkpoints stay. Those with a person's uncommitted work always do; the rest are bounded, because a run
 * may last for weeks and every name slows git down.
 */
import { type ListedCheckpoint, listCheckpoints } from "./checkpoints.ts";
import { openMended, recordRefs } from "./ref-record.ts";

export interface Retention {
  /** Of the run under way, the newest. */
  readonly current: number;
  /** Of older runs: the first and the last of each of so many. */
  readonly runs: number;
  /** Of those made before rollbacks. */
  readonly rescues: number;
}

export const retention: Retention = { current: 200, runs: 20, rescues: 20 };

/** Deletes the names of those that need not stay; their objects go when git next collects garbage. */
export async function thinCheckpoints(
  dir: string,
  currentRun: string | null,
  bounds: Retention = retention,
): Promise<readonly ListedCheckpoint[]> {
  const git = await openMended(dir);
  const dropped = dispensable(await listCheckpoints(git), currentRun, bounds);
  if (dropped.length === 0) return [];
  const input = dropped.map(({ ref, commit }) => `delete ${ref} ${commit}\n`).join("");
  await git.run(["update-ref", "--stdin"], { input, writes: true });
  const gone = new Set(dropped.map(({ ref }) => ref));
  await recordRefs(git, dir, new Map([...git.refs].filter(([name]) => !gone.has(name))));
  return dropped;
}

/** `all`: oldest first. */
export function dispensable(
  all: readonly ListedCheckpoint[],
  currentRun: string | null,
  { current, runs, rescues }: Retention,
): readonly ListedCheckpoint[] {
  const thinned = all.filter(({ unheld }) => !unheld);
  const kept = new Set<ListedCheckpoint>();
  const keep = (some: readonly (ListedCheckpoint | undefined)[]) => {
    for (const each of some) if (each !== undefined) kept.add(each);
  };
  const ofRuns = thinned.filter(({ kind }) => kind !== "rescue");
  keep(thinned.filter(({ kind }) => kind === "rescue").slice(-rescues));
  const ofThis = ofRuns.filter(({ runId }) => runId === currentRun);
  // What is protected from the agent is as it was then.
  keep([...ofThis.slice(-current), ofThis.findLast(({ kind }) => kind === "start")]);
  const older = Map.groupBy(
    ofRuns.filter(({ runId }) => runId !== currentRun),
    ({ runId }) => runId,
  );
  for (const [, ofRun] of [...older].slice(-runs)) keep([ofRun[0], ofRun.at(-1)]);
  return thinned.filter((each) => !kept.has(each));
}
