/** Development tools: their options are the project's affair, words that are paths stay inside the project. */
import { checkStaysInside } from "../shell/paths.ts";
import { refuse } from "../shell/refusal.ts";
import { judgeNode } from "./node.ts";
import { type Call, type Programs, staticText } from "./program.ts";

export function judgeDevTool(call: Call): void {
  switch (call.program) {
    case "tsx":
    case "ts-node":
      judgeNode(call);
      return;
    case "concurrently":
      judgeCommands(call, null);
      return;
    case "nodemon":
      judgeCommands(call, /^(?:-x|--exec)$/);
      return;
    default:
      for (const arg of call.args) checkStaysInside(call, arg);
  }
}

/** P2.4: these run words as shell commands: all operands, or what an option gives. */
function judgeCommands(call: Call, option: RegExp | null): void {
  for (const [index, arg] of call.args.entries()) {
    const word = arg.type === "glob" ? "" : staticText(call, arg);
    const before = call.args[index - 1];
    const given = option !== null && before?.type === "literal" && option.test(before.text);
    const attached = option === null ? null : /^--exec=(.*)$/s.exec(word)?.[1];
    if (attached !== null && attached !== undefined) call.judgeScript(attached);
    else if (given || (option === null && !word.startsWith("-") && /\s/.test(word))) call.judgeScript(word);
    else if (/[;&|`$<>\n]/.test(word))
      refuse("P2.4", arg.raw, "This would run as a shell command. Write plain commands.");
    else checkStaysInside(call, arg);
  }
}

const tool = { judgeCall: judgeDevTool, interprets: true } as const;

export const devTools = {
  tsc: tool,
  tsx: tool,
  vitest: tool,
  jest: tool,
  eslint: tool,
  prettier: tool,
  playwright: tool,
} as const satisfies Programs;
