// biome-ignore-all lint/suspicious/noTemplateCurlyInString: it is bash that is quoted
/** P4.1, P4.4, P4.7: what `$x` and `${x…}` are worth, given what `x` is. */
import type { ParameterExpansionPart, ParameterOperation, Word } from "unbash";
import { refuse } from "./refusal.ts";
import { type Alternative, type Atom, hole, knownText, text } from "./values.ts";

export interface Parameters {
  lookup(name: string, raw: string): Alternative;
  scalar(word: Word): Alternative;
}

const unknown: Alternative = [hole("anything")];

export function expandParameter(part: ParameterExpansionPart, env: Parameters): Alternative {
  const raw = part.text;
  if (part.prefix === "!")
    refuse("P4.4", raw, "Indirect expansion is not followed. Use the variable itself.");
  const { operation } = part;
  const assigned = `\${${part.prefix ?? ""}${part.parameter}`;
  if (!raw.startsWith(assigned)) refuse("P1.3", raw, "This expansion is not understood. Use the plain $x.");
  if (part.index !== undefined && !/^(?:\d+|[@*])$/.test(part.index.text)) {
    refuse("P4.4", raw, "An array subscript must be a literal number.");
  }
  const value = env.lookup(part.parameter, raw);
  if (part.prefix === "#") {
    return operation === undefined
      ? [hole("number")]
      : refuse("P4.4", raw, "This expansion is not followed. Use the plain ${#x}.");
  }
  if (part.index !== undefined) {
    if (operation !== undefined) operands(operation, raw).map((word) => env.scalar(word));
    return [hole("anything", true)];
  }
  // All positional parameters at once: any number of words, or none.
  if (/^[@*]$/.test(part.parameter)) {
    if (operation !== undefined) operate(value, operation, env, raw);
    return [hole("anything", true)];
  }
  return operation === undefined ? value : operate(value, operation, env, raw);
}

function operate(
  value: Alternative,
  operation: ParameterOperation,
  env: Parameters,
  raw: string,
): Alternative {
  const [first = [], second = []] = operands(operation, raw).map((word) => env.scalar(word));
  const known = knownText(value);
  switch (operation.type) {
    case "Default": {
      if (operation.operator.endsWith("="))
        refuse("P4.4", raw, "An expansion may not assign. Write `x=${x:-value}`.");
      // What is quoted in there is not split again; that is not followed.
      if (/['"\\]/.test(operation.operand.text)) return unknown;
      const set = known === null ? null : known !== "" || !operation.operator.startsWith(":");
      const whenUnset = operation.operator.endsWith("?") ? [] : first;
      if (operation.operator.endsWith("+")) return set === null ? unknown : set ? first : [];
      return set === null ? (isFileName(value) ? value : unknown) : set ? value : whenUnset;
    }
    case "Remove":
      return remove(value, operation.operator, knownText(first)) ?? unknown;
    case "Replace": {
      const [pattern, replacement] = [knownText(first), knownText(second)];
      if (known === null || pattern === null || replacement === null) return unknown;
      if (pattern === "" || /[*?[\\&]/.test(pattern + replacement)) return unknown;
      if (operation.operator === "//") return [text(known.split(pattern).join(replacement))];
      return operation.operator === "/" ? [text(known.replace(pattern, () => replacement))] : unknown;
    }
    case "Slice": {
      const [from, length] = [operation.offset.text.trim(), operation.length?.text.trim()];
      // P4.4: these are arithmetic, and arithmetic runs what it finds in a variable.
      if (
        !/^(?:-?\d{1,9}|\(-\d{1,9}\))$/.test(from) ||
        (length !== undefined && !/^-?\d{1,9}$/.test(length))
      ) {
        refuse("P4.4", raw, "A slice must use literal numbers.");
      }
      return unknown;
    }
    case "CaseModification":
      return unknown;
    case "Transform":
      return refuse("P4.4", raw, "`@` transformations are not allowed. Use the plain value.");
    case "Names":
      return refuse("P4.4", raw, "Names by prefix are not allowed. Name the variable.");
    case "Unknown":
      return refuse("P1.3", raw, "This expansion is not understood. Use the plain $x.");
    default:
      operation satisfies never;
      refuse("P1.3", raw, "This expansion is not understood. Use the plain $x.");
  }
}

function operands(operation: ParameterOperation, raw: string): readonly Word[] {
  switch (operation.type) {
    case "Default":
    case "Remove":
    case "Transform":
      return [operation.operand];
    case "Replace":
      return [operation.pattern, operation.replacement];
    case "Slice":
      return operation.length === undefined ? [operation.offset] : [operation.offset, operation.length];
    case "CaseModification":
      return operation.operand === undefined ? [] : [operation.operand];
    case "Names":
    case "Unknown":
      return [];
    default:
      operation satisfies never;
      refuse("P1.3", raw, "This expansion is not understood. Use the plain $x.");
  }
}

function isFileName(value: Alternative): boolean {
  return value.some((atom) => atom.type === "wild");
}

/**
 * `${x#p}` and `${x%p}`. On file names that a glob will match only what leaves whole components or a known
 * ending is worked out, so that the rest cannot turn out to be `..` or a name beginning with a dot.
 */
function remove(
  value: Alternative,
  operator: "#" | "##" | "%" | "%%",
  pattern: string | null,
): Alternative | null {
  if (pattern === null || pattern === "") return null;
  if (operator === "##" && pattern === "*/") return afterLastSlash(value);
  const known = knownText(value);
  if (/[*?[\\]/.test(pattern)) {
    if (operator === "%" && pattern === "/*" && known !== null)
      return [text(cut(known, known.lastIndexOf("/")))];
    if (operator === "%" && pattern === ".*") return withoutExtension(value);
    return null;
  }
  if (operator === "#" || operator === "##") {
    if (known !== null) return [text(known.startsWith(pattern) ? known.slice(pattern.length) : known)];
    const [head, ...tail] = value;
    const whole = head?.type === "text" && head.text === pattern && pattern.endsWith("/");
    return whole ? tail : null;
  }
  return withoutEnding(value, pattern);
}

function afterLastSlash(value: Alternative): Alternative | null {
  if (value.some((atom) => atom.type === "hole" && atom.holds !== "number")) return null;
  const at = value.findLastIndex((atom) => atom.type === "text" && atom.text.includes("/"));
  const found = value[at];
  if (found?.type !== "text") return value;
  const rest = found.text.slice(found.text.lastIndexOf("/") + 1);
  return [...(rest === "" ? [] : [text(rest)]), ...value.slice(at + 1)];
}

function withoutExtension(value: Alternative): Alternative | null {
  const last = value.at(-1);
  if (last?.type !== "text" || !last.text.includes(".")) return knownText(value) === null ? null : value;
  return replaceLast(value, text(cut(last.text, last.text.lastIndexOf("."))));
}

function withoutEnding(value: Alternative, ending: string): Alternative | null {
  const last = value.at(-1);
  if (last?.type !== "text") return null;
  if (last.text.endsWith(ending)) return replaceLast(value, text(last.text.slice(0, -ending.length)));
  return knownText(value) === null ? null : value;
}

function replaceLast(value: Alternative, atom: Atom): Alternative {
  return [...value.slice(0, -1), atom];
}

function cut(value: string, end: number): string {
  return end === -1 ? value : value.slice(0, end);
}
