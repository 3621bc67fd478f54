import { elementPositions, members } from "./list-text.ts";

/** What only the text of a list shows. */
export interface ListedElement {
  /** 1 for the first line of the file. */
  readonly line: number;
  /** Null where there is none, or not one text. */
  readonly id: string | null;
  readonly repeatedKeys: readonly string[];
}

/** The elements of anything that `JSON.parse` accepts and that holds a list, in order, be it valid or not. */
export function listedElements(text: string): readonly ListedElement[] {
  let line = 1;
  let from = 0;
  return elementPositions(text).map((position) => {
    for (let at = text.indexOf("\n", from); at !== -1 && at < position; at = text.indexOf("\n", at + 1)) {
      line += 1;
    }
    from = position;
    const all = text[position] === "{" ? [...members(text, position)] : [];
    const keys = all.map(({ key }) => key);
    const id = all.findLast(({ key }) => key === "id");
    return {
      line,
      id: id === undefined ? null : idOf(text.slice(id.from, id.to)),
      repeatedKeys: [...new Set(keys.filter((key, index) => keys.indexOf(key) !== index))],
    };
  });
}

function idOf(json: string): string | null {
  const value: unknown = JSON.parse(json);
  return typeof value === "string" || typeof value === "number" ? String(value) : null;
}
