import { basename } from "node:path";
import { maxTries } from "../core/features.ts";
import { etaOf, progressOf, velocityOf } from "../core/progress.ts";
import type { RunState } from "../core/run.ts";
import { type Inspection, inspectProject } from "../loop/inspect.ts";
import { iso, print, printJson } from "./output.ts";
import { type History, readHistory, type SessionRecord, workOf } from "./session-history.ts";
import { statusScreen } from "./status-screen.ts";

export async function statusCommand(
  dir: string,
  { json, config }: { readonly json: boolean; readonly config: string | null },
): Promise<void> {
  const report = reportOf(
    dir,
    await inspectProject(dir, { configFile: config }),
    await readHistory(dir),
    Date.now(),
  );
  if (json) printJson(statusJson(report));
  else print(statusScreen(report));
}

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

/** All that a status tells, for a screen and for JSON. */
export interface StatusReport {
  readonly dir: string;
  readonly name: string;
  readonly status: ProjectStatus;
  readonly inspection: Inspection;
  readonly history: History;
  readonly progress: ReturnType<typeof progressOf>;
  /** Passing features whose last verification held. */
  readonly verified: number;
  /** Tried too often, so last in order. */
  readonly deferred: readonly string[];
  readonly velocity: ReturnType<typeof velocityOf>;
  readonly eta: ReturnType<typeof etaOf>;
  readonly now: number;
}

function reportOf(dir: string, inspection: Inspection, history: History, now: number): StatusReport {
  const { list, project } = inspection;
  const features = list.type === "valid" ? list.features : [];
  const progress = progressOf(features);
  const work = workOf(history.sessions);
  const attempts = project.run?.attempts ?? {};
  return {
    dir,
    name: basename(dir),
    status: statusOf(inspection),
    inspection,
    history,
    progress,
    verified: features.filter((feature) => feature.passes && history.verified.has(feature.id)).length,
    deferred: features
      .filter((feature) => !feature.passes && (attempts[feature.id]?.tries ?? 0) >= maxTries)
      .map((feature) => feature.id),
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

function statusJson(report: StatusReport): object {
  const { inspection, progress, history } = report;
  const { run } = inspection.project;
  return {
    project: report.dir,
    state: report.status,
    next: {
      sessionType: inspection.sessionType,
      reason: inspection.reason,
      at: run?.phase.type === "waiting" ? iso(run.phase.wait.until) : null,
    },
    features: {
      total: progress.total,
      passing: progress.passing,
      verified: report.verified,
      deferred: report.deferred.length,
      byCategory: progress.byCategory,
    },
    run: run === null ? null : runJson(run),
    sessions: history.sessions.map((session) => sessionJson(session, report)),
  };
}

function runJson(run: RunState): object {
  const { inputTokens, cacheReadTokens, cacheWriteTokens, outputTokens } = run.usage;
  const end = run.phase.type === "ended" ? run.phase : null;
  return {
    id: run.id,
    iterations: run.iterations,
    costUsd: run.costUsd,
    tokens: { input: inputTokens + cacheReadTokens + cacheWriteTokens, output: outputTokens },
    startedAt: iso(run.startedAt),
    endedAt: iso(end?.at ?? null),
    reason: end?.reason ?? null,
  };
}

function sessionJson(session: SessionRecord, { inspection, now }: StatusReport): object {
  const { number, sessionType, outcome, turns, costUsd, durationMs, passed, commit } = session;
  const sofar = inspection.manager.type === "held" ? Math.max(0, now - session.startedAt) : 0;
  return {
    number,
    sessionType,
    outcome: outcome?.type ?? null,
    turns,
    costUsd,
    durationMs: durationMs ?? sofar,
    passed,
    commit,
  };
}
