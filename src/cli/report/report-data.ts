/** All that `onward report` tells, before it becomes Markdown or JSON. */
import { relative } from "node:path";
import { type FeatureEvidence, noEvidence, type Standing, standingOf } from "../../core/evidence.ts";
import type { Feature } from "../../core/features.ts";
import { readAudit } from "../../guard/audit.ts";
import { inspectProject } from "../../inspect.ts";
import { type ListedCheckpoint, listCheckpoints } from "../../project/checkpoints/checkpoints.ts";
import { openGit } from "../../project/git/git.ts";
import { statePaths } from "../../project/paths.ts";
import { readSpec } from "../../project/spec.ts";
import { type RunHistory, runHistoryOf, runTypes } from "../history/run-history.ts";
import { historyOf, historyTypes, readEvents, withWorkSoFar } from "../history/session-history.ts";
import { reportOf, type StatusReport } from "../status/status-report.ts";

export interface ReportData {
  readonly status: StatusReport;
  readonly runs: RunHistory;
  /** The specification; null where there is none to read. */
  readonly asked: { readonly file: string; readonly text: string } | null;
  readonly features: readonly ReportedFeature[];
  readonly denials: readonly Denials[];
  /** Oldest first; none where git cannot tell. */
  readonly checkpoints: readonly ListedCheckpoint[];
}

export interface ReportedFeature {
  readonly feature: Feature;
  readonly standing: Standing;
  readonly evidence: FeatureEvidence;
}

/** What the guard denied by one rule, in the part of its record that is still there. */
export interface Denials {
  readonly rule: string;
  readonly count: number;
  /** Of the last one. */
  readonly reason: string;
  readonly session: number;
}

/** Throws what `inspectProject` and `readEvents` throw. */
export async function readReport(
  dir: string,
  { configFile, now }: { readonly configFile: string | null; readonly now: number },
): Promise<ReportData> {
  const inspection = await inspectProject(dir, { configFile });
  const [events, asked, denials, checkpoints] = await Promise.all([
    readEvents(dir, [...new Set([...historyTypes, ...runTypes])]),
    askedFor(dir, configFile),
    denialsIn(dir),
    checkpointsOf(dir),
  ]);
  const history = await withWorkSoFar(dir, historyOf(events));
  const { list, project } = inspection;
  const listed = list.type === "valid" ? list.features : [];
  return {
    status: await reportOf(dir, inspection, history, now),
    runs: runHistoryOf(events),
    asked,
    features: listed.map((feature) => ({
      feature,
      standing: standingOf(feature, history.evidence, project.run?.attempts ?? {}),
      evidence: history.evidence.features.get(feature.id) ?? noEvidence,
    })),
    denials,
    checkpoints,
  };
}

/** A report without it is better than none: the specification may have gone, or its configuration be wrong. */
async function askedFor(dir: string, configFile: string | null): Promise<ReportData["asked"]> {
  const { loadConfig } = await import("../../config/load.ts");
  try {
    const { config } = await loadConfig({ dir, file: configFile, flags: {} });
    const { path, text } = await readSpec(dir, config.spec);
    return { file: relative(dir, path), text };
  } catch {
    return null;
  }
}

async function denialsIn(dir: string): Promise<readonly Denials[]> {
  const byRule = new Map<string, Denials>();
  for await (const { rule, reason, session } of readAudit(statePaths(dir).audit, { allow: false })) {
    byRule.set(rule, { rule, reason, session, count: (byRule.get(rule)?.count ?? 0) + 1 });
  }
  return [...byRule.values()].sort((a, b) => b.count - a.count);
}

async function checkpointsOf(dir: string): Promise<readonly ListedCheckpoint[]> {
  try {
    return await listCheckpoints(await openGit(dir));
  } catch {
    // No repository, or a damaged one: the journal still has the rest.
    return [];
  }
}
