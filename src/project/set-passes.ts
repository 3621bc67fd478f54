/**
 * Edits the `passes` values of a feature list and leaves every other byte alone (F4).
 *
 * A scanner of its own, because an editing library plans each edit on its own (quadratic for many), and one
 * that builds trees overflows the stack on a deeply nested field that nobody but a hostile agent writes. It
 * walks over text that `JSON.parse` has accepted, so it need not look for errors.
 */
import { OnwardError } from "../core/errors.ts";
import { parseListText } from "./feature-list.ts";

/**
 * The list with the given features' `passes` set. `text` must be a valid list, and every id one of its
 * features: throws `internal` otherwise. A feature without the field gets it after its last one, when the
 * value is true; absent means false.
 */
export function setPasses(text: string, changes: ReadonlyMap<string, boolean>): string {
  const list = parseListText(text);
  if (list.type !== "valid") throw new OnwardError("internal", "setPasses was given no valid feature list.");
  const elements = elementPositions(text);
  const edits: Edit[] = [];
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

interface Edit {
  readonly from: number;
  readonly to: number;
  readonly text: string;
}

/** A key given twice counts with its last value; setting all of them leaves nothing to misread. */
function editsOf(text: string, element: number, passes: boolean): readonly Edit[] {
  const all = [...members(text, element)];
  const values = all.filter((member) => member.key === "passes");
  if (values.length > 0) return values.map(({ from, to }) => ({ from, to, text: String(passes) }));
  const last = all.at(-1);
  if (!passes || last === undefined) return [];
  const gap = text.slice(element + 1, skipSpace(text, element + 1)) || " ";
  return [{ from: last.to, to: last.to, text: `,${gap}"passes": true` }];
}

function applied(text: string, edits: readonly Edit[]): string {
  const pieces: string[] = [];
  let end = 0;
  for (const edit of edits) {
    pieces.push(text.slice(end, edit.from), edit.text);
    end = edit.to;
  }
  pieces.push(text.slice(end));
  return pieces.join("");
}

/** Where each feature's object begins, in order. */
function elementPositions(text: string): readonly number[] {
  const root = skipSpace(text, text.startsWith("\uFEFF") ? 1 : 0);
  if (text[root] === "[") return [...elements(text, root)];
  const list = [...members(text, root)].findLast((member) => member.key === "features");
  return list === undefined ? [] : [...elements(text, list.from)];
}

interface Member {
  readonly key: string;
  /** Of the value. */
  readonly from: number;
  readonly to: number;
}

function* members(text: string, open: number): Generator<Member> {
  let at = skipSpace(text, open + 1);
  while (text[at] === '"') {
    const keyEnd = skipString(text, at);
    const key: unknown = JSON.parse(text.slice(at, keyEnd));
    const from = skipSpace(text, skipSpace(text, keyEnd) + 1);
    const to = skipValue(text, from);
    yield { key: String(key), from, to };
    at = skipSpace(text, to);
    if (text[at] === ",") at = skipSpace(text, at + 1);
  }
}

function* elements(text: string, open: number): Generator<number> {
  let at = skipSpace(text, open + 1);
  while (at < text.length && text[at] !== "]") {
    yield at;
    at = skipSpace(text, skipValue(text, at));
    if (text[at] === ",") at = skipSpace(text, at + 1);
  }
}

/** Past the value that begins at `at`. */
function skipValue(text: string, at: number): number {
  if (text[at] === '"') return skipString(text, at);
  if (text[at] !== "{" && text[at] !== "[") return skip(literal, text, at);
  let depth = 0;
  for (let here = at; here < text.length; ) {
    const char = text[here];
    if (char === '"') {
      here = skipString(text, here);
      continue;
    }
    if (char === "{" || char === "[") depth += 1;
    if (char === "}" || char === "]") depth -= 1;
    here += 1;
    if (depth === 0) return here;
    here = skip(plain, text, here);
  }
  return text.length;
}

/** Past the closing quote: the first one with an even number of backslashes before it. */
function skipString(text: string, open: number): number {
  for (let quote = text.indexOf('"', open + 1); quote !== -1; quote = text.indexOf('"', quote + 1)) {
    let backslashes = 0;
    while (text[quote - 1 - backslashes] === "\\") backslashes += 1;
    if (backslashes % 2 === 0) return quote + 1;
  }
  return text.length;
}

const space = /[ \t\n\r]*/y;
const literal = /[^\s,\]}]*/y;
/** Anything that neither nests nor begins a string. */
const plain = /[^"{}[\]]*/y;

function skipSpace(text: string, at: number): number {
  return skip(space, text, at);
}

function skip(what: RegExp, text: string, at: number): number {
  what.lastIndex = at;
  what.test(text);
  return what.lastIndex;
}
