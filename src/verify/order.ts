import type { Feature } from "../core/features.ts";

/**
 * Dependencies before what depends on them, otherwise in list order; what waits for itself in a circle comes
 * last. Ids that are not among these features are not waited for.
 */
export function inDependencyOrder(features: readonly Feature[]): readonly Feature[] {
  const here = new Set(features.map(({ id }) => id));
  const waitsFor = new Map(
    features.map(({ id, dependsOn }) => [id, new Set(dependsOn.filter((other) => here.has(other)))]),
  );
  const dependents = Map.groupBy(
    features.flatMap((feature) => [...(waitsFor.get(feature.id) ?? [])].map((id) => ({ id, feature }))),
    ({ id }) => id,
  );
  const ordered = new Set(features.filter(({ id }) => waitsFor.get(id)?.size === 0));
  // What is added to a set while it is walked through is walked through too.
  for (const { id } of ordered) {
    for (const { feature } of dependents.get(id) ?? []) {
      const left = waitsFor.get(feature.id);
      left?.delete(id);
      if (left?.size === 0) ordered.add(feature);
    }
  }
  return [...ordered.union(new Set(features))];
}
