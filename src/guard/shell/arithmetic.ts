/**
 * P4.4: arithmetic runs commands that it finds inside variables (`a[$(id)]`), so only literal numbers and
 * variables that are known to be numbers may stand in it.
 */
import type { ArithmeticExpansionPart } from "unbash";
import { refuse } from "./refusal.ts";
import { type Alternative, hole, isNumeric, text } from "./values.ts";

/** No quotes, brackets, substitutions, comparisons with side effects: what is left bash can only read one way. */
const harmless = /^\$\(\(([\w \t$+*/%()<>=!&|?:~^-]*)\)\)$/;

export function evaluateArithmetic(
  part: ArithmeticExpansionPart,
  lookup: (name: string, raw: string) => Alternative,
): Alternative {
  const body = harmless.exec(part.text)?.[1];
  if (body === undefined || part.expression === undefined || !balanced(body)) {
    refuse("P4.4", part.text, "Only simple arithmetic on numbers is followed: $((x + 1)).");
  }
  if (/(?<![=!<>])=(?!=)|<<=|>>=|\$(?![A-Za-z_])/.test(body)) {
    refuse("P4.4", part.text, "Arithmetic may not assign. Write `x=$((x + 1))`.");
  }
  if (/\+\+|--/.test(body)) refuse("P4.4", part.text, "Arithmetic may not assign. Write `x=$((x + 1))`.");
  for (const [name] of body.matchAll(/[A-Za-z_]\w*/g)) {
    if (!isNumeric([lookup(name, part.text)])) {
      refuse("P4.4", part.text, `\`${name}\` is not known to be a number. Assign it a literal number first.`);
    }
  }
  const sum = /^\s*\(?\s*(-?\d{1,9})\s*([+*-])\s*(\d{1,9})\s*\)?\s*$/.exec(body);
  return sum === null
    ? [hole("number")]
    : [text(String(compute(Number(sum[1]), sum[2] ?? "+", Number(sum[3]))))];
}

function compute(left: number, operator: string, right: number): number {
  return operator === "+" ? left + right : operator === "-" ? left - right : left * right;
}

/** `$((a) + (b))` is fine; `$((a)(b))` could end early. */
function balanced(body: string): boolean {
  let depth = 0;
  for (const char of body) {
    if (char === "(") depth += 1;
    if (char === ")") depth -= 1;
    if (depth < 0) return false;
  }
  return depth === 0;
}
