import type { Violation } from "./event-parts.ts";
import { excerpt } from "./feature-parsing.ts";
import type { Feature } from "./features.ts";

export interface ListComparison {
  /** Ids whose `passes` went from false to true: claims until something decides them (F2). */
  readonly claimed: readonly string[];
  /** Ids whose `passes` went from true to false (F3). */
  readonly regressed: readonly string[];
  /** Everything else that differs, one sentence each (F1). */
  readonly violations: readonly Violation[];
}

/**
 * What a session did to the feature list. Features are the same when their ids are: one whose derived id
 * changed with its description shows as removed and added.
 */
export function compareLists(before: readonly Feature[], after: readonly Feature[]): ListComparison {
  const claimed: string[] = [];
  const regressed: string[] = [];
  const violations: Violation[] = [];
  const found = new Map(after.map((feature) => [feature.id, feature]));
  const known = new Set(before.map((feature) => feature.id));

  for (const old of before) {
    const now = found.get(old.id);
    if (now === undefined) {
      violations.push({ what: `${title(old)} was removed.`, featureId: old.id });
      continue;
    }
    if (!old.passes && now.passes) claimed.push(old.id);
    if (old.passes && !now.passes) regressed.push(old.id);
    const changed = changedFields(old, now);
    if (changed.length > 0) {
      violations.push({ what: `${title(old)}: "${changed.join('", "')}" was changed.`, featureId: old.id });
    }
  }
  for (const feature of after) {
    if (!known.has(feature.id)) {
      violations.push({ what: `${title(feature)} was added.`, featureId: feature.id });
    }
  }
  if (!sameOrder(before, after)) {
    violations.push({ what: "The order of the features was changed.", featureId: null });
  }
  return { claimed, regressed, violations };
}

const describingFields = ["description", "steps", "category", "priority", "dependsOn", "verify"] as const;

/** What differs besides `passes`. */
export function changedFields(old: Feature, now: Feature): readonly (typeof describingFields)[number][] {
  return describingFields.filter((field) => !same(old[field], now[field]));
}

function same(a: Feature[(typeof describingFields)[number]], b: typeof a): boolean {
  if (!Array.isArray(a) || !Array.isArray(b)) return a === b;
  return a.length === b.length && a.every((item, index) => item === b[index]);
}

/** Whether the features that are in both lists follow each other in the same order. */
export function sameOrder(before: readonly Feature[], after: readonly Feature[]): boolean {
  const [known, found] = [before, after].map((features) => new Set(features.map(({ id }) => id)));
  const kept = before.filter((feature) => found?.has(feature.id));
  const keptNow = after.filter((feature) => known?.has(feature.id));
  return kept.every((feature, index) => feature.id === keptNow[index]?.id);
}

function title(feature: Feature): string {
  return `Feature ${excerpt(feature.id)} ("${excerpt(feature.description)}")`;
}
