import { OnwardError } from "../core/errors.ts";
import type { Command } from "../ports.ts";
import type { CommonFlags } from "./common-flags.ts";
import { callManager } from "./living-run.ts";

type Steering = { readonly type: "pause" | "resume" } | Extract<Command, { type: "say" }>;

/** `onward pause`, `resume` and `say`. Throws `nothing-to-do` when no run could hear it. */
export async function steerCommand(dir: string, command: Steering, { quiet }: CommonFlags): Promise<void> {
  const manager = await callManager(dir, command);
  if (manager === null) {
    throw new OnwardError("nothing-to-do", `Nothing runs in ${dir}.`, {
      hint: "Start it with `onward run`; from another terminal it can then be paused, resumed and spoken to.",
    });
  }
  if (!quiet) process.stderr.write(`${done(command.type, manager.name)}\n`);
}

function done(type: "pause" | "resume" | "say", who: string): string {
  switch (type) {
    case "pause":
      return `asked ${who} to pause after the current tool; \`onward resume\` goes on`;
    case "resume":
      return `asked ${who} to go on`;
    case "say":
      return `handed to ${who}: the agent hears it at its next turn`;
    default:
      return type satisfies never;
  }
}
