/** The rows of the decision table between two sessions: what ends a run there, and what has to be waited for. */
import { limitBackoffMs, transientBackoffMs, untilResetMs } from "./backoff.ts";
import { exhaustedBudget } from "./budget.ts";
import type { EndReason, RunSettings } from "./event-parts.ts";
import { hints } from "./hints.ts";
import type { RunState, Wait } from "./run.ts";
import type { Outcome } from "./session.ts";

export interface Stop {
  readonly reason: EndReason;
  readonly detail: string;
  /** What a person can do about it. */
  readonly hint?: string;
}

/** Three crashes or stalls, two refusals or two empty inits: more of the same would not help. */
export function blockedBy(run: RunState): Stop | null {
  const { trouble, standstill, lastOutcome } = run;
  if (lastOutcome?.type === "max-budget")
    return overBudget(run) ?? { reason: "limit", detail: lastOutcome.detail };
  if (lastOutcome !== null && isForAPerson(lastOutcome)) {
    return blocked(`${lastOutcome.type}: ${lastOutcome.detail}`, hints[lastOutcome.type]);
  }
  const last = lastOutcome === null ? "" : `: ${lastOutcome.detail}`;
  if (trouble.crashed >= 3)
    return blocked(`the agent crashed ${trouble.crashed} times${last}`, hints.crashed);
  if (trouble.stalled >= 3)
    return blocked(`the agent stalled ${trouble.stalled} times${last}`, hints.stalled);
  if (trouble.refused >= 2) return blocked(`the model refused twice${last}`, hints.refused);
  if (standstill.emptyInits >= 2) {
    return blocked("two init sessions ended without a valid feature_list.json", hints.emptyInits);
  }
  return null;
}

export function blocked(detail: string, hint: string): Stop {
  return { reason: "blocked", detail, hint };
}

function isForAPerson(outcome: Outcome): outcome is Outcome & { type: "auth" | "billing" | "not-found" } {
  return outcome.type === "auth" || outcome.type === "billing" || outcome.type === "not-found";
}

export function overBudget(run: RunState): Stop | null {
  const detail = exhaustedBudget(run.settings, run);
  return detail === null ? null : { reason: "limit", detail };
}

type Rest = ({ readonly type: "end" } & Stop) | { readonly type: "wait"; readonly wait: Wait };

/** The wait that the last session's outcome asks for, or what is left of it; null when there is none. */
export function restAfter(run: RunState, chance: number, now: number): Rest | null {
  const { lastOutcome: outcome, settings, trouble } = run;
  if (run.wait !== null) return restLeft(run.wait, settings, now);
  if (outcome === null || !run.restOwed) return null;
  switch (outcome.type) {
    case "usage-limit": {
      const resets = outcome.resetsAt !== null && outcome.resetsAt > now;
      const ms = resets
        ? untilResetMs(outcome.resetsAt, now, chance)
        : limitBackoffMs(trouble.transient, chance);
      return waitAsAllowed("usage-limit", ms);
    }
    case "rate-limited":
      return waitAsAllowed("backoff", transientBackoffMs(trouble.transient, outcome.retryAfterMs, chance));
    case "overloaded":
    case "network":
      return waitAsAllowed("backoff", transientBackoffMs(trouble.transient, null, chance));
    default:
      if (settings.delayMs === 0) return null;
      return { type: "wait", wait: { reason: "delay", until: now + settings.delayMs, detail: "" } };
  }

  function waitAsAllowed(reason: "usage-limit" | "backoff", ms: number): Rest {
    const wait = { reason, until: now + Math.ceil(ms), detail: outcome?.detail ?? "" };
    return asAllowed(wait, settings, trouble.waitedMs + ms);
  }
}

/** Of a wait that a stop, a pause or a crash cut short; the next manager's settings may want less of it. */
function restLeft(wait: Wait, settings: RunSettings, now: number): Rest | null {
  if (wait.reason !== "delay") return wait.until > now ? asAllowed(wait, settings, wait.until - now) : null;
  const until = Math.min(wait.until, now + settings.delayMs);
  return until > now ? { type: "wait", wait: { ...wait, until } } : null;
}

/** `chainMs`: of all the waits that `maxWaitMs` is about. */
function asAllowed(wait: Wait, settings: RunSettings, chainMs: number): Rest {
  const { reason, detail } = wait;
  const limited = reason === "usage-limit";
  if (limited && !settings.waitForReset) return { type: "end", reason: "limit", detail };
  if (chainMs <= settings.maxWaitMs) return { type: "wait", wait };
  const longer = `${detail} (would wait longer than --max-wait)`;
  if (limited) return { type: "end", reason: "limit", detail: longer };
  return { type: "end", ...blocked(longer, hints.unreachable) };
}
