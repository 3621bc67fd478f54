/** Carries commands of other processes (`onward stop`) from the journal's inbox to the run. */
import type { Command, Journal } from "../ports.ts";
import type { RunHandle } from "./loop.ts";

const lookEveryMs = 200;

/** Until disposed; meanwhile it also keeps the process alive, which a paused run has nothing else for. A journal that fails here fails the run at its next append, so nothing is said twice. */
export function watchInbox(journal: Journal, run: RunHandle): Disposable {
  let stopped = false;
  const timer = setInterval(() => void look().catch(() => {}), lookEveryMs);
  return {
    [Symbol.dispose]() {
      stopped = true;
      clearInterval(timer);
    },
  };

  async function look(): Promise<void> {
    for (const { command } of await journal.takeCommands()) {
      if (stopped) return;
      await hand(command);
    }
  }

  async function hand(command: Command): Promise<void> {
    switch (command.type) {
      case "say":
        return run.say(command.text, "onward say");
      case "stop":
      case "pause":
      case "resume":
        return run.ask(command.type, `onward ${command.type}`);
      case "claim":
      case "note":
      case "blocker":
        return run.serve(command);
      default:
        throw new Error(`unknown command ${(command satisfies never as Command).type}`);
    }
  }
}
