/** Edits the `passes` values of a feature list and leaves every other byte alone (F4). */
import { OnwardError } from "../../core/errors.ts";
import { parseListText } from "./feature-list.ts";
import { applied, elementPositions, members, skipSpace, type TextEdit } from "./list-text.ts";

/**
 * The list with the given features' `passes` set. `text` must be a valid list, and every id one of its
 * features: throws `internal` otherwise. A feature without the field gets it after its last one, when the
 * value is true; absent means false.
 */
export function setPasses(text: string, changes: ReadonlyMap<string, boolean>): string {
  const list = parseListText(text);
  if (list.type !== "valid") throw new OnwardError("internal", "setPasses was given no valid feature list.");
  const elements = elementPositions(text);
  const edits: TextEdit[] = [];
  let found = 0;
  for (const [index, feature] of list.features.entries()) {
    const passes = changes.get(feature.id);
    const at = elements[index];
    if (passes === undefined || at === undefined) continue;
    edits.push(...editsOf(text, at, passes));
    found += 1;
  }
  if (found < changes.size) throw new OnwardError("internal", "setPasses was given an unknown feature.");
  return applied(text, edits);
}

/** A key given twice counts with its last value; setting all of them leaves nothing to misread. */
function editsOf(text: string, element: number, passes: boolean): readonly TextEdit[] {
  const all = [...members(text, element)];
  const values = all.filter((member) => member.key === "passes");
  if (values.length > 0) return values.map(({ from, to }) => ({ from, to, text: String(passes) }));
  const last = all.at(-1);
  if (!passes || last === undefined) return [];
  const gap = text.slice(element + 1, skipSpace(text, element + 1)) || " ";
  return [{ from: last.to, to: last.to, text: `,${gap}"passes": true` }];
}
