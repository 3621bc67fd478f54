import { isDeepStrictEqual } from "node:util";
import { OnwardError } from "../core/errors.ts";
import type { Violation } from "../core/events.ts";
import { compareLists } from "../core/feature-comparison.ts";
import { type ListState, parseListText } from "./feature-list.ts";
import { setPasses } from "./set-passes.ts";

export interface Integrity {
  /** What the file must hold now: the text from before the session, with the allowed flips carried over. */
  readonly text: string;
  /** Bounded: what exceeds it is counted in the last one. */
  readonly violations: readonly Violation[];
  readonly claimed: readonly string[];
  readonly regressed: readonly string[];
}

/** A rewritten list of thousands must fill neither the journal nor the briefing. */
const maxViolations = 20;

/**
 * What a `continue` session may leave of the feature list (F1): everything as it was in `before`, a valid
 * list's text, except for `passes`. true → false is accepted, it only ever asks for more work (F3).
 */
export function restoreIntegrity(before: string, after: ListState): Integrity {
  switch (after.type) {
    case "absent":
      return undone(before, "The feature list was deleted.");
    case "damaged":
      return undone(before, `The feature list was destroyed: it ${after.problem}.`);
    case "valid":
      return carriedOver(before, after);
    default:
      return after satisfies never;
  }
}

function undone(before: string, what: string): Integrity {
  return { text: before, violations: [{ what, featureId: null }], claimed: [], regressed: [] };
}

function carriedOver(before: string, after: Extract<ListState, { type: "valid" }>): Integrity {
  if (before === after.text) return { text: before, violations: [], claimed: [], regressed: [] };
  const old = parseListText(before);
  if (old.type !== "valid") throw new OnwardError("internal", "The snapshot of the feature list is damaged.");
  const { claimed, regressed, violations } = compareLists(old.features, after.features);
  const flips = new Map([
    ...claimed.map((id) => [id, true] as const),
    ...regressed.map((id) => [id, false] as const),
  ]);
  const text = setPasses(before, flips);
  const found = violations.length > 0 || text === after.text ? violations : [subtleChange(text, after.text)];
  return { text, violations: bounded(found), claimed, regressed };
}

/** The features are the same, the bytes are not. */
function subtleChange(text: string, after: string): Violation {
  return {
    what: sameJson(text, after)
      ? "The formatting of the feature list was changed; edit only the `passes` values in place."
      : "Fields of the feature list other than `passes` were changed.",
    featureId: null,
  };
}

function sameJson(a: string, b: string): boolean {
  const [one, other] = [a, b].map((text): unknown => JSON.parse(text.replace(/^\uFEFF/, "")));
  try {
    return isDeepStrictEqual(one, other);
  } catch {
    // Nested deeper than the stack: no agent that only reformats writes that.
    return false;
  }
}

function bounded(violations: readonly Violation[]): readonly Violation[] {
  if (violations.length <= maxViolations) return violations;
  const more = violations.length - (maxViolations - 1);
  return [
    ...violations.slice(0, maxViolations - 1),
    { what: `${more} more changes like these.`, featureId: null },
  ];
}
