/**
 * Folds the journal. Total over every journal that `decide` can have written; throws on any other, because
 * going on from a state that cannot be would be worse than stopping.
 */
import { noTrouble } from "./after-session.ts";
import { addBlocker } from "./blockers.ts";
import { addSpent, nothingSpent } from "./budget.ts";
import { learn } from "./error-memory.ts";
import type { EventOf, RunEvent } from "./events.ts";
import { handOver } from "./hand-over.ts";
import { isOfPeople, withPeoplesList } from "./peoples-list.ts";
import { rollBack } from "./rolled-back.ts";
import { maxNotes, type Phase, type ProjectState, type RunState } from "./run.ts";
import {
  askedToStop,
  claimMade,
  endSession,
  exitSession,
  inSession,
  startSession,
  stepSettled,
} from "./session-fold.ts";
import { lostAtGate, noStandstill } from "./standstill.ts";

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
      return stepSettled(state, run, event);
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

// ------------------------------------------------------------ small doors

function withRun(state: ProjectState, run: RunState): ProjectState {
  return { ...state, run };
}

function running(state: ProjectState, event: RunEvent): RunState {
  if (state.run === null) throw new Error(`${event.type} before any run.started`);
  return state.run;
}
