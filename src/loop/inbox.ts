/** Carries commands of other processes (`onward stop`) from the journal's inbox to the run. */
import type { Journal } from "../ports.ts";
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
      if (command.type === "say") await run.say(command.text, "onward say");
      else await run.ask(command.type, `onward ${command.type}`);
    }
  }
}
