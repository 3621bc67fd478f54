/**
 * The folded journal of one project, and the only way to add to it.
 *
 * Inputs are taken one after another: each is decided on the state that all earlier ones left behind, its events
 * are appended, and only then is the new state visible (J1, J2). A caller that reads `state` after `give` may
 * therefore act on it: what it asks for is on disk. After an append that failed nothing more is taken: whether
 * it took place is not known before the journal is opened again.
 */
import { isDeepStrictEqual } from "node:util";
import { decide } from "../core/decide.ts";
import { OnwardError } from "../core/errors.ts";
import type { RunEvent } from "../core/events.ts";
import { evolve } from "../core/evolve.ts";
import type { Input } from "../core/input.ts";
import { noProject, type ProjectState, stateSchema } from "../core/run.ts";
import type { Journal } from "../ports.ts";

export interface Ledger {
  readonly state: ProjectState;
  /** Throws what `Journal.append` throws, and from then on the same for every input. */
  give(input: Input): Promise<void>;
  /**
   * Whether the journal still says what was written to it, as far as a later manager would believe it. Throws
   * `journal-damaged` when something else has written there; what is believed is then put right as far as it can be.
   */
  check(): Promise<void>;
}

/** So many events are folded again at most when a project is opened (J4). */
const eventsPerSnapshot = 100;

/** The state as the journal has it now, without the right to change it. */
export async function readState(journal: Journal): Promise<{ state: ProjectState; version: number }> {
  const snapshot = await journal.latestSnapshot(stateSchema);
  // Written by this schema's own `saveSnapshot`, so its shape is known.
  const start = snapshot === null ? noProject : (snapshot.state as ProjectState);
  const after = await journal.read(snapshot?.version ?? 0);
  const state = after.reduce((folded, stored) => evolve(folded, stored.event), start);
  return { state, version: after.at(-1)?.version ?? snapshot?.version ?? 0 };
}

/** As it would come back from a snapshot. */
function asJson(state: ProjectState): unknown {
  return JSON.parse(JSON.stringify(state));
}

/**
 * Steps of settling that come to the same when a machine died and they are taken again, all that they go by being
 * durable. The checks are not among them: they may have taken hours.
 */
function isRepeatable(event: RunEvent): boolean {
  if (event.type !== "session.settled") return false;
  return ["integrity", "list", "notes"].includes(event.settled.step);
}

/** Sees every event after it was appended, and the states around it; must not throw. */
export type EventListener = (event: RunEvent, states: { before: ProjectState; after: ProjectState }) => void;

/** `sleptMs`: how long the machine slept since it was last asked. */
export async function openLedger(
  journal: Journal,
  now: () => number,
  onEvent: EventListener,
  sleptMs: () => number = () => 0,
): Promise<Ledger> {
  let { state, version } = await readState(journal);
  let snapshotAt = version - (version % eventsPerSnapshot);
  let queue: Promise<void> = Promise.resolve();
  let failure: { readonly error: unknown } | null = null;

  return {
    get state() {
      return state;
    },
    give(input) {
      return inTurn(() => take(input));
    },
    check: () => inTurn(compare),
  };

  function inTurn(work: () => Promise<void>): Promise<void> {
    const turn = queue.then(work);
    queue = turn.catch(() => {});
    return turn;
  }

  async function saysSo(): Promise<boolean> {
    try {
      const found = await readState(journal);
      return found.version === version && isDeepStrictEqual(asJson(found.state), asJson(state));
    } catch (error) {
      if (error instanceof OnwardError) throw error;
      return false; // it does not even fold
    }
  }

  async function compare(): Promise<void> {
    if (await saysSo()) return;
    await saveSnapshot();
    throw new OnwardError("journal-damaged", "Something else has written to Onward's journal.", {
      hint: "An agent can, where the guard is off: see `onward logs` for what it ran, then go on with `onward run --guard strict`.",
    });
  }

  async function take(input: Input): Promise<void> {
    if (failure !== null) throw failure.error;
    // What is decided now may depend on the time that is left, so what was no work is taken off first.
    await record(decide(state, { type: "slept", ms: sleptMs() }, now()));
    await record(decide(state, input, now()));
  }

  async function record(events: readonly RunEvent[]): Promise<void> {
    if (events.length === 0) return;
    const durable = !events.every(isRepeatable);
    version = await journal.append(version, events, { durable }).catch((error: unknown) => {
      failure = { error };
      throw error;
    });
    for (const event of events) {
      const before = state;
      state = evolve(before, event);
      onEvent(event, { before, after: state });
    }
    if (version - snapshotAt >= eventsPerSnapshot) await saveSnapshot();
  }

  /** A lost one costs time, never truth; a disk that is full says so at the next append. */
  async function saveSnapshot(): Promise<void> {
    const saved = { version, state };
    await journal.saveSnapshot(stateSchema, saved).then(
      () => (snapshotAt = saved.version),
      () => {},
    );
  }
}
