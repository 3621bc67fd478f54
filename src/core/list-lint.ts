/**
 * What makes a feature list weak: what an agent could read in two ways, and what nothing would ever prove. Each
 * rule looks at a feature once, so that ten thousand of them take no more than ten thousand looks.
 */
import { circlesOf } from "./dependency-circles.ts";
import { excerpt } from "./feature-parsing.ts";
import type { Feature } from "./features.ts";
import { isVague, meaningOf } from "./wording.ts";

export type LintRule =
  | "damaged"
  | "duplicate-id"
  | "duplicate-field"
  | "duplicate"
  | "circle"
  | "unknown-dependency"
  | "vague"
  | "no-steps"
  | "no-verification"
  | "refused-verify"
  | "empty-verify";

export interface Finding {
  readonly rule: LintRule;
  /** null where the list as a whole is meant. */
  readonly featureId: string | null;
  /** One sentence. */
  readonly what: string;
}

export interface LintQuestions {
  /** Whether any command decides this feature, its own or the project's. */
  readonly isDecided: (feature: Feature) => boolean;
  /** Why the feature's own command would not be run; null where it would, or where it has none. */
  readonly refusal: (feature: Feature) => string | null;
  /** Whether the feature's own command cannot fail. */
  readonly isEmptyCheck: (feature: Feature) => boolean;
}

/** In the order of the list. */
export function lintFeatures(features: readonly Feature[], ask: LintQuestions): readonly Finding[] {
  const ids = new Set(features.map(({ id }) => id));
  const circles = new Map(circlesOf(features).flatMap((circle) => circle.map((id) => [id, circle])));
  const meanings = new Map<string, Feature>();
  return features.flatMap((feature) => [
    ...duplicate(feature, meanings),
    ...dependencies(feature, ids, circles.get(feature.id)),
    ...wording(feature),
    ...checking(feature, ask),
  ]);
}

function duplicate(feature: Feature, meanings: Map<string, Feature>): readonly Finding[] {
  const meaning = meaningOf(feature.description);
  const earlier = meanings.get(meaning);
  if (earlier === undefined) {
    meanings.set(meaning, feature);
    return [];
  }
  const how = earlier.description === feature.description ? "the same" : "nearly the same";
  return [found("duplicate", feature, `It says ${how} as ${excerpt(earlier.id)}.`)];
}

function dependencies(
  feature: Feature,
  ids: ReadonlySet<string>,
  circle: readonly string[] | undefined,
): readonly Finding[] {
  const unknown = [...new Set(feature.dependsOn)].filter((id) => !ids.has(id));
  const findings = unknown.map((id) =>
    found("unknown-dependency", feature, `It depends on ${excerpt(id)}, and there is no such feature.`),
  );
  if (circle?.[0] !== feature.id) return findings;
  const members = circle.slice(0, 5).map(excerpt).join(", ");
  const more = circle.length > 5 ? ` and ${circle.length - 5} more` : "";
  return [...findings, found("circle", feature, `They wait for each other: ${members}${more}.`)];
}

function wording({ description, steps, ...feature }: Feature): readonly Finding[] {
  const vague = isVague(description);
  const findings = vague === null ? [] : [found("vague", feature, `The description ${vague}.`)];
  for (const [index, step] of steps.entries()) {
    const why = isVague(step, "step");
    if (why !== null) findings.push(found("vague", feature, `Step ${index + 1} ${why}.`));
  }
  // A command of its own says how it is checked.
  if (steps.length > 0 || feature.verify !== null) return findings;
  return [...findings, found("no-steps", feature, "Nothing says how to check it: no steps, no verify.")];
}

function checking(feature: Feature, ask: LintQuestions): readonly Finding[] {
  if (!ask.isDecided(feature)) {
    return [found("no-verification", feature, "No command decides whether it passes.")];
  }
  if (feature.verify === null) return [];
  if (ask.isEmptyCheck(feature)) return [found("empty-verify", feature, "Its verify command cannot fail.")];
  const refusal = ask.refusal(feature);
  if (refusal === null) return [];
  return [found("refused-verify", feature, `Its verify command would not be run: ${refusal}`)];
}

function found(rule: LintRule, { id }: Pick<Feature, "id">, what: string): Finding {
  return { rule, featureId: id, what };
}
