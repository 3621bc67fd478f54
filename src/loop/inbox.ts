/** Carries commands of other processes (`onward stop`) from the journal's inbox to the run. */
import type { Command, InboxCommand, Journal } from "../ports.ts";
import type { Ledger } from "./ledger.ts";
import type { RunHandle } from "./loop.ts";

const lookEveryMs = 200;

/**
 * Until disposed; meanwhile it also keeps the process alive, which a paused run has nothing else for. A journal
 * that fails here fails the run at its next append, so nothing is said twice.
 */
export function watchInbox(journal: Journal, ledger: Ledger, run: RunHandle): Disposable {
  let stopped = false;
  let looking = false;
  const timer = setInterval(() => {
    if (looking) return;
    looking = true;
    void look()
      .catch(() => {})
      .finally(() => {
        looking = false;
      });
  }, lookEveryMs);
  return {
    [Symbol.dispose]() {
      stopped = true;
      clearInterval(timer);
    },
  };

  async function look(): Promise<void> {
    for (const waiting of await journal.waitingCommands()) {
      if (stopped) return;
      await take(waiting);
    }
  }

  async function take({ id, command }: InboxCommand): Promise<void> {
    if (command.type === "edit-list") {
      // Recorded first: what a crash keeps from being forgotten is known by its id.
      await ledger.give({ type: "edit-asked", edit: command.edit, command: id });
      await journal.forgetCommand(id);
    } else if (await journal.forgetCommand(id)) await hand(command);
  }

  async function hand(command: Exclude<Command, { type: "edit-list" }>): Promise<void> {
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
