/** What was seen of a session while it lived, kept in its directory for its settling: after a crash, too. */
import type { Violation } from "../core/event-parts.ts";
import { atomicWrite } from "../project/atomic-write.ts";
import { type KnownFlips, noFlips } from "../project/list/guardian.ts";
import { readKept, type SessionFiles } from "./session-files.ts";

export interface Watched extends KnownFlips {
  /** Undone already, or about to be. */
  readonly violations: readonly Violation[];
}

export const nothingSeen: Watched = { ...noFlips, broken: [], violations: [] };

export async function saveWatched(files: SessionFiles, watched: Watched): Promise<void> {
  // Flips are found again in the list, also after a power cut; what was undone is nowhere else.
  await atomicWrite(files.watched, JSON.stringify(watched), { durable: watched.violations.length > 0 });
}

/** Damage costs what was told live, never the list: settling compares it as a whole. */
export async function readWatched(files: SessionFiles): Promise<Watched> {
  const kept = await readKept(files.watched, parseWatched);
  return kept.type === "kept" ? kept.value : nothingSeen;
}

function parseWatched(value: unknown): Watched | null {
  const { violations, claimed, regressed, broken } = value as Partial<Watched>;
  return [violations, claimed, regressed, broken].every(Array.isArray) ? (value as Watched) : null;
}
