/** What the events of one session make of a project: from its intent to its end. */
import { addAttempts, addTrouble, findings, noTrouble, takenIn } from "./after-session.ts";
import { withoutPassed } from "./blockers.ts";
import { learn } from "./error-memory.ts";
import type { EventOf, RunEvent } from "./events.ts";
import { withClaim } from "./failed-claims.ts";
import { withFoundations } from "./hand-over.ts";
import {
  maxFailedClaims,
  type Phase,
  type ProjectState,
  type RunState,
  type SessionLife,
  type SessionState,
  settledStep,
  wasHealthy,
} from "./run.ts";
import { addUsage } from "./session.ts";
import { addStandstill, foundPassing } from "./standstill.ts";

export function startSession(
  state: ProjectState,
  run: RunState,
  event: EventOf<"session.starting">,
): ProjectState {
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
export function claimMade(state: ProjectState, run: RunState, event: EventOf<"claim.made">): ProjectState {
  const { number, result } = event;
  const after = inSession(state, run, event, (session) => ({
    ...session,
    failedClaims: withClaim(session.failedClaims, event).slice(-maxFailedClaims),
  }));
  if (result === null || result.ok) return after;
  return { ...after, errors: learn(state.errors, [result], number - 1, null) };
}

/** It is the session's own, because a later manager may settle it, and that one is asked nothing. */
export function askedToStop(phase: Phase): Phase {
  if (phase.type !== "session" || phase.session.life.type === "settling") return phase;
  return { type: "session", session: { ...phase.session, askedToStop: true } };
}

export function exitSession(
  state: ProjectState,
  run: RunState,
  event: EventOf<"session.exited">,
): ProjectState {
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

export function stepSettled(
  state: ProjectState,
  run: RunState,
  event: EventOf<"session.settled">,
): ProjectState {
  return inSession(state, run, event, (session) => {
    const life = settling(session);
    return { ...session, life: { ...life, settled: [...life.settled, event.settled] } };
  });
}

export function endSession(
  state: ProjectState,
  run: RunState,
  event: EventOf<"session.ended">,
): ProjectState {
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

export function inSession(
  state: ProjectState,
  run: RunState,
  event: RunEvent & { readonly number: number },
  change: (session: SessionState) => SessionState,
): ProjectState {
  return { ...state, run: { ...run, phase: { type: "session", session: change(sessionOf(run, event)) } } };
}

function sessionOf(run: RunState, event: RunEvent & { readonly number: number }): SessionState {
  if (run.phase.type === "session" && run.phase.session.number === event.number) return run.phase.session;
  throw new Error(`${event.type} of session ${event.number}, which is not the one under way`);
}

function settling(session: SessionState): Extract<SessionLife, { type: "settling" }> {
  if (session.life.type === "settling") return session.life;
  throw new Error(`session ${session.number} is settled before it exited`);
}
