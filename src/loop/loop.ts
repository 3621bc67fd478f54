/**
 * The imperative shell of one run: reads the phase, does what it asks, reports what happened, again.
 *
 * The loop itself has no clock, chance or closure over the world: everything that acts is a named activity with
 * JSON arguments, so that another engine can run the same loop. What a crash left unfinished is found in the
 * phase; the loop has no second path for it but `recoverSession`.
 */

import { completeBy, isUnfinished } from "../core/decide.ts";
import type { EditDone, EndReason, RunSettings } from "../core/event-parts.ts";
import type { AgentRecord, SettledStep, StepName } from "../core/events.ts";
import type { AgentSessionId, RunId, SessionMarker } from "../core/ids.ts";
import type { Input, InputOf, Survey } from "../core/input.ts";
import type { ListEdit } from "../core/list-edits.ts";
import { nextStep, type Phase, type SessionState } from "../core/run.ts";
import type { AgentCommand } from "../ports.ts";
import type { Ledger } from "./ledger.ts";
import { takeInPeoplesList } from "./peoples-list.ts";

type Reported<Type extends Input["type"]> = Omit<InputOf<Type>, "type">;

/**
 * What the loop can have done. Each may be called again after a crash with the same arguments and must then
 * finish what it began rather than do it twice. `signal` is a wish to stop soon; an activity that gives up
 * because of it answers null, and nothing is recorded.
 */
export interface Activities {
  survey(signal: AbortSignal): Promise<Surveyed | null>;
  /** What people changed in the list by hand since it was last recorded; null for nothing. */
  listChange(): Promise<Reported<"list-changed"> | null>;
  /** Makes the list as it is the last good one. To be asked when its changes are recorded. */
  keepList(): Promise<void>;
  /** Makes the oldest change that people asked for; null while there is no list to make it in. */
  editList(edit: ListEdit): Promise<EditDone | null>;
  /** The project as it was found. Asked of each manager anew, before it changes anything. */
  startCheckpoint(signal: AbortSignal): Promise<Reported<"checkpoint-taken"> | null>;
  newIds(): Promise<{ runId: RunId; agentSessionId: AgentSessionId; marker: SessionMarker; chance: number }>;
  /** Resolves with true at `until`, with false when the signal came first. */
  wait(until: number, signal: AbortSignal): Promise<boolean>;
  /** From the intent to the end of the process tree. `onUp` is awaited before anything else is reported. */
  runSession(
    session: SessionState,
    onUp: (up: Reported<"session-up">) => Promise<void>,
    signals: Signals,
  ): Promise<Reported<"session-exited">>;
  /** For a session whose manager died: ends what still lives and tells what can be known of it. */
  recoverSession(session: SessionState): Promise<Reported<"session-exited">>;
  /** Ends what a dead manager's verification left running. */
  endLeftovers(marker: string): Promise<void>;
  /** The soft signal ends commands that check claims, the hard one the making of a checkpoint too. */
  settle(session: SessionState, step: StepName, signals: StopSignals): Promise<SettledStep | null>;
  verifyAll(signal: AbortSignal): Promise<Reported<"gate-ended"> | null>;
}

export interface Surveyed {
  readonly survey: Survey;
  /** A damaged list was restored just now. */
  readonly restored: { readonly problem: string; readonly from: string } | null;
}

export interface StopSignals {
  /** Stop at the next good moment. */
  readonly soft: AbortSignal;
  /** Stop now. */
  readonly hard: AbortSignal;
}

/** What may reach a session while it runs. */
export interface Signals extends StopSignals {
  /** Hands over what people say from now on. */
  onSaid(listener: (text: string) => void): void;
  /** Hands over what processes of the session ask for from now on. */
  onAgentCommand(listener: (command: AgentCommand) => void): void;
  /** Resolves when it is on disk; rejects when it cannot be, and then the run ends. */
  record(record: AgentRecord): Promise<void>;
}

export interface RunEnd {
  readonly reason: EndReason;
  readonly detail: string;
  /** What a person can do about it. */
  readonly hint?: string;
}

export interface RunHandle {
  /** `by`: who asked, such as `SIGINT` or `onward stop`. */
  ask(command: "stop" | "pause" | "resume", by: string): Promise<void>;
  /** Hands the agent a message: at its next turn, or to the next session where none is at work. */
  say(text: string, by: string): Promise<void>;
  /** From a process of the session at work; of any other it is not heard. */
  serve(command: AgentCommand): void;
  /** Ends the agent now and leaves at once; what is unfinished is settled by the next manager. */
  kill(): void;
  /**
   * Rejects when something could not be written down, or for a bug; then no agent is left, and the next manager
   * goes on from what was recorded.
   */
  readonly ended: Promise<RunEnd>;
}

/** `maxSessions`: end as if a stop had been asked after so many; the run can be continued. */
export function startLoop(
  ledger: Ledger,
  activities: Activities,
  settings: RunSettings,
  maxSessions = Infinity,
): RunHandle {
  const hard = new AbortController();
  let soft = new AbortController();
  let begun = 0;
  let listener: (text: string) => void = () => {};
  let serve: (command: AgentCommand) => void = () => {};
  let failure: { readonly error: unknown } | null = null;
  /** Who asked for a stop while there was no run yet that could be asked. */
  let stoppedEarlyBy: string | null = null;
  let opened = false;
  const opening = open();

  return {
    async ask(command, by) {
      if (command === "stop" && !opened) {
        stoppedEarlyBy ??= by;
        soft.abort();
        await opening;
        return;
      }
      await opening; // before there is a run, nothing else could be asked of it
      const paused = ledger.state.run?.phase.type === "paused";
      await give({ type: "asked", command, by });
      if (command === "resume" ? paused : interrupts(command)) soft.abort();
    },
    async say(text, by) {
      await opening;
      await give({ type: "said", text, by });
      const told = ledger.state.run?.messages.at(-1)?.toldTo;
      if (told !== null) listener(text);
    },
    serve: (command) => serve(command),
    kill() {
      hard.abort();
      soft.abort();
    },
    ended: live(),
  };

  /** Whether what is being done now should give way to the command. */
  function interrupts(command: "stop" | "pause"): boolean {
    const phase = ledger.state.run?.phase;
    return phase?.type !== "session" || command === "stop" || phase.session.life.type !== "settling";
  }

  /** Answers why there is nothing to do, or null with a run under way. */
  async function open(): Promise<RunEnd | null> {
    // A run that goes on looks at the list only after its unfinished session, whose agent may have torn it.
    const unfinished = isUnfinished(ledger.state.run);
    const fresh = unfinished ? null : await look();
    if (fresh === null && !unfinished) return stoppedEarly;
    const complete = fresh === null ? null : completeBy(ledger.state, fresh.survey);
    // A list that had to be restored is told and recorded, which needs a run, also where nothing is left to do.
    if (complete !== null && fresh?.restored === null) return { reason: "complete", detail: complete };
    const { runId } = await activities.newIds();
    await give({ type: "opened", runId, settings });
    if (fresh !== null && fresh.restored !== null) await give({ type: "list-restored", ...fresh.restored });
    const taken = await activities.startCheckpoint(soft.signal);
    if (taken !== null) await give({ type: "checkpoint-taken", ...taken });
    opened = true;
    if (!soft.signal.aborted) return null;
    // Nothing has been changed yet, and nothing may be that no checkpoint holds.
    if (stoppedEarlyBy !== null) await give({ type: "asked", command: "stop", by: stoppedEarlyBy });
    return stoppedEarly;
  }

  async function live(): Promise<RunEnd> {
    const over = await opening;
    if (over !== null) return over;
    await recover();
    for (;;) {
      if (failure !== null) throw failure.error;
      if (hard.signal.aborted) return { reason: "interrupted", detail: "killed" };
      soft = new AbortController();
      const phase = ledger.state.run?.phase;
      if (phase === undefined) throw new Error("a run was opened, but there is none");
      switch (phase.type) {
        case "choosing":
          if (begun >= maxSessions) await give({ type: "asked", command: "stop", by: "the session limit" });
          else await choose();
          break;
        case "waiting":
          if (await activities.wait(phase.wait.until, soft.signal)) await give({ type: "wait-over" });
          break;
        case "paused":
          await aborted(soft.signal);
          break;
        case "gate": {
          const found = await activities.verifyAll(soft.signal);
          if (found !== null) await give({ type: "gate-ended", ...found });
          break;
        }
        case "session":
          if (!(await stepSession(phase.session)))
            return { reason: "interrupted", detail: "stopped while settling" };
          break;
        case "ended":
          return endOf(phase);
        default:
          throw new Error(`unknown phase ${JSON.stringify(phase satisfies never)}`);
      }
    }
  }

  /** What was under way when the last manager died. */
  async function recover(): Promise<void> {
    const { run } = ledger.state;
    if (run?.phase.type === "gate") await activities.endLeftovers(run.id);
    if (run?.phase.type !== "session") return;
    const { session } = run.phase;
    // What an agent's claim was being checked with.
    await activities.endLeftovers(run.id);
    if (session.life.type === "settling") await activities.endLeftovers(session.marker);
    else await give({ type: "session-exited", ...(await activities.recoverSession(session)) });
  }

  /** The project as it is once what people did to the list, and asked for, is taken in. */
  async function look(): ReturnType<Activities["survey"]> {
    const found = await activities.survey(soft.signal);
    if (found === null) return null;
    if (!(await takeInPeoplesList({ state: () => ledger.state, give }, activities))) return found;
    const again = await activities.survey(soft.signal);
    return again === null ? null : { ...again, restored: found.restored };
  }

  /** What cannot be recorded ends the run, whoever reported it. */
  async function give(input: Input): Promise<void> {
    try {
      await ledger.give(input);
    } catch (error) {
      failure ??= { error };
      hard.abort();
      soft.abort();
      throw error;
    }
  }

  async function choose(): Promise<void> {
    const found = await look();
    if (found === null) return;
    const { survey, restored } = found;
    if (restored !== null) await give({ type: "list-restored", ...restored });
    const { runId: _, ...ids } = await activities.newIds();
    await give({ type: "surveyed", survey, ...ids });
  }

  /** False when a stop came while a step of settling could be left to the next manager. */
  async function stepSession(session: SessionState): Promise<boolean> {
    if (session.life.type !== "settling") {
      begun += 1;
      const up = (told: Reported<"session-up">) => give({ type: "session-up", ...told });
      const exited = await activities.runSession(session, up, {
        soft: soft.signal,
        hard: hard.signal,
        onSaid: (next) => {
          listener = next;
        },
        onAgentCommand: (next) => {
          serve = next;
        },
        record: (record) => give({ type: "agent-recorded", record }),
      });
      listener = () => {};
      serve = () => {};
      await ledger.check();
      await give({ type: "session-exited", ...exited });
      return true;
    }
    const step = nextStep(session.life.settled);
    if (step === null) throw new Error(`session ${session.number} is settled but has not ended`);
    const settled = await activities.settle(session, step, { soft: soft.signal, hard: hard.signal });
    if (settled === null) return false;
    await give({ type: "step-settled", settled });
    return true;
  }
}

function endOf({ reason, detail, hint }: Extract<Phase, { type: "ended" }>): RunEnd {
  return { reason, detail, ...(hint === undefined ? {} : { hint }) };
}

const stoppedEarly: RunEnd = { reason: "interrupted", detail: "stopped before it began" };

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}
