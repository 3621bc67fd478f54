import { styleText } from "node:util";
import { OnwardError } from "../../core/errors.ts";
import type { VerificationAuthor } from "../../core/event-parts.ts";
import { isVerified, verifierOf } from "../../core/evidence.ts";
import { type Feature, maxTries } from "../../core/features.ts";
import { inspectProject } from "../../inspect.ts";
import type { ListState } from "../../project/list/feature-list.ts";
import { featureListName } from "../../project/paths.ts";
import { readHistory } from "../history/session-history.ts";
import { print, printJson } from "../output.ts";
import { columnsOf, padded } from "../text/columns.ts";
import { bold, cut, dim, linesOf, screenWidth } from "../text/terminal-text.ts";

export interface FeaturesFlags {
  readonly failing: boolean;
  readonly category: string | null;
  readonly json: boolean;
}

/** Throws `feature-list-damaged`. */
export async function featuresCommand(
  dir: string,
  { failing, category, json }: FeaturesFlags,
): Promise<void> {
  const { list, project } = await inspectProject(dir);
  const all = requireList(dir, list);
  const chosen = all.filter(
    (feature) =>
      !(failing && feature.passes) && (category === null || categoryOf(feature) === category.toLowerCase()),
  );
  const { evidence } = await readHistory(dir);
  const isDeferred = ({ id, passes }: Feature) =>
    !passes && (project.run?.attempts[id]?.tries ?? 0) >= maxTries;
  const rows = chosen.map((feature) => ({
    ...feature,
    verified: isVerified(feature, evidence),
    verifiedBy: verifierOf(feature, evidence),
    deferred: isDeferred(feature),
  }));
  if (json) printJson(rows);
  else if (rows.length > 0) print(screen(rows));
  else print(all.length === 0 ? `no ${featureListName} yet` : "no such feature");
}

/** None where there is no list yet. Throws `feature-list-damaged`. */
export function requireList(dir: string, list: ListState): readonly Feature[] {
  if (list.type === "damaged") throw damagedList(dir, list.problem);
  return list.type === "valid" ? list.features : [];
}

export function damagedList(dir: string, problem: string): OnwardError {
  return new OnwardError("feature-list-damaged", `${featureListName} in ${dir} ${problem}.`, {
    hint: "Mend it, or let `onward run` restore the last good copy, if there is one.",
  });
}

interface FeatureRow extends Feature {
  readonly verified: boolean;
  /** Who wrote the command that verified it. */
  readonly verifiedBy: VerificationAuthor | null;
  readonly deferred: boolean;
}

function screen(rows: readonly FeatureRow[]): string {
  const groups = Map.groupBy(rows, (row) => row.category ?? "uncategorized");
  const width = Math.min(28, Math.max(...rows.map(({ id }) => columnsOf(id))));
  return [...groups]
    .map(([category, members]) =>
      [bold(cut(category, screenWidth)), ...members.map((row) => line(row, width))].join("\n"),
    )
    .join("\n\n");
}

/** A long description goes on below itself, for two lines at most. */
function line(row: FeatureRow, width: number): string {
  const note = noteOf(row);
  const room = screenWidth - width - 6;
  const lines = linesOf(row.description, room, 2);
  const last = lines.at(-1) ?? "";
  const shown =
    columnsOf(last + note) <= room ? [...lines.slice(0, -1), last + dim(note)] : [...lines, dim(note.trim())];
  const mark = row.passes ? styleText("green", "✓") : row.deferred ? styleText("yellow", "‖") : dim("·");
  return `  ${mark} ${padded(cut(row.id, width), width)}  ${shown.join(`\n${" ".repeat(width + 6)}`)}`;
}

function noteOf({ deferred, passes, verified, verifiedBy }: FeatureRow): string {
  if (deferred) return " deferred";
  if (!passes) return "";
  if (!verified) return " unverified";
  return verifiedBy === "agent" ? " by the agent's own check" : "";
}

function categoryOf(feature: Feature): string {
  return (feature.category ?? "uncategorized").toLowerCase();
}
