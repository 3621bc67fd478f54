import { isDeepStrictEqual } from "node:util";
import { OnwardError } from "../../core/errors.ts";
import type { Violation } from "../../core/event-parts.ts";
import { compareLists } from "../../core/feature-comparison.ts";
import { excerpt } from "../../core/feature-parsing.ts";
import { isHeldByGit } from "../git/history.ts";
import { type ListState, parseListText } from "./feature-list.ts";
import { setPasses } from "./set-passes.ts";

/** Features whose `passes` a session has set to true, and back to false. */
export interface Flips {
  readonly claimed: readonly string[];
  readonly regressed: readonly string[];
}

export const noFlips: Flips = { claimed: [], regressed: [] };

/** What is known of a session from earlier looks. */
export interface KnownFlips extends Flips {
  /** Every feature that it has ever set to false without git. */
  readonly broken: readonly string[];
}

export interface Integrity extends Flips {
  /** What the file must hold now: the text from before the session, with the allowed flips carried over. */
  readonly text: string;
  /** Bounded: what exceeds it is counted in the last one. */
  readonly violations: readonly Violation[];
}

/** A rewritten list of thousands must fill neither the journal nor the briefing. */
const maxViolations = 20;

/**
 * What a `continue` session may leave of the feature list (F1): everything as it was in `before`, a valid
 * list's text, except for `passes`. true → false is accepted, it only ever asks for more work (F3). Where the
 * list is gone, `known` says what the session had flipped when it was last seen.
 */
export function restoreIntegrity(before: string, after: ListState, known: Flips = noFlips): Integrity {
  switch (after.type) {
    case "absent":
      return undone(before, known, "The feature list was deleted.");
    case "damaged":
      return undone(before, known, `The feature list was destroyed: it ${after.problem}.`);
    case "valid":
      return carriedOver(before, after);
    default:
      return after satisfies never;
  }
}

/**
 * The same, with the flips to false that git made taken back (F3). They are git's when the list is, byte for
 * byte, a version that git holds: then a checkout, stash, reset, merge or rebase has brought back how things
 * stood then, and nobody has found anything broken. What the session itself has found broken, `known.broken`,
 * git may bring back. Throws what `openGit` throws.
 */
export async function heldAgainst(
  before: string,
  after: ListState,
  known: KnownFlips,
  dir: string,
): Promise<Integrity> {
  const found = restoreIntegrity(before, after, known);
  const fresh = found.regressed.filter((id) => !known.broken.includes(id));
  if (after.type !== "valid" || fresh.length === 0 || !(await isHeldByGit(dir, after.text))) return found;
  const regressed = found.regressed.filter((id) => known.broken.includes(id));
  const restored = fresh.map((featureId) => ({
    what: `git set \`passes\` of feature ${excerpt(featureId)} back to false by bringing back an older feature list.`,
    featureId,
  }));
  return {
    text: withFlips(before, { claimed: found.claimed, regressed }),
    violations: allViolations(found.violations, restored),
    claimed: found.claimed,
    regressed,
  };
}

/** The list from before a session, a valid one, with the session's flips. */
export function withFlips(before: string, { claimed, regressed }: Flips): string {
  const flips = [...claimed.map((id) => [id, true] as const), ...regressed.map((id) => [id, false] as const)];
  return flips.length === 0 ? before : setPasses(before, new Map(flips));
}

/** What was found at several looks at one session: the same change counts once. */
export function allViolations(
  earlier: readonly Violation[],
  found: readonly Violation[],
): readonly Violation[] {
  const known = new Set(earlier.map(({ what }) => what));
  return bounded([...earlier, ...found.filter(({ what }) => !known.has(what))]);
}

function undone(before: string, { claimed, regressed }: Flips, what: string): Integrity {
  const text = withFlips(before, { claimed, regressed });
  return { text, violations: [{ what, featureId: null }], claimed, regressed };
}

function carriedOver(before: string, after: Extract<ListState, { type: "valid" }>): Integrity {
  if (before === after.text) return { text: before, violations: [], claimed: [], regressed: [] };
  const old = parseListText(before);
  if (old.type !== "valid") throw new OnwardError("internal", "The snapshot of the feature list is damaged.");
  const { claimed, regressed, violations } = compareLists(old.features, after.features);
  const text = withFlips(before, { claimed, regressed });
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
