/** What verification results mean for the features (F2). */
import type { VerificationResult } from "./event-parts.ts";

/**
 * Features that do not pass by these results. What could not be checked takes back a claim, because nothing that
 * was never checked may stand where it could have been; a feature that passed before keeps what it had, because
 * nothing speaks against it.
 */
export function takenBack(
  results: readonly VerificationResult[],
  claimed: ReadonlySet<string>,
): readonly string[] {
  return results.flatMap((result) => {
    const { featureId, ok } = result;
    if (ok || featureId === null) return [];
    return isBlameless(result) && !claimed.has(featureId) ? [] : [featureId];
  });
}

/**
 * Claims that no command decided. They stand, as unverified, but for a first list: there nothing has been built
 * yet, or what was there before was not checked.
 */
export function undecided(
  results: readonly VerificationResult[],
  claimed: readonly string[],
): readonly string[] {
  const decided = new Set(results.map(({ featureId }) => featureId));
  return claimed.filter((id) => !decided.has(id));
}

/** Not checked, and no fault of the feature's: a setup or a dependency failed. */
export function isBlameless({ notRun }: VerificationResult): boolean {
  return notRun === "setup" || notRun === "dependency";
}
