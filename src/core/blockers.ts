/** What agents could not get past by themselves: kept until it passes, or a person has said something. */
import type { Feature } from "./features.ts";

export interface Blocker {
  /** One line. */
  readonly text: string;
  /** null: it is in the way of everything. */
  readonly featureId: string | null;
  /** The session that raised it. */
  readonly number: number;
  readonly at: number;
}

/** They go into every snapshot and onto one screen; all that were ever raised are in the journal. */
const maxBlockers = 10;

/** The last word on a feature counts. */
export function addBlocker(
  blockers: readonly Blocker[],
  { text, featureId, number, at }: Blocker,
): readonly Blocker[] {
  const others = blockers.filter((known) => known.text !== text || known.featureId !== featureId);
  const kept = featureId === null ? others : others.filter((known) => known.featureId !== featureId);
  return [...kept, { text, featureId, number, at }].slice(-maxBlockers);
}

export function withoutPassed(blockers: readonly Blocker[], passed: readonly string[]): readonly Blocker[] {
  return blockers.filter(({ featureId }) => featureId === null || !passed.includes(featureId));
}

/** Those that are still in the way of this list, as a person may have changed it since. */
export function openBlockers(blockers: readonly Blocker[], features: readonly Feature[]): readonly Blocker[] {
  const failing = new Set(features.filter(({ passes }) => !passes).map(({ id }) => id));
  return blockers.filter(({ featureId }) => featureId === null || failing.has(featureId));
}
