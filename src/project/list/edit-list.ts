/** Makes a person's edit in the text of a feature list, and leaves every other byte alone (F4). */
import { OnwardError } from "../../core/errors.ts";
import type { CommandChange } from "../../core/event-parts.ts";
import type { Feature } from "../../core/features.ts";
import { commandChanges } from "../../core/list-change.ts";
import { editFeatures, type FeatureFields, type ListEdit } from "../../core/list-edits.ts";
import { parseListText } from "./feature-list.ts";
import { addElement, type FieldValue, moveToEnd, setField } from "./list-text-edits.ts";

export type EditedList =
  | {
      readonly ok: true;
      readonly text: string;
      readonly unpassed: boolean;
      readonly commands: readonly CommandChange[];
    }
  | { readonly ok: false; readonly problem: string };

/** `text` must be a valid list; throws `internal` otherwise. */
export function editList(text: string, edit: ListEdit): EditedList {
  const list = parseListText(text);
  if (list.type !== "valid") throw new OnwardError("internal", "editList was given no valid feature list.");
  const wanted = editFeatures(list.features, edit);
  if (!wanted.ok) return wanted;
  const after = textOf(text, list.features, wanted.features, edit);
  const found = parseListText(after);
  // An id that is derived from a description may belong to another feature by now.
  if (found.type !== "valid" || !sameIds(found.features, wanted.features)) {
    return { ok: false, problem: "Features with the same description need ids of their own first." };
  }
  const [then, now] = [list.features, wanted.features].map((all) => all.find(({ id }) => id === edit.id));
  const commands = then === undefined || now === undefined ? [] : commandChanges([{ then, now }]);
  return { ok: true, text: after, unpassed: wanted.unpassed, commands };
}

function textOf(text: string, before: readonly Feature[], after: readonly Feature[], edit: ListEdit): string {
  if (edit.type === "add") return addElement(text, elementOf(edit.id, edit.fields));
  const index = before.findIndex((feature) => feature.id === edit.id);
  const [old, now] = [before[index], after.find((feature) => feature.id === edit.id)];
  if (old === undefined || now === undefined || after === before) return text;
  let edited = text;
  for (const [key, value] of changes(old, now)) edited = setField(edited, index, key, value);
  return before.length === after.length && after[index] !== now ? moveToEnd(edited, index) : edited;
}

/** The fields in the order in which they are written anew. */
const fieldNames = ["category", "description", "steps", "priority", "dependsOn", "verify"] as const;

function* changes(old: Feature, now: Feature): Generator<readonly [string, FieldValue]> {
  // A derived id would follow the description, and what depends on it would not.
  if (now.description !== old.description) yield ["id", old.id];
  for (const name of fieldNames) {
    if (JSON.stringify(old[name]) !== JSON.stringify(now[name])) yield [name, written(now[name])];
  }
  if (now.passes !== old.passes) yield ["passes", now.passes];
}

function elementOf(id: string, fields: FeatureFields): readonly (readonly [string, FieldValue])[] {
  const { category, description, steps, priority, dependsOn, verify } = fields;
  const all: readonly (readonly [string, FieldValue])[] = [
    ["id", id],
    ["category", written(category)],
    ["description", description],
    ["steps", steps],
    ["passes", false],
    ["priority", written(priority)],
    ["dependsOn", written(dependsOn)],
    ["verify", written(verify)],
  ];
  return all.filter(([, value]) => value !== undefined);
}

/** What says nothing is not written at all. */
function written(value: Feature[(typeof fieldNames)[number]]): FieldValue {
  return value === null || (typeof value !== "number" && value.length === 0) ? undefined : value;
}

function sameIds(a: readonly Feature[], b: readonly Feature[]): boolean {
  return a.length === b.length && a.every(({ id }, index) => id === b[index]?.id);
}
