/** What a project was when a session began, kept in the session's directory for its settling (F1). */
import { readFile } from "node:fs/promises";
import { atomicWrite } from "../project/atomic-write.ts";
import type { SessionFiles } from "./session-files.ts";

export interface Before {
  /** The working tree as a git tree id. */
  readonly tree: string;
  /** feature_list.json, null when there was no valid one. */
  readonly listText: string | null;
}

/** Keeps what is there: after a crash the session's own beginning counts, not the recovery's. */
export async function saveBefore(files: SessionFiles, before: Before): Promise<void> {
  if ((await readBefore(files)) !== null) return;
  await atomicWrite(files.before, JSON.stringify(before));
}

/** Null when the manager died before it was written: then nothing ran. */
export async function readBefore(files: SessionFiles): Promise<Before | null> {
  try {
    return JSON.parse(await readFile(files.before, "utf8")) as Before;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
}
