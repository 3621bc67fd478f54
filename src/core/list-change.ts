import type { CommandChange, ListChange } from "./event-parts.ts";
import { changedFields, sameOrder } from "./feature-comparison.ts";
import type { Feature } from "./features.ts";

/** Of each kind; a rewritten list of thousands must not fill the journal. */
const maxNamed = 50;
const maxIdLength = 200;

/** What was done to a list, told by the ids of its features. */
export function changeBetween(before: readonly Feature[], after: readonly Feature[]): ListChange {
  const old = new Map(before.map((feature) => [feature.id, feature]));
  const found = new Set(after.map((feature) => feature.id));
  const pairs = after.flatMap((now) => {
    const then = old.get(now.id);
    return then === undefined ? [] : [{ then, now }];
  });
  const turned = (passes: boolean) =>
    pairs.filter(({ then, now }) => then.passes !== now.passes && now.passes === passes);
  const kinds = {
    added: after.filter((feature) => !old.has(feature.id)),
    removed: before.filter((feature) => !found.has(feature.id)),
    edited: pairs.filter(({ then, now }) => changedFields(then, now).length > 0).map(({ now }) => now),
    passing: turned(true).map(({ now }) => now),
    failing: turned(false).map(({ now }) => now),
  };
  const named = (features: readonly Feature[]) =>
    features
      .map(({ id }) => id)
      .filter((id) => id.length <= maxIdLength)
      .slice(0, maxNamed);
  return {
    added: named(kinds.added),
    removed: named(kinds.removed),
    edited: named(kinds.edited),
    passing: named(kinds.passing),
    failing: named(kinds.failing),
    reordered: !sameOrder(before, after),
    commands: commandChanges(pairs),
    more: Object.values(kinds).reduce((more, all) => more + all.length - named(all).length, 0),
  };
}

/** A command of thousands of characters is known by its beginning. */
const maxCommandLength = 200;
const maxCommands = 20;

/** Which of them are decided by another command now; the first few. */
export function commandChanges(
  pairs: readonly { readonly then: Feature; readonly now: Feature }[],
): readonly CommandChange[] {
  return pairs
    .filter(({ then, now }) => changedFields(then, now).includes("verify") && now.id.length <= maxIdLength)
    .slice(0, maxCommands)
    .map(({ then, now }) => ({ featureId: now.id, from: line(then.verify), to: line(now.verify) }));
}

function line(verify: Feature["verify"]): string | null {
  if (verify === null) return null;
  const whole = typeof verify === "string" ? verify : verify.join(" ");
  return whole.replaceAll(/\s+/g, " ").trim().slice(0, maxCommandLength);
}
