/** Reads the values of flags. Each throws commander's own error, which names the flag. */
import { InvalidArgumentError } from "@commander-js/extra-typings";
import type { Regression } from "../config/config.ts";
import { durationForm, parseDuration } from "../config/duration.ts";
import type { Priority } from "../core/list-edits.ts";

export function duration(text: string): number {
  const ms = parseDuration(text);
  if (ms === null) throw invalid(durationForm);
  return ms;
}

export function lasting(text: string): number {
  const ms = duration(text);
  if (ms === 0) throw invalid("more than 0");
  return ms;
}

export function count(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(value) || value < 1) {
    throw invalid("a whole number of at least 1");
  }
  return value;
}

/** US dollars: `5`, `2.50`, `$10`. */
export function money(text: string): number {
  const value = Number(text.replace(/^\$/, ""));
  if (!/^\$?(\d+(\.\d+)?|\.\d+)$/.test(text) || value <= 0) {
    throw invalid("an amount in US dollars such as 5 or 2.50");
  }
  return value;
}

/** `0.9` or `90%`. */
export function share(text: string): number {
  const [, digits = "", percent = ""] = /^(\d+(?:\.\d+)?|\.\d+)(%?)$/.exec(text) ?? [];
  const value = Number(digits) / (percent === "" ? 1 : 100);
  if (digits === "" || value <= 0 || value > 1)
    throw invalid("a share over 0 and at most 1, such as 0.9 or 90%");
  return value;
}

export function regression(text: string): Regression {
  if (text === "all" || text === "off") return { type: text };
  const [, size] = /^sample:(\d{1,6})$/.exec(text) ?? [];
  if (size === undefined || Number(size) === 0) throw invalid("sample:10, all or off");
  return { type: "sample", size: Number(size) };
}

export function words(text: string): string {
  if (text.trim() === "") throw invalid("a text that is not empty");
  return text;
}

/** A flag that may be given again and again. */
export function collect(text: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), text];
}

/** A place in the order of work. */
export function place(text: string): Priority {
  if (text === "first" || text === "last") return text;
  if (!/^-?\d+(\.\d+)?$/.test(text)) throw invalid("a number such as 1, first or last");
  return Number(text);
}

function invalid(expected: string): InvalidArgumentError {
  return new InvalidArgumentError(`It must be ${expected}.`);
}
