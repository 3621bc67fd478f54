// biome-ignore-all lint/suspicious/noTemplateCurlyInString: it is bash that is quoted
/**
 * From a word to the arguments it becomes. The parser says where expansions are; this scanner reads the raw text
 * beside it and refuses wherever the two could disagree (the residue rules): W1 an unquoted `()<>|&;` or blank
 * in a "word", W2 a `$` or backtick that the parser did not see, W3 a quote that does not close, W4 quotes or
 * backticks inside `"${…}"`.
 */
import type { Assignment, HereDocBody, Word, WordPart } from "unbash";
import { expandBraces, type Field, type Token } from "./braces.ts";
import { refuseInvisible } from "./precheck.ts";
import { refuse } from "./refusal.ts";
import { type Alternative, type Arg, type Atom, hole, text, toArg } from "./values.ts";

/** Answers what an expansion is worth under one choice of values for the variables. */
export interface Environment {
  readonly home: string;
  parameter(part: WordPart, quoted: boolean): Alternative;
}

/**
 * `argument`: braces, globs and splitting happen. `scalar`: the value of an assignment, a here-string, an operand
 * of `[[`. `operand`: behind `${x:-`, where blanks are text.
 */
type Mode = "argument" | "scalar" | "operand";

/** Matching takes time that grows with these. */
const maxTokens = 500;
const maxWildcards = 16;
const residue = /[()<>|&;\s]/;
const plainWord = /^[\w./:@%+,-][\w./:@%+=,-]*$/;

export function expandArguments(word: Word | Assignment, env: Environment): readonly Arg[] {
  if (plainWord.test(word.text))
    return [{ type: "literal", text: word.text, raw: word.text, approximate: false }];
  const tokens = scan(source(word), "argument", env);
  const fields = expandBraces(tokens, word.text);
  if (fields.length > 1) refuseNameBesideBrace(word);
  return fields.flatMap(splitFields).map((atoms) => toArg(atoms, word.text));
}

export function expandScalar(
  word: Word,
  env: Environment,
  mode: "scalar" | "operand" = "scalar",
): Alternative {
  return scan(source(word), mode, env).map((token) => {
    if (token.type === "break" || token.type === "brace") return text("");
    return token.type === "hole" ? { ...token, splits: false } : token;
  });
}

/** P2.4: an unquoted heredoc body is live, like a double-quoted string in which a quote is only a character. */
export function expandHeredoc(body: HereDocBody, env: Environment): Alternative {
  const at = { raw: body.text, offset: body.pos, parts: collect(body.parts ?? []) };
  const tokens: Token[] = [];
  const end = scanQuoted(at, 0, null, env, tokens);
  if (end !== body.text.length)
    refuse("P1.3", body.text, "The heredoc cannot be read. Quote its delimiter: <<'EOF'.");
  return tokens.filter((token) => token.type !== "brace" && token.type !== "break");
}

/** A word as it stands in the source, with the expansions that the parser found, by their position. */
interface Source {
  readonly raw: string;
  readonly offset: number;
  readonly parts: ReadonlyMap<number, WordPart>;
}

function source(word: Word | Assignment): Source {
  const value = word.type === "Word" ? word : word.value;
  if (value.type === "ArrayValue")
    refuse("P5.2", word.text, "Arrays are not followed. Use plain variables or a for loop.");
  return { raw: word.text, offset: word.pos, parts: collect(value.parts ?? []) };
}

function collect(parts: readonly WordPart[], into = new Map<number, WordPart>()): Map<number, WordPart> {
  for (const part of parts) {
    switch (part.type) {
      case "SimpleExpansion":
      case "ParameterExpansion":
      case "CommandExpansion":
      case "ArithmeticExpansion":
      case "ProcessSubstitution":
        into.set(part.pos, part);
        break;
      case "DoubleQuoted":
      case "LocaleString":
        collect(part.parts, into);
        break;
      case "BraceExpansion":
      case "ExtendedGlob":
      case "Glob":
        collect(part.parts ?? [], into);
        break;
      case "Literal":
      case "SingleQuoted":
      case "AnsiCQuoted":
        break;
      default:
        part satisfies never;
        refuse("P1.3", "", "The command has a construct the guard does not know. Write it more simply.");
    }
  }
  return into;
}

function scan(at: Source, mode: Mode, env: Environment): Token[] {
  const { raw, offset, parts } = at;
  const tokens: Token[] = [];
  let index = 0;
  let known = "";
  const flush = () => {
    if (known !== "") tokens.push(text(known));
    known = "";
  };
  const push = (...more: readonly Token[]) => {
    flush();
    tokens.push(...more);
  };
  while (index < raw.length) {
    const char = raw[index] ?? "";
    const part = parts.get(offset + index);
    if (part !== undefined) {
      checkPart(part, raw.slice(index, index + part.end - part.pos));
      push(...unquoted(env.parameter(part, false), mode));
      index += part.end - part.pos;
      continue;
    }
    switch (char) {
      case "\\": {
        const next = raw[index + 1];
        if (next === undefined) refuse("P1.3", raw, "A backslash ends the word. Quote the word instead.");
        if (next !== "\n") known += next;
        index += 2;
        continue;
      }
      case "'": {
        const close = raw.indexOf("'", index + 1);
        if (close === -1) refuse("P1.3", raw, "A quote is not closed.");
        push(text(raw.slice(index + 1, close)));
        index = close + 1;
        continue;
      }
      case '"': {
        flush();
        index = scanQuoted(at, index + 1, '"', env, tokens);
        continue;
      }
      case "$": {
        const next = raw[index + 1];
        if (next === "'") {
          const { value, end } = decodeAnsiC(raw, index + 2);
          push(text(value));
          index = end;
          continue;
        }
        refuseLoneDollar(raw, index, false);
        known += char;
        break;
      }
      case "`":
        refuse("P1.3", raw, "A backtick is not closed or not understood. Use $(…).");
        break;
      case "~": {
        const tilde = tildeAt(raw, index, mode);
        if (tilde) known += env.home;
        else known += char;
        break;
      }
      case "*":
      case "?":
        if (mode === "argument") push({ type: "wild", spreads: true });
        else known += char;
        break;
      case "[": {
        const bracket = mode === "argument" ? /^\[[\w.,:=!^-]+\]/.exec(raw.slice(index)) : null;
        if (bracket !== null) {
          push({ type: "wild", spreads: true });
          index += bracket[0].length;
          continue;
        }
        // A bracket around expansions or quotes: what it matches is not worked out.
        if (mode === "argument" && raw.includes("]", index)) push(hole("anything"));
        else known += char;
        break;
      }
      case "{":
      case "}":
      case ",":
        if (mode === "argument") push({ type: "brace", text: char });
        else known += char;
        break;
      default:
        if (residue.test(char) && !(mode === "operand" && char === " ")) {
          refuse(
            "P1.3",
            raw,
            "An unquoted operator stands inside a word. Quote the word, or put spaces around the operator.",
          );
        }
        if (char > "\u007f") refuseInvisible(String.fromCodePoint(raw.codePointAt(index) ?? 0), raw);
        known += char;
    }
    index += 1;
  }
  flush();
  if (tokens.length > maxTokens || tokens.filter(({ type }) => type === "wild").length > maxWildcards) {
    refuse("P1.3", raw, "This word has too many parts. Write it more simply.");
  }
  return tokens;
}

/** Up to the closing `"`, or to the end of a heredoc body; answers where it goes on. */
function scanQuoted(at: Source, start: number, close: '"' | null, env: Environment, tokens: Token[]): number {
  const { raw, offset, parts } = at;
  let index = start;
  let known = "";
  while (index < raw.length) {
    const char = raw[index] ?? "";
    const part = parts.get(offset + index);
    if (part !== undefined) {
      checkPart(part, raw.slice(index, index + part.end - part.pos));
      if (part.type === "ParameterExpansion" && /['"\\`]/.test(part.text)) {
        refuse(
          "P1.3",
          part.text,
          "Quotes inside a quoted ${…} are read differently by different shells. Use a variable of its own.",
        );
      }
      tokens.push(text(known), ...env.parameter(part, true));
      known = "";
      index += part.end - part.pos;
      continue;
    }
    if (char === close) {
      tokens.push(text(known));
      return index + 1;
    }
    if (char === "\\") {
      const next = raw[index + 1] ?? "";
      const escapes = next === "$" || next === "`" || next === "\\" || (close !== null && next === close);
      known += escapes ? next : next === "\n" ? "" : char + next;
      index += 2;
      continue;
    }
    if (char === "`") refuse("P1.3", raw, "A backtick is not closed or not understood. Use $(…).");
    if (char === "$") refuseLoneDollar(raw, index, true);
    known += char;
    index += 1;
  }
  if (close !== null) refuse("P1.3", raw, "A quote is not closed.");
  tokens.push(text(known));
  return index;
}

/** W2: a `$` that begins nothing is harmless only where bash, too, can find nothing in it. */
function refuseLoneDollar(raw: string, index: number, quoted: boolean): void {
  const next = raw[index + 1];
  if (next === undefined || /[\s/.,:%^=+)|]/.test(next) || (quoted && /["'&;<>\]}~]/.test(next))) return;
  if (quoted && raw[index + 1] === "\\" && raw[index + 2] !== "\n") return;
  refuse(
    "P1.3",
    raw.slice(index, index + 20),
    "This `$` is not understood. Put the text in single quotes if it is meant literally.",
  );
}

function checkPart(part: WordPart, rawText: string): void {
  if (part.text !== rawText)
    refuse("P1.3", part.text, "The command cannot be read unambiguously. Write it more simply.");
  if (part.type === "ProcessSubstitution") {
    refuse(
      "P4.4",
      part.text,
      "Process substitution is not allowed. Write the output to a file in $TMPDIR first.",
    );
  }
  if (part.type === "CommandExpansion") {
    if (/^\$\(\(/.test(part.text)) {
      refuse("P1.3", part.text, "`$((` that is no arithmetic. Put a space: `$( (…) )`.");
    }
    if (/^\$\{/.test(part.text))
      refuse("P4.4", part.text, "Only `$(…)` is understood as a substitution. Use it.");
    if (part.text.startsWith("`") && part.text.includes("\\")) {
      refuse(
        "P1.3",
        part.text,
        "Escapes inside backticks are read differently by different shells. Use $(…).",
      );
    }
  }
}

/** P4.6 */
function tildeAt(raw: string, index: number, mode: Mode): boolean {
  const before = raw.slice(0, index);
  const assigned = mode === "scalar" ? /[=:]$/.test(before) : /^[A-Za-z_]\w*=(?:.*:)?$/.test(before);
  if (index > 0 && !assigned) return false;
  const next = raw[index + 1];
  if (next === undefined || next === "/" || (assigned && next === ":")) return true;
  refuse("P4.6", raw, "Only `~` itself is understood. Write the directory out.");
}

/** An unquoted expansion in an argument is split and globbed again. */
function unquoted(value: Alternative, mode: Mode): readonly Token[] {
  if (mode !== "argument") return value;
  return value.flatMap((atom): Token[] => {
    if (atom.type === "text") return resplit(atom.text);
    if (atom.type === "wild") return [hole("anything", true)];
    // A number is always there; a word may be missing.
    return [atom.holds === "number" ? atom : hole(atom.holds, true)];
  });
}

function resplit(value: string): Token[] {
  if (value.includes("\\")) return [hole("anything", true)];
  return value
    .split(/([ \t\n]+|[*?[])/)
    .filter((piece) => piece !== "")
    .map((piece): Token => {
      if (/^[ \t\n]/.test(piece)) return { type: "break" };
      if (piece === "[") return hole("anything", true);
      return piece === "*" || piece === "?" ? { type: "wild", spreads: true } : text(piece);
    });
}

function splitFields(field: Field): readonly Atom[][] {
  const fields: Atom[][] = [];
  let current: Atom[] | null = null;
  for (const atom of field) {
    if (atom.type === "break") {
      if (current !== null) fields.push(current);
      current = null;
    } else {
      current = [...(current ?? []), atom];
    }
  }
  if (current !== null) fields.push(current);
  return fields;
}

/** Braces expand before variables and `~`: `$x{a,b}` means `$xa $xb`, `{a,}~` means `a~ ~`. */
function refuseNameBesideBrace(word: Word | Assignment): void {
  if (word.text.includes("~", 1)) {
    refuse("P4.6", word.text, "Braces expand before `~`. Spell the words out.");
  }
  if (/\$[\w$!?#@*-]/.test(word.text)) {
    refuse(
      "P4.5",
      word.text,
      "Braces expand before variables. Write ${x} with its braces, or spell the words out.",
    );
  }
}

const ansiEscapes: Readonly<Record<string, string>> = {
  a: "\u0007",
  b: "\b",
  e: "\u001b",
  E: "\u001b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
  "\\": "\\",
  "'": "'",
  '"': '"',
  "?": "?",
};

function decodeAnsiC(raw: string, start: number): { value: string; end: number } {
  let value = "";
  for (let index = start; index < raw.length; index += 1) {
    const char = raw[index] ?? "";
    if (char === "'") return { value, end: index + 1 };
    if (char !== "\\") {
      value += char;
      continue;
    }
    const hex = /^\\x([2-7][0-9A-Fa-f])/.exec(raw.slice(index, index + 4));
    if (hex?.[1] !== undefined) {
      value += String.fromCharCode(Number.parseInt(hex[1], 16));
      index += 3;
      continue;
    }
    const decoded = ansiEscapes[raw[index + 1] ?? ""];
    if (decoded === undefined)
      refuse("P1.3", raw, "This escape in $'…' is not followed. Write the character itself.");
    value += decoded;
    index += 1;
  }
  refuse("P1.3", raw, "A quote is not closed.");
}
