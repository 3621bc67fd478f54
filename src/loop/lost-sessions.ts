/** Sessions that a journal does not know although their directories are there. */
import { addSpent, nothingSpent, type Spent } from "../core/budget.ts";
import type { LostSessions } from "../core/events.ts";
import { estimateCostUsd } from "../core/prices.ts";
import type { StatePaths } from "../project/paths.ts";
import { knownResult } from "./recover-session.ts";
import { sessionFiles, sessionNumbers } from "./session-files.ts";
import { readTurns } from "./turns.ts";

/**
 * Those after `known`, the last that the journal knows; null without any. A session is recorded durably before it has
 * a directory, so its record was lost since: by a disk that lies, or with the old journal where this is a new one.
 */
export async function lostSessions(
  paths: StatePaths,
  known: number,
  newJournal: boolean,
): Promise<LostSessions | null> {
  const numbers = sessionNumbers(paths, known);
  const [first, last] = [numbers[0], numbers.at(-1)];
  if (first === undefined || last === undefined) return null;
  if (newJournal) return { first, last, spent: null };
  let spent = nothingSpent;
  for (const number of numbers) spent = addSpent(spent, await spentBy(paths, number));
  return { first, last, spent };
}

/** At least so much; which model it was is lost too, so what the agent did not tell is priced as the dearest. */
async function spentBy(paths: StatePaths, number: number): Promise<Spent> {
  const files = sessionFiles(paths, number);
  const { turns, usage, costUsd, cumulativeCostUsd } = await knownResult(files);
  const { firstAt, lastAt } = readTurns(files.turns);
  return {
    iterations: turns > 0 ? 1 : 0,
    costUsd: costUsd ?? cumulativeCostUsd ?? estimateCostUsd(null, usage),
    usage,
    activeMs: Math.max(0, (lastAt ?? 0) - (firstAt ?? 0)),
  };
}
