import { shellLine } from "./deciding.ts";
import type { Command } from "./started-command.ts";

/**
 * Whether a command exits 0 whatever the project is like. Only what is plain to see: that a test tests nothing
 * cannot be told from its name, and what can fail in any way is never called empty, because it would not be run.
 */
export function isEmptyCheck(command: Command): boolean {
  const line = (typeof command === "string" ? command : unwrapped(command)).trim();
  if (mayEndEarly.test(line)) return false;
  if (/[^&]&$/.test(line)) return true;
  // What comes last decides.
  const last = line
    .split(/\|\||;|\n/)
    .map((part) => part.trim())
    .findLast((part) => part !== "");
  return last === undefined || last.split("&&").every((part) => cannotFail.test(part.trim()));
}

const cannotFail = /^((\/usr)?(\/bin\/)?true|:|exit 0|(echo|printf)\b[^|<>`$()]*)$/;

/** An `exit` but for `exit 0`, `set -e`, `${name:?}`, and whatever else may end the shell before what comes last. */
const mayEndEarly =
  /\bexit\b(?!\s+0\s*($|[;&|\n]))|\b(set|exec|eval|trap|kill|return|source)\b|(^|[\s;&|])\.\s|\$\{[^}]*\?/;

/** `sh -c 'exit 0'` is its own last argument. */
function unwrapped(words: readonly string[]): string {
  const [program = "", flag = "", line = ""] = words;
  const isShell = /(^|\/)(ba|z|da)?sh$/.test(program) && flag === "-c";
  return isShell ? line : shellLine(words);
}
