/**
 * What a project was when a session began, kept in the session's directory for its settling (F1). The journal has
 * the digests of it, so that a file which something else has written since is not believed.
 */
import { isDeepStrictEqual } from "node:util";
import type { Beginning } from "../core/event-parts.ts";
import { atomicWrite } from "../project/atomic-write.ts";
import { textIn } from "../project/checkpoints/checkpoints.ts";
import type { ConfigText } from "../project/config-guard.ts";
import { digestOf } from "../project/digest.ts";
import { type Git, openGitToRead } from "../project/git/git.ts";
import { isGitFailure } from "../project/git/run-git.ts";
import { snapshotOf } from "../project/list/snapshots.ts";
import { configFileName, featureListName } from "../project/paths.ts";
import type { LoopContext } from "./context.ts";
import { type Kept, readKept, type SessionFiles, sessionFiles } from "./session-files.ts";

export interface Before {
  /** The working tree as a git tree, or as a commit that holds it. */
  readonly tree: string;
  /** feature_list.json, null when there was no valid one. */
  readonly listText: string | null;
  readonly config?: ConfigText;
}

type Known = Pick<LoopContext, "dir" | "paths" | "state">;

/** Keeps what is there: after a crash the session's own beginning counts, not the recovery's. */
export async function saveBefore(files: SessionFiles, before: Before): Promise<void> {
  if ((await readOwn(files)).type !== "absent") return;
  // The journal's digests follow before anything runs: what a power cut takes is put together anew from them.
  await atomicWrite(files.before, JSON.stringify(before), { durable: false });
}

/**
 * Of the last session. Absent when the manager died before it was written: then nothing ran. Where the file is not
 * what the journal says of it, it is put together anew from what the digests fit; damaged when nothing does.
 */
export async function readBefore(ctx: Known, number: number): Promise<Kept<Before>> {
  const { beginning } = ctx.state();
  const kept = await readOwn(sessionFiles(ctx.paths, number));
  if (beginning === null || fits(kept, beginning)) return kept;
  const value = await rebuilt(ctx, beginning);
  return value === null ? { type: "damaged" } : { type: "kept", value };
}

/** Whether the file is as it was written, as far as that is known. */
export async function isBeforeIntact({ paths, state }: Known, number: number): Promise<boolean> {
  const { beginning } = state();
  return beginning === null || fits(await readOwn(sessionFiles(paths, number)), beginning);
}

export function beginningOf({ tree, listText, config }: Before): Beginning {
  const list = listText === null ? null : digestOf(listText);
  if (config === undefined) return { tree, list };
  return { tree, list, config: config === null ? null : digestOf(config) };
}

function fits(kept: Kept<Before>, beginning: Beginning): boolean {
  return kept.type === "kept" && isDeepStrictEqual(beginningOf(kept.value), beginning);
}

/** A configuration that only the file knew is lost, and left as it is. */
async function rebuilt({ dir, paths }: Known, { tree, list, config }: Beginning): Promise<Before | null> {
  try {
    const git = await openGitToRead(dir);
    const listText =
      list === null ? null : (snapshotOf(paths, list) ?? (await held(git, tree, featureListName, list)));
    if (list !== null && listText === null) return null;
    if (config === undefined) return { tree, listText };
    if (config === null) return { tree, listText, config };
    return { tree, listText, config: (await held(git, tree, configFileName, config)) ?? undefined };
  } catch (error) {
    if (isGitFailure(error)) return null;
    throw error;
  }
}

async function held(git: Git, tree: string, name: string, digest: string): Promise<string | null> {
  const text = await textIn(git, tree, name);
  return text !== null && digestOf(text) === digest ? text : null;
}

function readOwn(files: SessionFiles): Promise<Kept<Before>> {
  return readKept(files.before, parseBefore);
}

function parseBefore(value: unknown): Before | null {
  const { tree, listText, config } = value as Partial<Before>;
  const known = typeof tree === "string" && (listText === null || typeof listText === "string");
  return known ? { tree, listText, config } : null;
}
