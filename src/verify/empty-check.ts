import { shellLine } from "./deciding.ts";
import type { Command } from "./started-command.ts";

/**
 * Whether a command exits 0 whatever the project is like. Only what is plain to see; that a test tests nothing
 * cannot be told from its name.
 */
export function isEmptyCheck(command: Command): boolean {
  const line = (typeof command === "string" ? command : unwrapped(command)).trim();
  if (/(^|[;&\n]\s*)set -[a-z]*e/.test(line)) return false;
  if (/[^&]&$/.test(line)) return true;
  // What comes last decides.
  const last = line
    .split(/\|\||;|\n/)
    .map((part) => part.trim())
    .findLast((part) => part !== "");
  return last === undefined || last.split("&&").every((part) => cannotFail.test(part.trim()));
}

const cannotFail = /^(true|:|exit 0|(echo|printf)\b[^|<>`$()]*)$/;

/** `sh -c 'exit 0'` is its own last argument. */
function unwrapped(words: readonly string[]): string {
  const [program = "", flag = "", line = ""] = words;
  const isShell = /(^|\/)(ba|z|da)?sh$/.test(program) && /^-[a-z]*c$/.test(flag);
  return isShell ? line : shellLine(words);
}
