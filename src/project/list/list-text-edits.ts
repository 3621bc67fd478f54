/** Single changes in the text of a feature list, each in the style of what surrounds it. */
import { applied, elementPositions, members, skipSpace, skipValue } from "./list-text.ts";

/** undefined: the field is not there. */
export type FieldValue = string | number | boolean | readonly string[] | undefined;

/** Sets, adds or takes out one field of the feature at `index`. */
export function setField(text: string, index: number, key: string, value: FieldValue): string {
  const at = elementPositions(text)[index] ?? 0;
  const all = [...members(text, at)];
  const given = all.filter((member) => member.key === key);
  if (value === undefined) return given.length === 0 ? text : setField(cutOut(), index, key, value);
  const style = styleOf(text, at);
  const json = toJson(value, style);
  if (given.length > 0) {
    // A key given twice counts with its last value; setting all of them leaves nothing to misread.
    return applied(
      text,
      given.map(({ from, to }) => ({ from, to, text: json })),
    );
  }
  const last = all.at(-1);
  if (last === undefined) return text;
  return applied(text, [
    { from: last.to, to: last.to, text: `,${style.gap}${JSON.stringify(key)}: ${json}` },
  ]);

  /** Together with its comma: the one before it, or, of the first one, the one after it. */
  function cutOut(): string {
    const place = all.findIndex((member) => member.key === key);
    const [before, it, after] = [all[place - 1], all[place], all[place + 1]];
    if (it === undefined) return text;
    const from = before?.to ?? it.start;
    return applied(text, [{ from, to: before === undefined ? (after?.start ?? it.to) : it.to, text: "" }]);
  }
}

/** Behind the last feature, laid out as that one is. */
export function addElement(text: string, fields: readonly (readonly [string, FieldValue])[]): string {
  const positions = elementPositions(text);
  const last = positions.at(-1) ?? 0;
  const end = skipValue(text, last);
  const style = styleOf(text, last);
  const lines = fields.map(([key, value]) => `${JSON.stringify(key)}: ${toJson(value ?? null, style)}`);
  const element = `{${style.open}${lines.join(`,${style.gap}`)}${style.close}}`;
  // What stands between the bracket and the first feature stands before every feature.
  const first = positions[0] ?? last;
  const open = text.lastIndexOf("[", first);
  const separator = text.slice(open + 1, first) || (positions.length > 1 ? "" : " ");
  return applied(text, [{ from: end, to: end, text: `,${separator}${element}` }]);
}

/** What stands between the features stays where it is; they change places. */
export function moveToEnd(text: string, index: number): string {
  const slices = elementPositions(text).map((from) => ({ from, to: skipValue(text, from) }));
  const moved = slices.slice(index);
  return applied(
    text,
    moved.map(({ from, to }, place) => {
      const taken = moved[place + 1] ?? moved[0] ?? { from, to };
      return { from, to, text: text.slice(taken.from, taken.to) };
    }),
  );
}

interface Style {
  /** Before the first key. */
  readonly open: string;
  /** Before each other key: a line break and an indentation, or a space. */
  readonly gap: string;
  /** Before the closing brace. */
  readonly close: string;
  /** One level of indentation; empty in a list that is not laid out in lines. */
  readonly unit: string;
}

function styleOf(text: string, element: number): Style {
  const gap = text.slice(element + 1, skipSpace(text, element + 1));
  const lineStart = text.lastIndexOf("\n", element) + 1;
  const outer = /^[ \t]*/.exec(text.slice(lineStart, element))?.[0] ?? "";
  if (!gap.includes("\n")) return { open: gap, gap: gap || " ", close: gap, unit: "" };
  const inner = gap.slice(gap.lastIndexOf("\n") + 1);
  const unit = inner.startsWith(outer) && inner.length > outer.length ? inner.slice(outer.length) : "  ";
  return { open: gap, gap, close: `${gap.slice(0, gap.lastIndexOf("\n") + 1)}${outer}`, unit };
}

function toJson(value: NonNullable<FieldValue> | null, { gap, unit }: Style): string {
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  const items = value.map((item) => JSON.stringify(item));
  if (unit === "" || items.length < 2) return `[${items.join(", ")}]`;
  return `[${items.map((item) => `${gap}${unit}${item}`).join(",")}${gap}]`;
}
