/**
 * P12: the options of a program, in a notation short enough to be read at a glance, one word each:
 *
 *     -n=text        takes a value, attached or as the next word        --lines=text
 *     -i[=text]      takes a value only if attached                     --color[=text]
 *     -name=text     a long option with one dash                        --quiet      takes none
 *     -#             a number, as in `head -20`
 *
 * Short flags without a value go into `flags` as letters. What is not written here is refused, and so is every
 * abbreviation: GNU programs accept `--outp` for `--output`, and what it means depends on their version.
 */
import { refuse } from "../shell/refusal.ts";
import type { Arg } from "../shell/values.ts";
import type { Call, Program, Role } from "./program.ts";
import { applyRole } from "./roles.ts";

export interface Option {
  readonly name: string;
  readonly value: Arg | null;
}

export interface Parsed {
  readonly options: readonly Option[];
  readonly operands: readonly Arg[];
}

interface Meaning {
  readonly takes: "nothing" | "value" | "attached";
  readonly role: Role;
}

const compiled = new WeakMap<Program, ReadonlyMap<string, Meaning>>();

/** Parses the words of a call and holds each to its role. */
export function parseOptions(call: Call, program: Program): Parsed {
  const meanings = meaningsOf(program);
  const options: Option[] = [];
  const operands: Arg[] = [];
  const { args } = call;
  for (let index = 0; index < args.length; index += 1) {
    const arg = args[index];
    if (arg === undefined) break;
    // `--include=*.ts` spreads into words that all begin alike.
    const word =
      arg.type === "literal" || (arg.type === "glob" && /^--[\w-]+=/.test(arg.text)) ? arg.text : null;
    if (word === "--") {
      operands.push(...args.slice(index + 1));
      break;
    }
    if (word === null || word === "-" || !/^[-]/.test(word)) {
      if (arg.type === "glob" && arg.text.startsWith("-")) unknownOption(call, arg, program);
      operands.push(arg);
      if (!program.posix) continue;
      operands.push(...args.slice(index + 1));
      break;
    }
    if (/^-\d+$/.test(word) && meanings.has("-#")) continue;
    const found =
      word.startsWith("--") || meanings.has(word.replace(/=.*/s, ""))
        ? long(word, meanings)
        : cluster(word, meanings);
    if (found === null) unknownOption(call, arg, program);
    for (const { name, meaning, attached } of found) {
      let value: Arg | null = attached === null || arg.type === "dynamic" ? null : { ...arg, text: attached };
      if (meaning.takes === "value" && value === null) {
        index += 1;
        const next = args[index];
        if (next === undefined) refuse("P12", name, `\`${call.program} ${name}\` needs a value.`);
        if (next.type === "glob" && next.spreads) {
          refuse("P12", next.raw, `Unquoted, the value of \`${name}\` may become several words. Quote it.`);
        }
        value = next;
      }
      if (value !== null) applyRole(call, value, meaning.role, name);
      options.push({ name, value });
    }
  }
  const roles = typeof program.operands === "object" ? program.operands : [program.operands ?? "text"];
  operands.forEach((operand, position) => {
    const own = roles.slice(Math.min(position, roles.length - 1));
    // What spreads takes the places behind it as well.
    const spreads = operand.type === "glob" && operand.spreads;
    for (const role of spreads ? own.filter((one) => one !== "none") : own.slice(0, 1))
      applyRole(call, operand, role, "operand");
  });
  return { options, operands };
}

/** The last value of an option, under any of its names. */
export function optionValue(parsed: Parsed, ...names: readonly string[]): Arg | null {
  return parsed.options.findLast((option) => names.includes(option.name))?.value ?? null;
}

export function has(parsed: Parsed, ...names: readonly string[]): boolean {
  return parsed.options.some((option) => names.includes(option.name));
}

interface Found {
  readonly name: string;
  readonly meaning: Meaning;
  readonly attached: string | null;
}

function long(word: string, meanings: ReadonlyMap<string, Meaning>): Found[] | null {
  const equals = word.indexOf("=");
  const name = equals === -1 ? word : word.slice(0, equals);
  const meaning = meanings.get(name);
  if (meaning === undefined) return null;
  const attached = equals === -1 ? null : word.slice(equals + 1);
  if (attached !== null && meaning.takes === "nothing") return null;
  return [{ name, meaning, attached }];
}

function cluster(word: string, meanings: ReadonlyMap<string, Meaning>): Found[] | null {
  const found: Found[] = [];
  for (let index = 1; index < word.length; index += 1) {
    const name = `-${word[index]}`;
    const meaning = meanings.get(name);
    if (meaning === undefined) return null;
    const rest = word.slice(index + 1);
    if (meaning.takes === "nothing") {
      found.push({ name, meaning, attached: null });
      continue;
    }
    found.push({ name, meaning, attached: rest === "" ? null : rest });
    break;
  }
  return found;
}

function unknownOption(call: Call, arg: Arg, program: Program): never {
  refuse(
    program.rule ?? "P12",
    arg.raw,
    `\`${call.program} ${arg.raw}\`: this option is not on the list, or is abbreviated. Use another one, or spell it out.`,
  );
}

function meaningsOf(program: Program): ReadonlyMap<string, Meaning> {
  const known = compiled.get(program);
  if (known !== undefined) return known;
  const meanings = new Map<string, Meaning>();
  for (const flag of program.flags ?? "") meanings.set(`-${flag}`, { takes: "nothing", role: "none" });
  for (const word of (program.options ?? "").split(/\s+/)) {
    if (word === "") continue;
    const match = /^(--?[\w:?.#@-]+)(?:(\[?)=(text|any|number|read|write|path|url|none)\]?)?$/.exec(word);
    if (match?.[1] === undefined) throw new Error(`Not an option in the notation: ${word}`);
    const takes = match[3] === undefined ? "nothing" : match[2] === "[" ? "attached" : "value";
    meanings.set(match[1], { takes, role: (match[3] as Role | undefined) ?? "none" });
  }
  compiled.set(program, meanings);
  return meanings;
}
