import type { Feature } from "../core/features.ts";
import { decidingCommand } from "../verify/deciding.ts";
import type { LoopOptions } from "./context.ts";

/**
 * Passing features to check again after a session. A sample moves on with the session number, so that over the
 * sessions every feature has its turn, and is the same when settling is repeated.
 */
export function chooseRegressionChecks(
  features: readonly Feature[],
  chosen: ReadonlySet<string>,
  options: Pick<LoopOptions, "regression" | "verify">,
  sessionNumber: number,
): readonly Feature[] {
  const { regression, verify } = options;
  if (regression.type === "off") return [];
  const checkable = features.filter(
    (feature) =>
      feature.passes && !chosen.has(feature.id) && decidingCommand(feature, verify.command) !== null,
  );
  if (regression.type === "all" || checkable.length <= regression.size) return checkable;
  const start = (sessionNumber * regression.size) % checkable.length;
  return [...checkable.slice(start), ...checkable.slice(0, start)].slice(0, regression.size);
}
