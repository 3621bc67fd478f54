/**
 * Copies of the feature list as it was when Onward last trusted it, in `.onward/snapshots/`. Keys sort in the
 * order of time, numbers by value: `0007-before`, `0007-settled`.
 */
import { readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Feature } from "../../core/features.ts";
import { atomicWrite, fileError } from "../atomic-write.ts";
import { digestOf } from "../digest.ts";
import type { StatePaths } from "../paths.ts";
import { parseListBytes } from "./feature-list.ts";

export interface Snapshot {
  readonly key: string;
  readonly text: string;
  readonly features: readonly Feature[];
}

/** Enough to step over a few damaged ones; a list of 20 MB must not fill the disk in a night. */
const kept = 10;

/** Saving under a key again replaces its text. Throws what `atomicWrite` throws. */
export async function saveSnapshot(paths: StatePaths, key: string, text: string): Promise<void> {
  // One that a power cut has torn is stepped over like any damaged one.
  await atomicWrite(join(paths.snapshots, `${key}.json`), text, { durable: false });
  for (const old of snapshotKeys(paths).slice(kept)) {
    rmSync(join(paths.snapshots, `${old}.json`), { force: true });
  }
}

/** Whether the newest one holds exactly this; quicker than to read it as a list. */
export async function isNewestSnapshot(paths: StatePaths, text: string): Promise<boolean> {
  const [key] = snapshotKeys(paths);
  if (key === undefined) return false;
  try {
    return readFileSync(join(paths.snapshots, `${key}.json`)).equals(Buffer.from(text));
  } catch {
    return false;
  }
}

/**
 * null when it is missing, or damaged itself. Throws `disk` when the system fails to read it: the next older one
 * would take work back that is done.
 */
export async function readSnapshot(paths: StatePaths, key: string): Promise<Snapshot | null> {
  const file = join(paths.snapshots, `${key}.json`);
  const bytes = unlessMissing(file, () => readFileSync(file));
  const list = bytes === null ? null : parseListBytes(bytes);
  return list?.type === "valid" ? { key, text: list.text, features: list.features } : null;
}

/** The newest one that is a valid list. */
export async function lastGoodSnapshot(paths: StatePaths): Promise<Snapshot | null> {
  for (const key of snapshotKeys(paths)) {
    const snapshot = await readSnapshot(paths, key);
    if (snapshot !== null) return snapshot;
  }
  return null;
}

/** The text of one with this digest; null when there is none. */
export function snapshotOf(paths: StatePaths, digest: string): string | null {
  for (const key of snapshotKeys(paths)) {
    const file = join(paths.snapshots, `${key}.json`);
    const text = unlessMissing(file, () => readFileSync(file, "utf8"));
    if (text !== null && digestOf(text) === digest) return text;
  }
  return null;
}

/** Newest first. */
function snapshotKeys(paths: StatePaths): readonly string[] {
  const names = unlessMissing(paths.snapshots, () => readdirSync(paths.snapshots)) ?? [];
  return names
    .filter((name) => name.endsWith(".json") && !name.startsWith("."))
    .map((name) => name.slice(0, -".json".length))
    .sort((a, b) => b.localeCompare(a, "en", { numeric: true }));
}

function unlessMissing<T>(path: string, read: () => T): T | null {
  try {
    return read();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "EISDIR") return null;
    throw fileError(path, error, "read");
  }
}
