/** What a settled session adds to a run: its counters of trouble and standstill, its tries, what it found. */
import type { VerificationEffects, Violation } from "./event-parts.ts";
import type { SettledStep } from "./events.ts";
import { claimsInVain, featuresOf, notHeld } from "./failed-claims.ts";
import {
  type Findings,
  type Message,
  type RunState,
  type SessionExit,
  type SessionState,
  settledStep,
  type Trouble,
  undoneIn,
  wasHealthy,
} from "./run.ts";
import type { Outcome } from "./session.ts";
import { isBlameless } from "./verdicts.ts";

export const noTrouble: Trouble = { crashed: 0, stalled: 0, refused: 0, transient: 0, waitedMs: 0 };

/** A session that worked has read what it was told; after any other the next one is told again. */
export function takenIn(messages: readonly Message[], exit: SessionExit): readonly Message[] {
  if (wasHealthy(exit)) return messages.filter(({ toldTo }) => toldTo === null);
  return messages.map(({ text }) => ({ text, toldTo: null }));
}

/** The first of each: they go into every snapshot and into a briefing of a few KB. */
export function findings(
  { failedClaims }: SessionState,
  { denied }: SessionExit,
  settled: readonly SettledStep[],
): Omit<Findings, "rolledBack"> {
  const results = settledStep(settled, "verification")?.results ?? [];
  return {
    failures: notHeld(failedClaims, results).slice(0, 5),
    violations: [...undoneIn(settled), ...effectsTold(settledStep(settled, "verification") ?? {})].slice(
      0,
      10,
    ),
    denied: denied.slice(0, 5),
  };
}

/** `at`: when the session ended, epoch ms. */
export function addTrouble(trouble: Trouble, exit: SessionExit, asked: boolean, at: number): Trouble {
  switch (exit.outcome.type) {
    case "stalled":
      return { ...trouble, stalled: trouble.stalled + 1 };
    case "refused":
      return { ...trouble, refused: trouble.refused + 1 };
    case "usage-limit":
      return {
        ...trouble,
        transient: trouble.transient + 1,
        waitedMs: usedUp(exit, at) ? 0 : trouble.waitedMs,
      };
    case "rate-limited":
    case "overloaded":
    case "network":
      return { ...trouble, transient: trouble.transient + 1 };
    case "stopped":
      return asked ? trouble : { ...trouble, crashed: trouble.crashed + 1 };
    case "crashed":
    case "done":
    case "max-turns":
    case "max-time":
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

/**
 * The model answered until a window was used up that opens again: that is work, and the wait for the next window no
 * continuation of the last one. It costs an iteration, so a budget still ends such a run.
 */
function usedUp({ outcome, turns }: SessionExit, at: number): boolean {
  return outcome.type === "usage-limit" && turns > 0 && (outcome.resetsAt ?? 0) > at;
}

/** Told to the next session beside what it did to the list: it may be what its checks stumble over. */
function effectsTold({ undone = [], held = [] }: VerificationEffects): readonly Violation[] {
  const told = (what: string) => ({ what, featureId: null });
  return [
    ...held.map((path) =>
      told(`${path} is protected: it was checked as people left it, or without it where they left none.`),
    ),
    ...undone.map((path) => told(`A verification command changed ${path}; it must leave the project alone.`)),
  ];
}

/**
 * Tried: offered first, or claimed. Success forgets the tries; one that could not be checked, through no fault of
 * its own, was none.
 */
export function addAttempts(
  before: RunState["attempts"],
  session: SessionState,
  settled: readonly SettledStep[],
): RunState["attempts"] {
  // It wrote the list, and was to build nothing.
  if (session.sessionType === "init") return before;
  const claimed = settledStep(settled, "integrity")?.claimed ?? [];
  const passed = new Set(settledStep(settled, "list")?.passed ?? []);
  const results = settledStep(settled, "verification")?.results ?? [];
  const blameless = new Set(featuresOf(notHeld(session.failedClaims, results).filter(isBlameless)));
  const tried = new Set([...claimed, ...featuresOf(claimsInVain(session.failedClaims, results))]);
  if (session.offered !== null) tried.add(session.offered);
  const after = new Map(Object.entries(before));
  for (const id of tried) {
    if (blameless.has(id)) continue;
    const { tries, lastAttempt } = after.get(id) ?? { tries: 0, lastAttempt: false };
    const last = lastAttempt || (session.lastAttempt && id === session.offered);
    if (passed.has(id)) after.delete(id);
    else after.set(id, { tries: tries + 1, lastAttempt: last });
  }
  return Object.fromEntries(after);
}
