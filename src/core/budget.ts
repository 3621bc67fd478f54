import type { Budget, SessionCaps } from "./event-parts.ts";
import { addUsage, noUsage, totalTokens, type Usage } from "./session.ts";

/** What a run has used of its budget; the same numbers before and after any restart (R3). */
export interface Spent {
  /** Sessions that got at least one answer from the model. */
  readonly iterations: number;
  readonly costUsd: number;
  readonly usage: Usage;
  readonly activeMs: number;
}

export const nothingSpent: Spent = { iterations: 0, costUsd: 0, usage: noUsage, activeMs: 0 };

export function addSpent(a: Spent, b: Spent): Spent {
  return {
    iterations: a.iterations + b.iterations,
    costUsd: a.costUsd + b.costUsd,
    usage: addUsage(a.usage, b.usage),
    activeMs: a.activeMs + b.activeMs,
  };
}

/** Why nothing more may be started, or null (R4). */
export function exhaustedBudget(budget: Budget, spent: Spent): string | null {
  if (budget.maxIterations !== null && spent.iterations >= budget.maxIterations) {
    return `max iterations: ${spent.iterations} of ${budget.maxIterations} used`;
  }
  if (budget.maxCostUsd !== null && spent.costUsd >= budget.maxCostUsd) {
    return `max cost: $${spent.costUsd.toFixed(2)} of $${budget.maxCostUsd.toFixed(2)} used`;
  }
  if (budget.maxTokens !== null && totalTokens(spent.usage) >= budget.maxTokens) {
    return `max tokens: ${totalTokens(spent.usage)} of ${budget.maxTokens} used`;
  }
  if (budget.maxDurationMs !== null && spent.activeMs >= budget.maxDurationMs) {
    return `max duration: ${Math.round(spent.activeMs / 1000)} s of ${Math.round(budget.maxDurationMs / 1000)} s used`;
  }
  return null;
}

/** What is left of the run's budget, as the caps of the session that begins at `now`. */
export function capsFor(budget: Budget, maxTurns: number, spent: Spent, now: number): SessionCaps {
  return {
    maxTurns,
    maxBudgetUsd: budget.maxCostUsd === null ? null : budget.maxCostUsd - spent.costUsd,
    maxTokens: budget.maxTokens === null ? null : budget.maxTokens - totalTokens(spent.usage),
    deadline: budget.maxDurationMs === null ? null : now + budget.maxDurationMs - spent.activeMs,
  };
}
