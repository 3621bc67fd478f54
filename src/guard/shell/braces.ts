/** P4.5: brace expansion, as bash does it, on a word that has been cut into atoms and brace characters. */
import { refuse } from "./refusal.ts";
import { type Atom, text } from "./values.ts";

export type Token =
  | Atom
  | { readonly type: "brace"; readonly text: "{" | "," | "}" }
  /** Where an unquoted expansion ends one field and begins the next. */
  | { readonly type: "break" };

export type Field = readonly (Atom | { readonly type: "break" })[];

const maxFields = 1024;
const maxBraces = 32;
const sequence = /^(?:(-?\d{1,9})\.\.(-?\d{1,9})|([a-z])\.\.([a-z])|([A-Z])\.\.([A-Z]))(?:\.\.(-?\d{1,9}))?$/;

export function expandBraces(tokens: readonly Token[], raw: string): readonly Field[] {
  const opened = tokens.filter((token) => token.type === "brace" && token.text === "{").length;
  if (opened === 0) return [tokens.map(plain)];
  if (opened > maxBraces) refuse("P1.3", raw, "There are too many braces in one word. Write the words out.");
  return expand(tokens, raw);
}

function expand(tokens: readonly Token[], raw: string): readonly Field[] {
  const open = tokens.findIndex((token) => token.type === "brace" && token.text === "{");
  if (open === -1) return [tokens.map(plain)];
  const before = tokens.slice(0, open).map(plain);
  const { close, commas } = matching(tokens, open);
  if (close === null) {
    // bash takes an unmatched brace literally, but how it goes on from there differs between versions.
    refuse(
      "P4.5",
      raw,
      "A brace in this word has no partner. Quote the word if the brace is meant literally.",
    );
  }
  const rest = () => expand(tokens.slice(close + 1), raw);
  const inner = tokens.slice(open + 1, close);
  if (commas.length > 0) {
    const bounds = [open, ...commas, close];
    const choices = bounds
      .slice(1)
      .flatMap((end, index) => expand(tokens.slice((bounds[index] ?? 0) + 1, end), raw));
    return product(before, choices, rest(), raw);
  }
  const range = counted(inner, raw);
  if (range !== null) return product(before, range, rest(), raw);
  if (tokens.slice(close + 1).some((token) => token.type === "brace" && token.text === "}")) {
    // bash looks for the partner of this brace further on: `{a}b,c}` means `a}b c`.
    refuse(
      "P4.5",
      raw,
      "The braces of this word can be paired in two ways. Quote those that are meant literally.",
    );
  }
  const literalBraces = expand(inner, raw).map((field) => [text("{"), ...field, text("}")]);
  return product(before, literalBraces, rest(), raw);
}

function matching(tokens: readonly Token[], open: number): { close: number | null; commas: number[] } {
  let depth = 0;
  const commas: number[] = [];
  for (let index = open; index < tokens.length; index += 1) {
    const token = tokens[index];
    if (token?.type !== "brace") continue;
    if (token.text === "{") depth += 1;
    else if (token.text === "}") depth -= 1;
    else if (depth === 1) commas.push(index);
    if (depth === 0) return { close: index, commas };
  }
  return { close: null, commas };
}

/** `{1..5}`, `{01..10}`, `{a..e}`, `{0..10..2}`. */
function counted(inner: readonly Token[], raw: string): readonly Field[] | null {
  const only = inner.map((token) => (token.type === "text" ? token.text : wildMark)).join("");
  if (!only.includes("..")) return null;
  const match = sequence.exec(only);
  if (match === null) {
    return only.includes(wildMark)
      ? refuse("P4.5", raw, "Write the range of a brace expansion as literals.")
      : null;
  }
  const [, fromNumber, toNumber, fromLower, toLower, fromUpper, toUpper, by] = match;
  const letters = fromLower ?? fromUpper;
  const from = letters === undefined ? Number(fromNumber) : letters.charCodeAt(0);
  const to = letters === undefined ? Number(toNumber) : (toLower ?? toUpper ?? "").charCodeAt(0);
  const step = Math.max(1, Math.abs(Number(by ?? 1)));
  if (Math.abs(to - from) / step > maxFields)
    refuse("P4.5", raw, "The brace range is too long. Use a shorter one.");
  const padded = [fromNumber, toNumber].some((bound) => /^-?0\d/.test(bound ?? ""));
  const width = padded ? Math.max(fromNumber?.length ?? 0, toNumber?.length ?? 0) : 0;
  const fields: Field[] = [];
  for (let at = from; from <= to ? at <= to : at >= to; at += from <= to ? step : -step) {
    fields.push([text(letters === undefined ? pad(at, width) : String.fromCharCode(at))]);
  }
  return fields;
}

const wildMark = "\ue000";

function pad(value: number, width: number): string {
  return value < 0 ? `-${String(-value).padStart(width - 1, "0")}` : String(value).padStart(width, "0");
}

function product(
  before: Field,
  choices: readonly Field[],
  rest: readonly Field[],
  raw: string,
): readonly Field[] {
  if (choices.length * rest.length > maxFields)
    refuse("P4.5", raw, "The brace expansion is too large. Use a shorter one.");
  return choices.flatMap((choice) => rest.map((tail) => [...before, ...choice, ...tail]));
}

function plain(token: Token): Field[number] {
  return token.type === "brace" ? text(token.text) : token;
}
