/** P7: where an interpreter's program comes from. What is in it is the sandbox's business (S1). */
import { isInside, resolveAll } from "../shell/paths.ts";
import { refuse } from "../shell/refusal.ts";
import type { Arg } from "../shell/values.ts";
import { type Call, staticText } from "./program.ts";

/** P7.1: a script of the project, and not one that the command could just have fetched elsewhere. */
export function checkProjectFile(call: Call, arg: Arg): void {
  staticText(call, arg);
  for (const path of resolveAll(call, arg)) {
    if (isInside(path, call.run.context.project)) continue;
    refuse("P7.2", arg.raw, "Only scripts of the project may be run. Put the script into the project.");
  }
}

/** P7.2: code on the command line is literal. */
export function checkInlineCode(arg: Arg): void {
  if (arg.type === "literal" && !arg.approximate) return;
  refuse(
    "P7.2",
    arg.raw,
    "Inline code must be literal, in single quotes. Put code that is computed into a file of the project.",
  );
}

/** P7.2: with no program of its own an interpreter takes it from its input. */
export function checkProgramOnStdin(call: Call): void {
  switch (call.stdin.type) {
    case "literal":
      return;
    case "file":
      checkProjectFile(call, call.stdin.path);
      return;
    case "inherited":
    case "pipe":
    case "dynamic":
      refuse(
        "P7.2",
        call.program,
        `\`${call.program}\` would take its program from its input. Give it a script of the project, literal inline code, or a heredoc with a quoted delimiter (<<'EOF').`,
      );
      break;
    default:
      call.stdin satisfies never;
  }
}

export function checkStaticArguments(call: Call, args: readonly Arg[]): void {
  for (const arg of args) if (arg.type === "dynamic") staticText(call, arg);
}
