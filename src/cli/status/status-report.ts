/** All that `onward status` tells, before it becomes a screen or JSON. */
import { basename } from "node:path";
import { type Blocker, openBlockers } from "../../core/blockers.ts";
import { type Standing, standingOf, verifierOf } from "../../core/evidence.ts";
import { forecastOf, progressOf, velocityOf } from "../../core/progress.ts";
import type { Inspection } from "../../inspect.ts";
import type { BranchLeft } from "../../project/checkpoints/branch-left.ts";
import { builtIn, type History, type SessionRecord, workOf } from "../history/session-history.ts";

export type ProjectStatus =
  | "new"
  | "running"
  | "waiting"
  | "paused"
  | "complete"
  | "limit"
  | "blocked"
  | "interrupted"
  | "failed";

export interface StatusReport {
  readonly dir: string;
  readonly name: string;
  readonly status: ProjectStatus;
  readonly inspection: Inspection;
  readonly history: History;
  readonly progress: ReturnType<typeof progressOf>;
  /** Passing features that a command of Onward's vouches for. */
  readonly verified: number;
  /** Those of them that a command of the feature list decided, which the agent writes. */
  readonly verifiedByAgent: number;
  /** Tried too often, so last in order. */
  readonly deferred: readonly string[];
  /** What is in the way, as agents told. */
  readonly blockers: readonly Blocker[];
  /** They passed, and do not any more. */
  readonly broken: readonly string[];
  readonly velocity: ReturnType<typeof velocityOf>;
  /** Of what is not deferred. */
  readonly forecast: ReturnType<typeof forecastOf>;
  /** Of all sessions, of every run. */
  readonly totals: Totals;
  /** A person's, since which no session has worked. */
  readonly rollback: FreshRollback | null;
  /** Of the last run, as `workedMs` of the totals. */
  readonly runWorkedMs: number;
  readonly now: number;
}

export interface FreshRollback {
  readonly at: number;
  /** Commits: what was gone back to, and what was there before. */
  readonly commit: string;
  readonly rescue: string;
  /** null once the branch is back as well. */
  readonly branch: BranchLeft | null;
}

export interface Totals {
  readonly costUsd: number;
  /** Of the verified features those count that the sessions built; null while there are none. */
  readonly costPerVerifiedUsd: number | null;
  /** The agents'; what Onward checked and waited beside them is not in it. */
  readonly workedMs: number;
  readonly denials: number;
  readonly violations: number;
}

export async function reportOf(
  dir: string,
  inspection: Inspection,
  history: History,
  now: number,
): Promise<StatusReport> {
  const { list, project } = inspection;
  const features = list.type === "valid" ? list.features : [];
  const progress = progressOf(features);
  const work = workOf(history.sessions);
  const attempts = project.run?.attempts ?? {};
  const standings = features.map((feature) => standingOf(feature, history.evidence, attempts));
  const idsOf = (standing: Standing) =>
    features.filter((_, index) => standings[index] === standing).map(({ id }) => id);
  const verified = idsOf("verified");
  const deferred = idsOf("deferred");
  return {
    dir,
    name: basename(dir),
    status: statusOf(inspection),
    inspection,
    history,
    progress,
    verifiedByAgent: features.filter((feature) => verifierOf(feature, history.evidence) === "agent").length,
    blockers: openBlockers(project.blockers, features),
    verified: verified.length,
    deferred,
    broken: idsOf("broken"),
    velocity: velocityOf(work),
    forecast: forecastOf(progress.total - progress.passing - deferred.length, work),
    totals: totalsOf(history.sessions, verified),
    rollback: await freshRollback(dir, inspection, history),
    runWorkedMs: workedMs(history.sessions.filter(({ runId }) => runId === project.run?.id)),
    now,
  };
}

async function freshRollback(
  dir: string,
  { project }: Inspection,
  { rollback }: History,
): Promise<FreshRollback | null> {
  if (rollback === null || !project.findings.rolledBack) return null;
  const { at, commit, rescue } = rollback;
  // Only here: git's modules would make every `onward status` slower.
  const { branchLeft } = await import("../../project/checkpoints/branch-left.ts");
  return { at, commit, rescue, branch: await branchLeft(dir, commit) };
}

function totalsOf(sessions: readonly SessionRecord[], verified: readonly string[]): Totals {
  const built = builtIn(sessions);
  const bought = verified.filter((id) => built.has(id)).length;
  const sum = (value: (session: SessionRecord) => number) =>
    sessions.reduce((total, session) => total + value(session), 0);
  const costUsd = sum((session) => session.costUsd);
  return {
    costUsd,
    costPerVerifiedUsd: bought === 0 ? null : costUsd / bought,
    workedMs: workedMs(sessions),
    denials: sum((session) => session.denials),
    violations: sum((session) => session.violations.length),
  };
}

function workedMs(sessions: readonly SessionRecord[]): number {
  return sessions.reduce((total, { durationMs }) => total + (durationMs ?? 0), 0);
}

/** `running` and `waiting` need a manager that lives: a run without one was interrupted, whatever it last said. */
function statusOf({ project, manager, state }: Inspection): ProjectStatus {
  const phase = project.run?.phase;
  if (phase === undefined || phase.type === "ended") {
    if (manager.type === "held") return "running";
    if (state === "complete") return "complete";
    if (state === "damaged") return "blocked";
    // Complete once, but there is more to do by now.
    return phase === undefined || phase.reason === "complete" ? "new" : phase.reason;
  }
  if (phase.type === "paused") return "paused";
  if (manager.type === "free") return "interrupted";
  return phase.type === "waiting" ? "waiting" : "running";
}
