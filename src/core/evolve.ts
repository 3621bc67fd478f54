/**
 * Folds the journal. Total over every journal that `decide` can have written; throws on any other, because
 * going on from a state that cannot be would be worse than stopping.
 */
import type { RunEvent, SettledStep } from "./events.ts";
import {
  type Findings,
  type Message,
  type Phase,
  type ProjectState,
  type RunState,
  type SessionExit,
  type SessionLife,
  type SessionState,
  type Standstill,
  settledStep,
  type Trouble,
  wasHealthy,
} from "./run.ts";
import { addUsage, noUsage, type Outcome } from "./session.ts";

const noTrouble: Trouble = { crashed: 0, stalled: 0, refused: 0, transient: 0, waitedMs: 0 };
const noStandstill: Standstill = { idle: 0, withoutPass: 0, mostPassing: 0, emptyInits: 0 };

/** Folds one event. Throws only on a journal that no Onward can have written. */
export function evolve(state: ProjectState, event: RunEvent): ProjectState {
  if (event.type === "run.started") return startRun(state, event);
  if (event.type === "rolled-back") return rollBack(state, event);
  const run = countTime(running(state, event), event.at);
  switch (event.type) {
    case "session.starting":
      return startSession(state, run, event);
    case "session.started":
      return inSession(state, run, event, (session) => ({
        ...session,
        life: { type: "running", since: event.at },
      }));
    case "session.exited":
      return exitSession(state, run, event);
    case "session.settled":
      return inSession(state, run, event, (session) => {
        const life = settling(session);
        return { ...session, life: { ...life, settled: [...life.settled, event.settled] } };
      });
    case "session.ended":
      return endSession(state, run, event);
    case "wait.started": {
      const { reason, until, detail } = event;
      const waited = reason === "delay" ? 0 : until - event.at;
      return withRun(state, {
        ...run,
        wait: { reason, until, detail },
        phase: { type: "waiting", wait: { reason, until, detail } },
        trouble: { ...run.trouble, waitedMs: run.trouble.waitedMs + waited },
        countingSince: reason === "usage-limit" ? null : event.at,
      });
    }
    case "wait.ended":
      return withRun(state, {
        ...run,
        wait: null,
        restOwed: false,
        phase: { type: "choosing" },
        countingSince: event.at,
      });
    case "gate.started":
      return withRun(state, { ...run, phase: { type: "gate", tree: event.tree } });
    case "gate.ended":
      return {
        ...state,
        passedTree: event.ok ? event.tree : null,
        run: { ...run, phase: { type: "choosing" }, gateFailure: event.ok ? null : event.results },
      };
    case "list.restored":
      return withRun(state, run);
    case "checkpoint.taken":
      return { ...state, checkpoint: event.commit, run };
    case "asked":
      return withRun(state, {
        ...run,
        stopAsked: run.stopAsked || event.command === "stop",
        pauseAsked: event.command === "stop" ? run.pauseAsked : event.command === "pause",
      });
    case "said":
      return withRun(state, {
        ...run,
        messages: [...run.messages, { text: event.text, toldTo: event.toldTo }],
      });
    case "paused":
      return withRun(state, { ...run, phase: { type: "paused" }, countingSince: null });
    case "resumed":
      return withRun(state, { ...run, pauseAsked: false, ...goOn(run, event.at) });
    case "run.ended":
      return withRun(state, {
        ...run,
        phase: { type: "ended", reason: event.reason, detail: event.detail, at: event.at },
        countingSince: null,
      });
    default:
      throw new Error(`unknown event ${(event satisfies never as RunEvent).type}`);
  }
}

// ------------------------------------------------------------------ runs

type EventOf<Type extends RunEvent["type"]> = Extract<RunEvent, { type: Type }>;

function startRun(state: ProjectState, event: EventOf<"run.started">): ProjectState {
  const before = state.run;
  if (event.resumed && before !== null) {
    const continued = { ...before, settings: event.settings, stopAsked: false };
    // A clean interruption ended the phase; a crash left it as it was, and it goes on there.
    if (before.phase.type === "ended")
      return withRun(state, { ...continued, pauseAsked: false, ...goOn(before, event.at) });
    const counts = before.phase.type !== "paused" && !isLimitWait(before.phase);
    return withRun(state, { ...continued, countingSince: counts ? event.at : null });
  }
  return withRun(state, {
    id: event.runId,
    startedAt: event.at,
    settings: event.settings,
    phase: { type: "choosing" },
    wait: null,
    stopAsked: false,
    pauseAsked: false,
    iterations: 0,
    costUsd: 0,
    usage: noUsage,
    activeMs: 0,
    countingSince: event.at,
    lastOutcome: null,
    restOwed: false,
    trouble: noTrouble,
    standstill: noStandstill,
    attempts: {},
    gateFailure: null,
    messages: [],
  });
}

/** Back to work after a pause or an interruption: first the rest of a wait that was cut short. */
function goOn(run: RunState, at: number): Pick<RunState, "phase" | "countingSince"> {
  const phase: Phase = run.wait === null ? { type: "choosing" } : { type: "waiting", wait: run.wait };
  return { phase, countingSince: isLimitWait(phase) ? null : at };
}

function isLimitWait(phase: Phase): boolean {
  return phase.type === "waiting" && phase.wait.reason === "usage-limit";
}

/** Working time passes from event to event; a clock that jumps back adds nothing. */
function countTime(run: RunState, at: number): RunState {
  if (run.countingSince === null) return run;
  return { ...run, activeMs: run.activeMs + Math.max(0, at - run.countingSince), countingSince: at };
}

// ------------------------------------------------------------- rollbacks

/**
 * What was found out about files that are gone counts no more, and no conversation goes on that remembers them.
 * It happens between two managers, so no working time passes.
 */
function rollBack(state: ProjectState, { passing }: EventOf<"rolled-back">): ProjectState {
  const { conversation, run } = state;
  return {
    ...state,
    conversation: conversation === null ? null : { ...conversation, resumable: false },
    checkpoint: null,
    findings: { failures: [], violations: [], denied: [], rolledBack: true },
    run:
      run === null
        ? null
        : {
            ...run,
            phase: phaseAfterRollback(run.phase),
            standstill: { ...noStandstill, mostPassing: passing },
            attempts: {},
            gateFailure: null,
          },
  };
}

function phaseAfterRollback(phase: Phase): Phase {
  if (phase.type === "gate") return { type: "choosing" };
  if (phase.type !== "session" || phase.session.life.type !== "settling") return phase;
  const { session } = phase;
  const settled = phase.session.life.settled.map(withoutFindings);
  return { type: "session", session: { ...session, life: { ...phase.session.life, settled } } };
}

function withoutFindings(step: SettledStep): SettledStep {
  if (step.step === "integrity") return { ...step, violations: [], claimed: [], regressed: [] };
  return step.step === "verification" ? { ...step, results: [] } : step;
}

// -------------------------------------------------------------- sessions

function startSession(state: ProjectState, run: RunState, event: EventOf<"session.starting">): ProjectState {
  const { type: _type, at, ...intent } = event;
  const kept = event.resumes && state.conversation?.id === event.agentSessionId ? state.conversation : null;
  return {
    ...state,
    lastNumber: event.number,
    conversation: kept ?? { id: event.agentSessionId, resumable: false, cumulativeCostUsd: 0 },
    run: {
      ...run,
      lastOutcome: null,
      restOwed: false,
      messages: run.messages.map(({ text, toldTo }) => ({ text, toldTo: toldTo ?? event.number })),
      phase: { type: "session", session: { ...intent, startingAt: at, life: { type: "starting" } } },
    },
  };
}

function exitSession(state: ProjectState, run: RunState, event: EventOf<"session.exited">): ProjectState {
  const session = sessionOf(run, event);
  const { outcome, turns, usage, costUsd, denied = [] } = event;
  return {
    ...state,
    conversation: {
      id: session.agentSessionId,
      resumable: event.resumable,
      cumulativeCostUsd: event.cumulativeCostUsd,
    },
    run: {
      ...run,
      iterations: run.iterations + (turns > 0 ? 1 : 0),
      costUsd: run.costUsd + costUsd,
      usage: addUsage(run.usage, usage),
      activeMs: run.activeMs + (event.recoveredMs ?? 0),
      phase: {
        type: "session",
        session: {
          ...session,
          life: { type: "settling", exit: { outcome, turns, usage, costUsd, denied }, settled: [] },
        },
      },
    },
  };
}

function endSession(state: ProjectState, run: RunState, event: EventOf<"session.ended">): ProjectState {
  const session = sessionOf(run, event);
  const { exit, settled } = settling(session);
  const healthy = wasHealthy(exit);
  return {
    ...state,
    checkpoint: settledStep(settled, "checkpoint")?.commit ?? state.checkpoint,
    findings: { ...findings(settled, exit), rolledBack: state.findings.rolledBack && !healthy },
    run: {
      ...run,
      phase: { type: "choosing" },
      lastOutcome: exit.outcome,
      restOwed: true,
      trouble: healthy ? noTrouble : addTrouble(run.trouble, exit, run.stopAsked || run.pauseAsked),
      standstill: healthy ? addStandstill(run.standstill, session, settled) : run.standstill,
      attempts: healthy ? addAttempts(run.attempts, session, settled) : run.attempts,
      gateFailure: healthy ? null : run.gateFailure,
      messages: takenIn(run.messages, exit),
    },
  };
}

/** A session that worked has read what it was told; after any other the next one is told again. */
function takenIn(messages: readonly Message[], exit: SessionExit): readonly Message[] {
  if (wasHealthy(exit)) return messages.filter(({ toldTo }) => toldTo === null);
  return messages.map(({ text }) => ({ text, toldTo: null }));
}

/** The first of each: they go into every snapshot and into a briefing of a few KB. */
function findings(settled: readonly SettledStep[], { denied }: SessionExit): Omit<Findings, "rolledBack"> {
  const results = settledStep(settled, "verification")?.results ?? [];
  return {
    failures: results.filter((result) => !result.ok).slice(0, 5),
    violations: (settledStep(settled, "integrity")?.violations ?? []).slice(0, 10),
    denied: denied.slice(0, 5),
  };
}

function addTrouble(trouble: Trouble, exit: SessionExit, asked: boolean): Trouble {
  switch (exit.outcome.type) {
    case "stalled":
      return { ...trouble, stalled: trouble.stalled + 1 };
    case "refused":
      return { ...trouble, refused: trouble.refused + 1 };
    case "usage-limit":
    case "rate-limited":
    case "overloaded":
    case "network":
      return { ...trouble, transient: trouble.transient + 1 };
    case "stopped":
      return asked ? trouble : { ...trouble, crashed: trouble.crashed + 1 };
    case "crashed":
    case "done":
    case "max-turns":
    case "context-full":
      return { ...trouble, crashed: trouble.crashed + 1 };
    case "auth":
    case "billing":
    case "not-found":
    case "max-budget":
      return trouble;
    default:
      throw new Error(`unknown outcome ${(exit.outcome satisfies never as Outcome).type}`);
  }
}

function addStandstill(
  before: Standstill,
  session: SessionState,
  settled: readonly SettledStep[],
): Standstill {
  const list = settledStep(settled, "list");
  const changed = settledStep(settled, "checkpoint")?.changed ?? true;
  const passing = list?.passing ?? 0;
  const fruitless = session.sessionType === "init" && (list === undefined || list.total === 0);
  return {
    idle: changed ? 0 : before.idle + 1,
    withoutPass: passing > before.mostPassing ? 0 : before.withoutPass + 1,
    mostPassing: Math.max(before.mostPassing, passing),
    emptyInits: fruitless ? before.emptyInits + 1 : 0,
  };
}

/** Tried: offered first, or claimed. Success forgets the tries. */
function addAttempts(
  before: RunState["attempts"],
  session: SessionState,
  settled: readonly SettledStep[],
): RunState["attempts"] {
  const claimed = settledStep(settled, "integrity")?.claimed ?? [];
  const passed = new Set(settledStep(settled, "list")?.passed ?? []);
  const tried = new Set(session.offered === null ? claimed : [session.offered, ...claimed]);
  const after = new Map(Object.entries(before));
  for (const id of tried) {
    const { tries, lastAttempt } = after.get(id) ?? { tries: 0, lastAttempt: false };
    const last = lastAttempt || (session.lastAttempt && id === session.offered);
    if (passed.has(id)) after.delete(id);
    else after.set(id, { tries: tries + 1, lastAttempt: last });
  }
  return Object.fromEntries(after);
}

// ------------------------------------------------------------ small doors

function withRun(state: ProjectState, run: RunState): ProjectState {
  return { ...state, run };
}

function inSession(
  state: ProjectState,
  run: RunState,
  event: RunEvent & { readonly number: number },
  change: (session: SessionState) => SessionState,
): ProjectState {
  return withRun(state, { ...run, phase: { type: "session", session: change(sessionOf(run, event)) } });
}

function running(state: ProjectState, event: RunEvent): RunState {
  if (state.run === null) throw new Error(`${event.type} before any run.started`);
  return state.run;
}

function sessionOf(run: RunState, event: RunEvent & { readonly number: number }): SessionState {
  if (run.phase.type === "session" && run.phase.session.number === event.number) return run.phase.session;
  throw new Error(`${event.type} of session ${event.number}, which is not the one under way`);
}

function settling(session: SessionState): Extract<SessionLife, { type: "settling" }> {
  if (session.life.type === "settling") return session.life;
  throw new Error(`session ${session.number} is settled before it exited`);
}
