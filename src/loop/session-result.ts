/** `result.json`: what the agent's driver reported, for when the manager dies before the journal has it. */
import type { OutcomeType, SessionResult } from "../core/session.ts";
import { atomicWrite } from "../project/atomic-write.ts";
import { type Kept, readKept, type SessionFiles } from "./session-files.ts";

export async function saveResult(files: SessionFiles, result: SessionResult): Promise<void> {
  // The journal's own record of it follows at once and is what has to last.
  await atomicWrite(files.result, `${JSON.stringify(result, null, 2)}\n`, { durable: false });
}

export async function readResult(files: SessionFiles): Promise<Kept<SessionResult>> {
  return readKept(files.result, (value) => {
    const result = value as Partial<SessionResult>;
    return isResult(result) ? result : null;
  });
}

/** A record, so that the compiler misses none. */
const outcomeTypes: Readonly<Record<OutcomeType, true>> = {
  done: true,
  "max-turns": true,
  "max-time": true,
  "context-full": true,
  "max-budget": true,
  stopped: true,
  "usage-limit": true,
  "rate-limited": true,
  overloaded: true,
  network: true,
  auth: true,
  billing: true,
  "not-found": true,
  refused: true,
  stalled: true,
  crashed: true,
};

/** We wrote it ourselves; what is counted and what is decided on is looked at, so that damage does not spread. */
function isResult(value: Partial<SessionResult>): value is SessionResult {
  const { outcome, resumable, turns, usage, cumulativeCostUsd, costUsd = 0, denials } = value;
  const counts = [turns, denials, usage?.inputTokens, usage?.outputTokens];
  const cached = [usage?.cacheReadTokens, usage?.cacheWriteTokens];
  return (
    outcome !== undefined &&
    Object.hasOwn(outcomeTypes, outcome.type) &&
    typeof outcome.detail === "string" &&
    typeof resumable === "boolean" &&
    [...counts, ...cached].every(Number.isFinite) &&
    Number.isFinite(costUsd) &&
    (cumulativeCostUsd === null || Number.isFinite(cumulativeCostUsd))
  );
}
