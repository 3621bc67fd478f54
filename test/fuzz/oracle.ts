/** Whether what ran is what the guard resolved. */
import type { Call } from "../../src/guard/programs/program.ts";
import type { Arg } from "../../src/guard/shell/values.ts";
import type { Ran } from "./machine.ts";

/** What is wrong with it, or null. */
export function judgeRun(ran: Ran, calls: readonly Call[]): string | null {
  const named = calls.filter((call) => baseName(call.program) === baseName(ran.name));
  if (named.length === 0) return `ran ${ran.name}`;
  const placed = named.filter((call) => call.cwds.includes(ran.cwd));
  if (placed.length === 0) return `ran ${ran.name} in ${ran.cwd}`;
  // Behind these the words come from elsewhere; which program may get them was judged.
  if (calls.some(({ program }) => /^(?:xargs|find)$/.test(baseName(program)))) return null;
  return placed.some((call) => matches(call.args, ran.args))
    ? null
    : `ran ${ran.name} with ${JSON.stringify(ran.args)}`;
}

function baseName(program: string): string {
  return program.slice(program.lastIndexOf("/") + 1);
}

/** Each word against what was known of it; a wildcard is some words, a dynamic one anything that it may become. */
function matches(expected: readonly Arg[], actual: readonly string[]): boolean {
  const [arg, ...rest] = expected;
  if (arg === undefined) return actual.length === 0;
  const [word, ...others] = actual;
  switch (arg.type) {
    case "literal":
      return word !== undefined && sameText(arg, word) && matches(rest, others);
    case "glob":
      return (
        word !== undefined &&
        likePattern(arg.text, word) &&
        (matches(rest, others) || matches(expected, others))
      );
    case "dynamic": {
      if (!arg.splits) return word?.startsWith(arg.prefix) === true && matches(rest, others);
      for (let count = 0; count <= actual.length; count += 1) {
        if (matches(rest, actual.slice(count))) return true;
      }
      return false;
    }
    default:
      arg satisfies never;
      return false;
  }
}

function sameText(arg: Extract<Arg, { type: "literal" }>, word: string): boolean {
  if (!arg.approximate) return arg.text === word;
  return arg.text.replaceAll(/-?\d+/g, "0") === word.replaceAll(/-?\d+/g, "0");
}

function likePattern(pattern: string, word: string): boolean {
  const pieces = pattern.split("\ue000").map((piece) => piece.replaceAll(/[\\^$.*+?()[\]{}|]/g, "\\$&"));
  return new RegExp(`^${pieces.join(".*")}$`, "s").test(word);
}
