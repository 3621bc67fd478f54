import { homedir, tmpdir } from "node:os";
import { resolve } from "node:path";
import { createInterface } from "node:readline";
import { OnwardError } from "../core/errors.ts";
import { checkCommand, type ShellContext } from "../guard/shell.ts";
import type { Verdict } from "../guard/verdict.ts";
import { print, printJson } from "./output.ts";
import { bold, oneLine } from "./text/terminal-text.ts";

export interface CheckFlags {
  /** The project; null: where the command would run. */
  readonly dir: string | null;
  readonly cwd: string | null;
  readonly home: string | null;
  readonly tmpdir: string | null;
  readonly guard: "strict" | "sandboxed";
  readonly stdin: boolean;
  readonly json: boolean;
}

/** Answers the exit code: 1 when the command is denied. Throws `usage`. */
export async function checkCommandLine(command: string | null, flags: CheckFlags): Promise<number> {
  const cwd = resolve(flags.cwd ?? flags.dir ?? ".");
  const context: ShellContext = {
    project: flags.dir ?? cwd,
    cwd,
    home: resolve(flags.home ?? homedir()),
    tmpdir: resolve(flags.tmpdir ?? tmpdir()),
  };
  const decide = (text: string) => checkCommand(text, context, flags.guard);
  if (flags.stdin && command === null) {
    await answerLines(decide);
    return 0;
  }
  if (command === null || flags.stdin) {
    throw new OnwardError("usage", "Give either one command in quotes, or --stdin.", {
      hint: `For example: onward check 'rm -rf build'`,
    });
  }
  const verdict = decide(command);
  if (flags.json) printJson({ command, ...answer(verdict) });
  else print(sentence(verdict));
  return verdict.allow ? 0 : 1;
}

async function answerLines(decide: (command: string) => Verdict): Promise<void> {
  for await (const line of createInterface({ input: process.stdin, crlfDelay: Number.POSITIVE_INFINITY })) {
    if (line.trim() !== "") print(JSON.stringify(answerLine(line, decide)));
  }
}

/** What is not understood is denied (G1). */
function answerLine(line: string, decide: (command: string) => Verdict): object {
  let id: unknown = null;
  try {
    const asked: unknown = JSON.parse(line);
    if (typeof asked !== "object" || asked === null) throw new Error("no object");
    if ("id" in asked) id = asked.id;
    if (!("command" in asked)) throw new Error("no command");
    if (typeof asked.command !== "string") throw new Error("the command is no text");
    return { id, ...answer(decide(asked.command)) };
  } catch (error) {
    const reason = `not understood: ${error instanceof Error ? error.message : String(error)}`;
    return { id, allow: false, rule: "G1", reason };
  }
}

function answer(verdict: Verdict) {
  return { allow: verdict.allow, rule: verdict.rule, reason: verdict.allow ? null : verdict.reason };
}

function sentence(verdict: Verdict): string {
  if (verdict.allow) return `${bold("allowed")} by ${verdict.rule}`;
  const where = verdict.offending === "" ? "" : ` at \`${oneLine(verdict.offending)}\``;
  return `${bold("denied")} by ${verdict.rule}${where}: ${verdict.reason}`;
}
