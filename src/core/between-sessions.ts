/** The rows of the decision table between two sessions: what ends a run there, and what has to be waited for. */
import { limitBackoffMs, transientBackoffMs, untilResetMs } from "./backoff.ts";
import { exhaustedBudget } from "./budget.ts";
import type { EndReason } from "./events.ts";
import type { RunState, Wait } from "./run.ts";
import type { Outcome } from "./session.ts";

export interface Stop {
  readonly reason: EndReason;
  readonly detail: string;
}

/** Three crashes or stalls, two refusals or two empty inits: more of the same would not help. */
export function blockedBy(run: RunState): Stop | null {
  const { trouble, standstill, lastOutcome } = run;
  if (lastOutcome?.type === "max-budget")
    return overBudget(run) ?? { reason: "limit", detail: lastOutcome.detail };
  if (lastOutcome !== null && isForAPerson(lastOutcome)) {
    return { reason: "blocked", detail: `${lastOutcome.type}: ${lastOutcome.detail}` };
  }
  const last = lastOutcome === null ? "" : `: ${lastOutcome.detail}`;
  if (trouble.crashed >= 3)
    return { reason: "blocked", detail: `the agent crashed ${trouble.crashed} times${last}` };
  if (trouble.stalled >= 3)
    return { reason: "blocked", detail: `the agent stalled ${trouble.stalled} times${last}` };
  if (trouble.refused >= 2) return { reason: "blocked", detail: `the model refused twice${last}` };
  if (standstill.emptyInits >= 2) {
    return { reason: "blocked", detail: "two init sessions ended without a valid feature_list.json" };
  }
  return null;
}

function isForAPerson(outcome: Outcome): boolean {
  return outcome.type === "auth" || outcome.type === "billing" || outcome.type === "not-found";
}

export function stuck(run: RunState): Stop | null {
  const { idle, withoutPass } = run.standstill;
  if (idle >= 3)
    return { reason: "blocked", detail: `stuck: ${idle} sessions in a row changed nothing in the project` };
  if (withoutPass >= 10) {
    return {
      reason: "blocked",
      detail: `stuck: ${withoutPass} sessions in a row without one more passing feature`,
    };
  }
  return null;
}

export function overBudget(run: RunState): Stop | null {
  const detail = exhaustedBudget(run.settings, run);
  return detail === null ? null : { reason: "limit", detail };
}

type Rest = ({ readonly type: "end" } & Stop) | { readonly type: "wait"; readonly wait: Wait };

/** The wait that the last session's outcome asks for; null when it was served, or there is none. */
export function restAfter(run: RunState, chance: number, now: number): Rest | null {
  const { lastOutcome: outcome, settings, trouble } = run;
  if (outcome === null || !run.restOwed) return null;
  switch (outcome.type) {
    case "usage-limit": {
      const resets = outcome.resetsAt !== null && outcome.resetsAt > now;
      const ms = resets
        ? untilResetMs(outcome.resetsAt, now, chance)
        : limitBackoffMs(trouble.transient, chance);
      if (!settings.waitForReset) return { type: "end", reason: "limit", detail: outcome.detail };
      return waitUnlessTooLong("usage-limit", ms, "limit");
    }
    case "rate-limited":
      return waitUnlessTooLong(
        "backoff",
        transientBackoffMs(trouble.transient, outcome.retryAfterMs, chance),
        "blocked",
      );
    case "overloaded":
    case "network":
      return waitUnlessTooLong("backoff", transientBackoffMs(trouble.transient, null, chance), "blocked");
    default:
      if (settings.delayMs === 0) return null;
      return { type: "wait", wait: { reason: "delay", until: now + settings.delayMs, detail: "" } };
  }

  function waitUnlessTooLong(reason: "usage-limit" | "backoff", ms: number, otherwise: EndReason): Rest {
    const detail = outcome?.detail ?? "";
    if (trouble.waitedMs + ms > settings.maxWaitMs) {
      return { type: "end", reason: otherwise, detail: `${detail} (would wait longer than --max-wait)` };
    }
    return { type: "wait", wait: { reason, until: now + Math.ceil(ms), detail } };
  }
}
