/**
 * Where things are in the text of a feature list, so that it can be edited in place (F4).
 *
 * A scanner of its own, because an editing library plans each edit on its own (quadratic for many), and one
 * that builds trees overflows the stack on a deeply nested field that nobody but a hostile agent writes. It
 * walks over text that `JSON.parse` has accepted, so it need not look for errors.
 */
export interface TextEdit {
  readonly from: number;
  readonly to: number;
  readonly text: string;
}

/** `edits` from the beginning of the text to its end. */
export function applied(text: string, edits: readonly TextEdit[]): string {
  const pieces: string[] = [];
  let end = 0;
  for (const edit of edits) {
    pieces.push(text.slice(end, edit.from), edit.text);
    end = edit.to;
  }
  pieces.push(text.slice(end));
  return pieces.join("");
}

/** Where each feature's object begins, in order; none where there is no array of them. */
export function elementPositions(text: string): readonly number[] {
  const root = skipSpace(text, text.startsWith("\uFEFF") ? 1 : 0);
  const inside = text[root] === "{" ? [...members(text, root)] : [];
  const list = text[root] === "[" ? root : inside.findLast(({ key }) => key === "features")?.from;
  return list !== undefined && text[list] === "[" ? [...elements(text, list)] : [];
}

interface Member {
  readonly key: string;
  /** Where the key begins. */
  readonly start: number;
  /** Of the value. */
  readonly from: number;
  readonly to: number;
}

/** Of the object that begins at `open`. */
export function* members(text: string, open: number): Generator<Member> {
  let at = skipSpace(text, open + 1);
  while (text[at] === '"') {
    const start = at;
    const keyEnd = skipString(text, start);
    const key: unknown = JSON.parse(text.slice(start, keyEnd));
    const from = skipSpace(text, skipSpace(text, keyEnd) + 1);
    const to = skipValue(text, from);
    yield { key: String(key), start, from, to };
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
export function skipValue(text: string, at: number): number {
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

export function skipSpace(text: string, at: number): number {
  return skip(space, text, at);
}

function skip(what: RegExp, text: string, at: number): number {
  what.lastIndex = at;
  what.test(text);
  return what.lastIndex;
}
