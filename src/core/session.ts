/** `init` writes the feature list and the scaffold; `continue` takes up the work. */
export type SessionType = "init" | "continue";

/** Tokens of the model calls of one session; cached input is counted apart because it is priced apart. */
export interface Usage {
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly cacheReadTokens: number;
  readonly cacheWriteTokens: number;
}

export const noUsage: Usage = { inputTokens: 0, outputTokens: 0, cacheReadTokens: 0, cacheWriteTokens: 0 };

export function addUsage(a: Usage, b: Usage): Usage {
  return {
    inputTokens: a.inputTokens + b.inputTokens,
    outputTokens: a.outputTokens + b.outputTokens,
    cacheReadTokens: a.cacheReadTokens + b.cacheReadTokens,
    cacheWriteTokens: a.cacheWriteTokens + b.cacheWriteTokens,
  };
}

/** All tokens of a usage: what `--max-tokens` counts. */
export function totalTokens(usage: Usage): number {
  return usage.inputTokens + usage.outputTokens + usage.cacheReadTokens + usage.cacheWriteTokens;
}

/**
 * How a session ended. `detail` is one line of evidence for a person (the agent's own words where it gave
 * any); decisions rest on `type` and the typed fields alone, never on text.
 */
export type Outcome =
  /** The agent ended its turn by itself. Says nothing about the project. */
  | { readonly type: "done"; readonly detail: string }
  | { readonly type: "max-turns"; readonly detail: string }
  /** It lasted as long as one session may. */
  | { readonly type: "max-time"; readonly detail: string }
  /** The context window filled up (or the agent wanted to compact it). */
  | { readonly type: "context-full"; readonly detail: string }
  /** A cap that this run put on the session (cost, tokens, time) was reached. */
  | { readonly type: "max-budget"; readonly detail: string }
  /** We asked it to stop. */
  | { readonly type: "stopped"; readonly detail: string }
  /** The account's usage window is used up. `resetsAt`: epoch ms, null when the agent did not say. */
  | { readonly type: "usage-limit"; readonly detail: string; readonly resetsAt: number | null }
  | { readonly type: "rate-limited"; readonly detail: string; readonly retryAfterMs: number | null }
  | { readonly type: "overloaded"; readonly detail: string }
  | { readonly type: "network"; readonly detail: string }
  | { readonly type: "auth"; readonly detail: string }
  | { readonly type: "billing"; readonly detail: string }
  /** The model or the agent's own program does not exist. */
  | { readonly type: "not-found"; readonly detail: string }
  | { readonly type: "refused"; readonly detail: string }
  | { readonly type: "stalled"; readonly detail: string }
  | { readonly type: "crashed"; readonly detail: string };

export type OutcomeType = Outcome["type"];

/** A healthy session had a working agent for its whole length; only it resets the counters of trouble. */
export function isHealthy({ type }: Outcome): boolean {
  return type === "done" || type === "max-turns" || type === "max-time" || type === "context-full";
}

/** What a driver reports when a session's process tree is gone. */
export interface SessionResult {
  readonly outcome: Outcome;
  /** Whether the agent can take up this conversation again under the same id. */
  readonly resumable: boolean;
  /** Model calls that were answered, in this session alone. */
  readonly turns: number;
  /** In this session alone, also when the agent session was resumed. */
  readonly usage: Usage;
  /**
   * The agent's own cumulative figure over all sessions of this agent session id, in USD; null when the
   * session was cut before it reported one (the loop then estimates from `usage`).
   */
  readonly cumulativeCostUsd: number | null;
  /**
   * This session alone, where the agent can tell; else it is what the cumulative figure has grown by. That is less
   * dependable: whether it holds the part of a session that was cut depends on how the agent died.
   */
  readonly costUsd?: number;
  /** Tool calls that the guard denied. */
  readonly denials: number;
}
