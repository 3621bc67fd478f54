/**
 * A project whose `.onward/` is gone, though its checkpoints tell of runs: a person may have thrown it away, and so
 * may an agent that has something to hide. The list that the last of them left is all there is to hold it against.
 */
import type { CheckpointId } from "../../core/ids.ts";
import { openGitToRead } from "../git/git.ts";
import { isGitFailure } from "../git/run-git.ts";
import { listCheckpoints, listTextIn } from "./checkpoints.ts";

export interface Forgotten {
  /** The last checkpoint that was taken with nobody at work. */
  readonly checkpoint: CheckpointId;
  /** The feature list that it holds; null without one. */
  readonly listText: string | null;
}

/** To be asked where there is no journal, or none of the lists that Onward keeps. null without such checkpoints. */
export async function lastForgotten(dir: string): Promise<Forgotten | null> {
  try {
    const git = await openGitToRead(dir);
    const all = await listCheckpoints(git);
    const last = all.findLast(({ kind }) => kind === "start" || kind === "session");
    return last === undefined ? null : { checkpoint: last.id, listText: await listTextIn(git, last) };
  } catch (error) {
    if (isGitFailure(error)) return null;
    throw error;
  }
}
