/** What a project was when a session began, kept in the session's directory for its settling (F1). */
import { atomicWrite } from "../project/atomic-write.ts";
import type { ConfigText } from "../project/config-guard.ts";
import { type Kept, readKept, type SessionFiles } from "./session-files.ts";

export interface Before {
  /** The working tree as a git tree, or as a commit that holds it. */
  readonly tree: string;
  /** feature_list.json, null when there was no valid one. */
  readonly listText: string | null;
  readonly config?: ConfigText;
}

/** Keeps what is there: after a crash the session's own beginning counts, not the recovery's. */
export async function saveBefore(files: SessionFiles, before: Before): Promise<void> {
  if ((await readBefore(files)).type === "absent") await atomicWrite(files.before, JSON.stringify(before));
}

/** Absent when the manager died before it was written: then nothing ran. */
export async function readBefore(files: SessionFiles): Promise<Kept<Before>> {
  return readKept(files.before, parseBefore);
}

function parseBefore(value: unknown): Before | null {
  const { tree, listText, config } = value as Partial<Before>;
  const known = typeof tree === "string" && (listText === null || typeof listText === "string");
  return known ? { tree, listText, config } : null;
}
