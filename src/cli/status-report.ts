/** All that `onward status` tells, before it becomes a screen or JSON. */
import { basename } from "node:path";
import { type Blocker, openBlockers } from "../core/blockers.ts";
import { verifierOf } from "../core/evidence.ts";
import { maxTries } from "../core/features.ts";
import { etaOf, progressOf, velocityOf } from "../core/progress.ts";
import type { Inspection } from "../inspect.ts";
import { type History, workOf } from "./session-history.ts";

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
  readonly velocity: ReturnType<typeof velocityOf>;
  readonly eta: ReturnType<typeof etaOf>;
  readonly now: number;
}

export function reportOf(dir: string, inspection: Inspection, history: History, now: number): StatusReport {
  const { list, project } = inspection;
  const features = list.type === "valid" ? list.features : [];
  const progress = progressOf(features);
  const work = workOf(history.sessions);
  const attempts = project.run?.attempts ?? {};
  const verifiers = features.map((feature) => verifierOf(feature, history.evidence));
  return {
    dir,
    name: basename(dir),
    status: statusOf(inspection),
    inspection,
    history,
    progress,
    verified: verifiers.filter((author) => author !== null).length,
    verifiedByAgent: verifiers.filter((author) => author === "agent").length,
    deferred: features
      .filter((feature) => !feature.passes && (attempts[feature.id]?.tries ?? 0) >= maxTries)
      .map((feature) => feature.id),
    blockers: openBlockers(project.blockers, features),
    velocity: velocityOf(work),
    eta: etaOf(progress.total - progress.passing, work),
    now,
  };
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
