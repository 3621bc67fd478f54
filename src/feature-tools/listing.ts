/** The feature list as the tools see it: what comes next, and what may be claimed. */
import { nearest } from "../config/suggest.ts";
import { type Attempts, chooseWork, type Feature } from "../core/features.ts";
import type { ListState } from "../project/list/feature-list.ts";
import { type BoardList, type Refused, refused } from "./board.ts";

export function boardList(list: ListState, attempts: Readonly<Record<string, Attempts>>): BoardList {
  switch (list.type) {
    case "absent":
      return { type: "unreadable", problem: "There is no feature_list.json yet." };
    case "damaged":
      return { type: "unreadable", problem: `feature_list.json ${list.problem}.` };
    case "valid": {
      const { features } = list;
      const choice = chooseWork(features, new Map(Object.entries(attempts)));
      const next = choice.type === "offer" ? [choice.feature, ...choice.upcoming] : [];
      return { type: "listed", features, next };
    }
    default:
      return list satisfies never;
  }
}

/** The feature of that id; for an unknown one the refusal says which may have been meant. */
export function findFeature(features: readonly Feature[], id: string): Feature | Refused {
  const found = features.find((feature) => feature.id === id);
  if (found !== undefined) return found;
  const meant = nearest(
    id.slice(0, 100),
    features.map((feature) => feature.id),
  );
  const hint = meant === null ? "See next_features for the ids." : `Did you mean "${meant}"?`;
  return refused(`There is no feature "${id.slice(0, 100)}". ${hint}`);
}

/** A feature whose foundation is not there cannot be known to work. */
export function findClaimable(features: readonly Feature[], id: string): Feature | Refused {
  const feature = findFeature(features, id);
  if ("type" in feature) return feature;
  const passing = new Set(features.filter(({ passes }) => passes).map((other) => other.id));
  const missing = feature.dependsOn.filter((other) => !passing.has(other));
  if (missing.length === 0) return feature;
  const named = missing.slice(0, 5).join(", ");
  return refused(`${id} depends on ${named}, which must pass first. Build and claim that before ${id}.`);
}
