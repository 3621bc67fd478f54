/**
 * What people ask of the feature list: `onward features add|edit|reprioritise`. An edit is data, so that it can
 * wait in the journal for the end of a session; what it means is decided on the list as it is by then.
 */
import { circlesOf } from "./dependency-circles.ts";
import { excerpt } from "./feature-parsing.ts";
import type { Feature } from "./features.ts";

/** What a person may say of a feature. Whether it passes is not among it: that is found out, never told. */
export type FeatureFields = Omit<Feature, "id" | "passes">;

export type ListEdit =
  | { readonly type: "add"; readonly id: string; readonly fields: FeatureFields }
  /** Only what changes; an empty list, or null, removes the field. */
  | { readonly type: "edit"; readonly id: string; readonly fields: Partial<FeatureFields> }
  | { readonly type: "reprioritise"; readonly id: string; readonly to: Priority };

/** 1 comes first; `last` is behind everything, also behind what has no priority. */
export type Priority = number | "first" | "last";

export type EditedFeatures =
  | {
      readonly ok: true;
      /** In their new order. */
      readonly features: readonly Feature[];
      /** Whether a feature that passed has to prove itself again, because it means something else now. */
      readonly unpassed: boolean;
    }
  /** One sentence for a person. */
  | { readonly ok: false; readonly problem: string };

/** What the edit makes of the features. The same edit again makes no difference, but for `add`. */
export function editFeatures(features: readonly Feature[], edit: ListEdit): EditedFeatures {
  const old = features.find((feature) => feature.id === edit.id);
  if (edit.type === "add") {
    if (old !== undefined) return refused(`There is already a feature ${excerpt(edit.id)}.`);
    const twin = features.find(({ description }) => description === edit.fields.description);
    if (twin !== undefined) return refused(`${excerpt(twin.id)} already has this description.`);
    const added: Feature = { ...edit.fields, id: edit.id, passes: false };
    return checked([...features, added], added, false);
  }
  if (old === undefined) return refused(`There is no feature ${excerpt(edit.id)}.`);
  if (edit.type === "edit") {
    const unpassed = old.passes && meansAnother(old, edit.fields);
    const now: Feature = { ...old, ...edit.fields, passes: old.passes && !unpassed };
    return checked(
      features.map((feature) => (feature === old ? now : feature)),
      now,
      unpassed,
    );
  }
  return { ok: true, features: reprioritised(features, old, edit.to), unpassed: false };
}

/** What was verified is what these said; a new category or priority changes nothing about it. */
function meansAnother(old: Feature, fields: Partial<FeatureFields>): boolean {
  return (["description", "steps", "verify"] as const).some(
    (field) => fields[field] !== undefined && JSON.stringify(fields[field]) !== JSON.stringify(old[field]),
  );
}

/** An edit must not leave a feature waiting for itself, or for one that will never be there. */
function checked(features: readonly Feature[], changed: Feature, unpassed: boolean): EditedFeatures {
  const ids = new Set(features.map((feature) => feature.id));
  const missing = changed.dependsOn.find((id) => !ids.has(id));
  if (missing !== undefined) {
    return refused(`${excerpt(changed.id)} cannot depend on ${excerpt(missing)}: there is no such feature.`);
  }
  const circle = circlesOf(features).find((members) => members.includes(changed.id));
  if (circle !== undefined && changed.dependsOn.length > 0) {
    const around = circle.slice(0, 5).map(excerpt).join(", ");
    return refused(`${excerpt(changed.id)} would wait for itself: a circle of dependencies among ${around}.`);
  }
  return { ok: true, features, unpassed };
}

function reprioritised(features: readonly Feature[], old: Feature, to: Priority): readonly Feature[] {
  const others = features.filter((feature) => feature !== old);
  const taken = others.flatMap(({ priority }) => (priority === null ? [] : [priority]));
  const placed = (priority: number | null) =>
    features.map((feature) => (feature === old ? { ...old, priority } : feature));
  switch (to) {
    case "first": {
      const least = taken.reduce((a, b) => Math.min(a, b), 2);
      return old.priority !== null && old.priority < least ? features : placed(least - 1);
    }
    case "last": {
      const greatest = taken.reduce((a, b) => Math.max(a, b), 0);
      // Those without a priority come after all others, in the list's order: behind them is the list's end.
      if (taken.length < others.length) return [...others, { ...old, priority: null }];
      return old.priority === null || old.priority > greatest ? features : placed(greatest + 1);
    }
    default:
      return placed(to);
  }
}

function refused(problem: string): EditedFeatures {
  return { ok: false, problem };
}
