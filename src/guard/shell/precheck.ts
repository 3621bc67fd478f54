/** P1.1 and P1.2: what no command may contain, decided before anything is parsed. */
import { refuse } from "./refusal.ts";

const maxBytes = 128 * 1024;
/** Every control character but TAB and LF; U+E000 stands for a wildcard further on. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
const forbiddenControl = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\ue000]/;
const bidiControl = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/;
const loneSurrogate = /\p{Surrogate}/u;
const invisible = /[\p{Cf}\p{Zs}\p{Zl}\p{Zp}\u115f\u1160\u3164\uffa0\u2800]|\u034f|[\ufe00-\ufe0f]/u;
const splitToken = /(?:[$<>&|(){};`!=]|^)\\\n|[^\s\\]\\\n[<>&|;()]/;

export function precheck(command: string): void {
  if (command.length > maxBytes || Buffer.byteLength(command) > maxBytes) {
    refuse(
      "P1.1",
      `${command.length} characters`,
      "The command is longer than 128 KiB. Write large content with the Write tool and run short commands.",
    );
  }
  if (forbiddenControl.test(command) || loneSurrogate.test(command)) {
    refuse(
      "P1.1",
      "control character",
      "The command contains a control character other than TAB and newline (a carriage return, perhaps). Retype it without.",
    );
  }
  if (bidiControl.test(command)) {
    refuse(
      "P1.2",
      "bidirectional control",
      "The command contains a bidirectional control character. Retype it without.",
    );
  }
}

/** P1.2: outside quotes, a character that cannot be seen could make a word read as another. */
export function refuseInvisible(unquoted: string, raw: string): void {
  if (invisible.test(unquoted.replaceAll(/[ \n\t]/g, ""))) {
    refuse(
      "P1.2",
      raw,
      "There is an invisible or non-ASCII space character outside quotes. Retype the word, or quote it.",
    );
  }
}

/**
 * bash drops a backslash-newline wherever it stands, also inside `$(`, `<(`, `&&`: a place where parsers differ.
 * Between words, inside a plain word and in literal text it means what it seems to mean.
 */
export function refuseSplitTokens(source: string, literal: readonly (readonly [number, number])[]): void {
  if (!source.includes("\\\n")) return;
  const finder = new RegExp(splitToken, "g");
  for (const match of source.matchAll(finder)) {
    const at = match.index;
    if (literal.some(([start, end]) => at >= start && at < end)) continue;
    refuse(
      "P1.3",
      match[0],
      "A line continuation splits an operator. Put the backslash after a space, between two words.",
    );
  }
}
