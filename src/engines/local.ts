/**
 * The engine of one machine: this process owns the project's loop for as long as it holds the lock (R1), and
 * the lock ends with the process.
 */
import { existsSync } from "node:fs";
import { hostname } from "node:os";
import type { RunSettings } from "../core/event-parts.ts";
import { watchInbox } from "../loop/inbox.ts";
import { type EventListener, type Ledger, openLedger } from "../loop/ledger.ts";
import { type Activities, type RunHandle, startLoop } from "../loop/loop.ts";
import { lostSessions } from "../loop/lost-sessions.ts";
import { sleepMeter } from "../loop/sleep-meter.ts";
import type { Clock, Journal } from "../ports.ts";
import type { StatePaths } from "../project/paths.ts";
import { acquireLock, ownPidNamespace } from "./lock.ts";

export interface LocalEngineOptions {
  readonly paths: StatePaths;
  readonly clock: Clock;
  readonly openJournal: (file: string) => Promise<Journal>;
  readonly onEvent: EventListener;
}

/** Says nothing itself, but has the ledger record that the machine slept. A failure shows at the run's next append. */
const awake = { type: "slept", ms: 0 } as const;

export interface LocalEngine extends AsyncDisposable {
  readonly ledger: Ledger;
  start(activities: Activities, settings: RunSettings, maxSessions?: number): RunHandle;
}

/** Throws `project-held` when another manager lives, and what `openJournal` throws. */
export async function openLocalEngine(options: LocalEngineOptions): Promise<LocalEngine> {
  const { paths, clock } = options;
  await using opened = new AsyncDisposableStack();
  const { pid } = process;
  const owner = { pid, host: hostname(), pidNamespace: ownPidNamespace(), since: clock.now() };
  opened.use(await acquireLock(paths.lock, owner));
  const isNew = !existsSync(paths.journal);
  const journal = opened.use(await options.openJournal(paths.journal));
  const meter = opened.use(sleepMeter(clock.now));
  const ledger = await openLedger(journal, clock.now, options.onEvent, meter.take);
  const lost = await lostSessions(paths, ledger.state.lastNumber, isNew);
  if (lost !== null) await ledger.give({ type: "sessions-lost", ...lost });
  meter.onWake(() => void ledger.give(awake).catch(() => {}));
  // Commands that came too late for an earlier run are not meant for this one; a change of the list still is.
  for (const { id, command } of await journal.waitingCommands()) {
    if (command.type === "edit-list") {
      await ledger.give({ type: "edit-asked", edit: command.edit, command: id });
    }
    await journal.forgetCommand(id);
  }
  const kept = opened.move();

  return {
    ledger,
    start(activities, settings, maxSessions) {
      const run = startLoop(ledger, activities, settings, maxSessions);
      const inbox = kept.use(watchInbox(journal, ledger, run));
      const close = () => inbox[Symbol.dispose]();
      // The next run has an inbox of its own; how this one ended is for its caller.
      void run.ended.then(close, close);
      return run;
    },
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}
