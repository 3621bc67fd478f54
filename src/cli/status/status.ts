import type { Blocker } from "../../core/blockers.ts";
import { newCheckpointId } from "../../core/ids.ts";
import type { RunState } from "../../core/run.ts";
import { inspectProject } from "../../inspect.ts";
import { readHistory, type SessionRecord } from "../history/session-history.ts";
import { iso, print, printJson } from "../output.ts";
import { branchBack } from "./branch-left-text.ts";
import { type FreshRollback, reportOf, type StatusReport } from "./status-report.ts";
import { statusScreen } from "./status-screen.ts";

export async function statusCommand(
  dir: string,
  { json, config }: { readonly json: boolean; readonly config: string | null },
): Promise<void> {
  const report = await reportOf(
    dir,
    await inspectProject(dir, { configFile: config }),
    await readHistory(dir),
    Date.now(),
  );
  if (json) printJson(statusJson(report));
  else print(statusScreen(report));
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
    ...(report.blockers.length === 0 ? {} : { blockers: report.blockers.map(blockerJson) }),
    ...(report.rollback === null ? {} : { rollback: rollbackJson(report.rollback) }),
    run: run === null ? null : runJson(run),
    sessions: history.sessions.map((session) => sessionJson(session, report)),
  };
}

/** Only there where something is in the way. */
function blockerJson({ featureId, text, number, at }: Blocker): object {
  return { featureId, text, session: number, at: iso(at) };
}

/** Only there until a session has worked since. */
function rollbackJson({ at, commit, rescue, branch }: FreshRollback): object {
  return {
    ...{ checkpoint: newCheckpointId(commit), rescue: newCheckpointId(rescue), at: iso(at) },
    branch: branch === null ? null : { ...branch, command: branchBack(branch) },
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
