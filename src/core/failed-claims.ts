/** What did not hold in a session: at a claim that the agent made with the tool, and when it was settled. */
import type { VerificationResult } from "./event-parts.ts";
import type { EventOf } from "./events.ts";

/** Of each feature the last claim counts, and only while it is one that failed. */
export function withClaim(
  failed: readonly VerificationResult[],
  { featureId, result }: Pick<EventOf<"claim.made">, "featureId" | "result">,
): readonly VerificationResult[] {
  const others = failed.filter((other) => other.featureId !== featureId);
  return result === null || result.ok ? others : [...others, result];
}

/** Failed claims that settling, which had these results, has not checked again. */
export function claimsInVain(
  failed: readonly VerificationResult[],
  results: readonly VerificationResult[],
): readonly VerificationResult[] {
  const checked = new Set(results.map(({ featureId }) => featureId));
  return failed.filter(({ featureId }) => !checked.has(featureId));
}

/** All that does not hold when the session has been settled with these results. */
export function notHeld(
  failed: readonly VerificationResult[],
  results: readonly VerificationResult[],
): readonly VerificationResult[] {
  return [...results.filter(({ ok }) => !ok), ...claimsInVain(failed, results)];
}

/** The ids of the features that they are about. */
export function featuresOf(results: readonly VerificationResult[]): readonly string[] {
  return results.flatMap(({ featureId }) => featureId ?? []);
}
