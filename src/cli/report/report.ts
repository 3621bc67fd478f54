import { dirname, resolve } from "node:path";
import { newCheckpointId } from "../../core/ids.ts";
import { requireDirectory } from "../../inspect.ts";
import { atomicWrite } from "../../project/atomic-write.ts";
import { asJson, iso } from "../output.ts";
import { sessionJson } from "../sessions.ts";
import { type ReportData, readReport } from "./report-data.ts";
import { reportMarkdown } from "./report-markdown.ts";

export interface ReportFlags {
  /** null: to standard output. */
  readonly output: string | null;
  readonly json: boolean;
  readonly quiet: boolean;
  readonly config: string | null;
}

/** Throws `directory-missing`, `journal-damaged`, `journal-newer`, and what `atomicWrite` throws. */
export async function reportCommand(dir: string, flags: ReportFlags): Promise<void> {
  await requireDirectory(dir);
  const data = await readReport(dir, { configFile: flags.config, now: Date.now() });
  const text = flags.json ? `${asJson(reportJson(data), 2)}\n` : reportMarkdown(data);
  if (flags.output === null) {
    process.stdout.write(text);
    return;
  }
  const file = resolve(flags.output);
  await requireDirectory(
    dirname(file),
    "Name a file in a directory that exists, or make the directory first.",
  );
  await atomicWrite(file, text);
  if (!flags.quiet) process.stderr.write(`wrote ${file}\n`);
}

/** The same as data, and nothing left out. */
function reportJson({ status, runs, asked, features, denials, checkpoints }: ReportData): object {
  const { dir, progress, verified, deferred, broken, velocity, forecast, totals, history } = status;
  return {
    ...{ project: dir, at: iso(status.now), state: status.status, asked },
    figures: { ...progress, verified, deferred, broken, velocity, forecast, ...totals },
    features: features.map(({ feature, standing, evidence }) => ({
      ...feature,
      standing,
      triedIn: evidence.triedIn,
      checks: evidence.checks,
      claims: evidence.claims.length,
      regressions: evidence.regressions.length,
      vouchedBy: evidence.vouchedBy === null ? null : checkJson(evidence.vouchedBy),
      lastCheck: evidence.lastCheck === null ? null : checkJson(evidence.lastCheck),
    })),
    sessions: history.sessions.map(sessionJson),
    runs: runs.runs.map((run) => ({ ...run, startedAt: iso(run.startedAt), endedAt: iso(run.endedAt) })),
    waits: runs.waits,
    failedGates: runs.failedGates.map((gate) => ({ ...gate, at: iso(gate.at) })),
    restored: runs.restored.map((each) => ({ ...each, at: iso(each.at) })),
    listChanges: runs.listChanges.map((each) => ({ ...each, at: iso(each.at) })),
    rollbacks: runs.rollbacks.map(({ at, commit, rescue }) => ({
      ...{ at: iso(at), checkpoint: newCheckpointId(commit), rescue: newCheckpointId(rescue) },
    })),
    blockers: status.blockers.map((blocker) => ({ ...blocker, at: iso(blocker.at) })),
    denials,
    checkpoints: checkpoints.map(({ id, kind, at, session, commit, features: held }) => ({
      ...{ id, kind, at: iso(at), session, commit, features: held },
    })),
  };
}

function checkJson({
  at,
  session,
  final,
  byHand,
  result,
}: NonNullable<ReportData["features"][number]["evidence"]["lastCheck"]>) {
  const { command, ok, exitCode, durationMs } = result;
  return { at: iso(at), session, final, byHand, command, ok, exitCode, durationMs };
}
