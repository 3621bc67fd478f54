/**
 * Folds the journal. Total over every journal that `decide` can have written; throws on any other, because
 * going on from a state that cannot be would be worse than stopping.
 */
import { addAttempts, addTrouble, findings, noTrouble, takenIn } from "./after-session.ts";
import { addBlocker, withoutPassed } from "./blockers.ts";
import { addSpent, nothingSpent } from "./budget.ts";
import { learn } from "./error-memory.ts";
import type { RunEvent } from "./events.ts";
import { withClaim } from "./failed-claims.ts";
import { handOver, withFoundations } from "./hand-over.ts";
import { isOfPeople, withPeoplesList } from "./peoples-list.ts";
import { rollBack } from "./rolled-back.ts";
import {
  maxFailedClaims,
  maxNotes,
  type Phase,
  type ProjectState,
  type RunState,
  type SessionLife,
  type SessionState,
  settledStep,
  wasHealthy,
} from "./run.ts";
import { addUsage } from "./session.ts";
import { addStandstill, foundPassing, lostAtGate, noStandstill } from "./standstill.ts";

/** Folds one event. Throws only on a journal that no Onward can have written. */
export function evolve(state: ProjectState, event: RunEvent): ProjectState {
  if (event.type === "run.started") return startRun(state, event);
  if (event.type === "rolled-back") return rollBack(state, event);
  if (event.type === "sessions.lost") return loseSessions(state, event);
  if (event.type === "checked") return state; // evidence for people; a run decides by its own checks
  if (isOfPeople(event)) return withPeoplesList(state, event);
  const run = countTime(running(state, event), event.at, event.type === "slept" ? event.ms : 0);
  switch (event.type) {
    case "session.starting":
      return startSession(state, run, event);
    case "session.started": {
      const life = { type: "running", since: event.at } as const;
      const started = inSession(state, run, event, (session) => ({ ...session, life }));
      return { ...started, beginning: event.beginning ?? null };
    }
    case "session.exited":
      return exitSession(state, run, event);
    case "session.settled":
      return inSession(state, run, event, (session) => {
        const life = settling(session);
        return { ...session, life: { ...life, settled: [...life.settled, event.settled] } };
      });
    case "session.ended":
      return endSession(state, run, event);
    case "claim.made":
      return claimMade(state, run, event);
    case "request.refused":
      return withRun(state, run);
    case "noted":
      return inSession(state, run, event, (session) => ({
        ...session,
        notes: [...session.notes, event.text].slice(0, maxNotes),
      }));
    case "blocker.raised":
      return { ...withRun(state, run), blockers: addBlocker(state.blockers, event) };
    case "wait.started": {
      const { reason, until, detail } = event;
      // What is left of a wait that was cut short has been counted when it began.
      const waited = reason === "delay" || run.wait !== null ? 0 : until - event.at;
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
      return withRun(state, { ...run, phase: { type: "gate", finalPass: event.tree } });
    case "gate.ended":
      return {
        ...state,
        finalPass: event.ok ? event.tree : null,
        errors: learn(state.errors, event.results, state.lastNumber, null),
        run: {
          ...run,
          phase: { type: "choosing" },
          gateFailure: event.ok ? null : event.results,
          standstill: lostAtGate(run.standstill, event.regressed),
          gatesHeld: event.ok ? run.gatesHeld + 1 : 0,
        },
        list: { ...state.list, digest: event.regressed.length > 0 ? null : state.list.digest },
      };
    case "slept":
    case "list.restored":
      return withRun(state, run);
    case "checkpoint.taken":
      return {
        ...state,
        checkpoint: event.commit,
        // What an unsettled session left is not what people made of it.
        handedOver: run.phase.type === "session" ? state.handedOver : handOver(event),
        run,
      };
    case "asked":
      return withRun(state, {
        ...run,
        phase: event.command === "resume" ? run.phase : askedToStop(run.phase),
        stopAsked: run.stopAsked || event.command === "stop",
        pauseAsked: event.command === "stop" ? run.pauseAsked : event.command === "pause",
      });
    case "said": {
      const messages = [...run.messages, { text: event.text, toldTo: event.toldTo }];
      // A person has looked: what is still in the way is raised again.
      return { ...withRun(state, { ...run, messages }), blockers: [] };
    }
    case "paused":
      return withRun(state, { ...run, phase: { type: "paused" }, countingSince: null });
    case "resumed":
      return withRun(state, {
        ...run,
        pauseAsked: false,
        phase: { type: "choosing" },
        countingSince: event.at,
      });
    case "run.ended":
      return withRun(state, { ...run, phase: endedBy(event), countingSince: null });
    default:
      throw new Error(`unknown event ${(event satisfies never as RunEvent).type}`);
  }
}

function endedBy({ at, reason, detail, hint }: EventOf<"run.ended">): Phase {
  return { type: "ended", reason, detail, at, ...(hint === undefined ? {} : { hint }) };
}

// ------------------------------------------------------------------ runs

type EventOf<Type extends RunEvent["type"]> = Extract<RunEvent, { type: Type }>;

function startRun(state: ProjectState, event: EventOf<"run.started">): ProjectState {
  const before = state.run;
  const { spent } = state.lost ?? { spent: nothingSpent };
  const counted = { ...state, lost: null };
  if (event.resumed && before !== null) {
    // A clean interruption ended the phase; a crash left it as it was, and what was at work goes on there. A wait or
    // a pause is decided anew, by the settings of now, and so told again.
    const { phase } = before;
    const atWork = phase.type === "session" || phase.type === "gate";
    return withRun(counted, {
      ...before,
      ...addSpent(before, spent),
      settings: event.settings,
      stopAsked: false,
      pauseAsked: before.pauseAsked && phase.type !== "ended",
      gatesHeld: 0,
      phase: atWork ? leftAlone(phase, before.countingSince) : { type: "choosing" },
      countingSince: event.at,
    });
  }
  return withRun(counted, {
    ...spent,
    id: event.runId,
    startedAt: event.at,
    settings: event.settings,
    phase: { type: "choosing" },
    wait: null,
    stopAsked: false,
    pauseAsked: false,
    countingSince: event.at,
    lastOutcome: null,
    restOwed: false,
    trouble: noTrouble,
    standstill: noStandstill(0),
    attempts: {},
    gateFailure: null,
    gatesHeld: 0,
    messages: [],
  });
}

/** No conversation goes on that may have gone on already. */
function loseSessions(state: ProjectState, { first, last, spent }: EventOf<"sessions.lost">): ProjectState {
  const { conversation, lost } = state;
  const all = spent === null ? null : addSpent(lost?.spent ?? nothingSpent, spent);
  return {
    ...state,
    lastNumber: last,
    conversation: conversation === null ? null : { ...conversation, resumable: false },
    lost: all === null ? lost : { first: lost?.first ?? first, last, spent: all },
  };
}

/** A session whose manager died worked on, uncounted, since the last event; a second death changes nothing about that. */
function leftAlone(phase: Phase, since: number | null): Phase {
  if (phase.type !== "session" || phase.session.leftAloneSince !== null) return phase;
  return { type: "session", session: { ...phase.session, leftAloneSince: since } };
}

/** Working time passes from event to event; a clock that jumps back adds nothing, nor does time asleep. */
function countTime(run: RunState, at: number, sleptMs: number): RunState {
  if (run.countingSince === null) return run;
  return {
    ...run,
    activeMs: run.activeMs + Math.max(0, at - run.countingSince - sleptMs),
    countingSince: at,
  };
}

// -------------------------------------------------------------- sessions

function startSession(state: ProjectState, run: RunState, event: EventOf<"session.starting">): ProjectState {
  const { type: _type, at, passing, ...intent } = event;
  const { standstill } = run;
  const kept = event.resumes && state.conversation?.id === event.agentSessionId ? state.conversation : null;
  return {
    ...state,
    lastNumber: event.number,
    beginning: null,
    list: { ...state.list, digest: null },
    conversation: kept ?? { id: event.agentSessionId, resumable: false, cumulativeCostUsd: 0 },
    run: {
      ...run,
      wait: null,
      lastOutcome: null,
      restOwed: false,
      gatesHeld: 0,
      standstill: passing === undefined ? standstill : foundPassing(standstill, passing),
      messages: run.messages.map(({ text, toldTo }) => ({ text, toldTo: toldTo ?? event.number })),
      phase: {
        type: "session",
        session: { ...intent, ...untouched, startingAt: at, life: { type: "starting" } },
      },
    },
  };
}

const untouched = { askedToStop: false, leftAloneSince: null, notes: [], failedClaims: [] } as const;

/**
 * `passes` in the list is what counts, and settling decides about it. A failure is learnt all the same: that the
 * claim then holds, within the session or later, is what settling finds, and what the session did until then is
 * known. So all of its work counts as what came after the failure.
 */
function claimMade(state: ProjectState, run: RunState, event: EventOf<"claim.made">): ProjectState {
  const { number, result } = event;
  const after = inSession(state, run, event, (session) => ({
    ...session,
    failedClaims: withClaim(session.failedClaims, event).slice(-maxFailedClaims),
  }));
  if (result === null || result.ok) return after;
  return { ...after, errors: learn(state.errors, [result], number - 1, null) };
}

/** It is the session's own, because a later manager may settle it, and that one is asked nothing. */
function askedToStop(phase: Phase): Phase {
  if (phase.type !== "session" || phase.session.life.type === "settling") return phase;
  return { type: "session", session: { ...phase.session, askedToStop: true } };
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
  const { number, offered } = session;
  const checkpoint = settledStep(settled, "checkpoint");
  const results = settledStep(settled, "verification")?.results ?? [];
  return {
    ...state,
    checkpoint: checkpoint?.commit ?? state.checkpoint,
    handedOver: withFoundations(state.handedOver, session, settled),
    lastWorked: exit.turns > 0 ? { number, outcome: exit.outcome.type, offered } : state.lastWorked,
    errors: learn(state.errors, results, number, checkpoint?.work ?? null),
    findings: { ...findings(session, exit, settled), rolledBack: state.findings.rolledBack && !healthy },
    list: exit.turns > 0 ? { ...state.list, news: [] } : state.list,
    blockers: withoutPassed(state.blockers, settledStep(settled, "list")?.passed ?? []),
    run: {
      ...run,
      phase: { type: "choosing" },
      lastOutcome: exit.outcome,
      restOwed: true,
      trouble: healthy ? noTrouble : addTrouble(run.trouble, exit, session.askedToStop, event.at),
      standstill: addStandstill(run.standstill, session, settled, healthy),
      attempts: healthy ? addAttempts(run.attempts, session, settled) : run.attempts,
      gateFailure: healthy ? null : run.gateFailure,
      messages: takenIn(run.messages, exit),
    },
  };
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
