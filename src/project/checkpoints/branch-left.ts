/** What a rollback leaves to the person: the branch stays where it was (docs/decisions/004-rollback.md). */
import { OnwardError } from "../../core/errors.ts";
import { type Git, openGitToRead } from "../git/git.ts";
import { commitsSince, headOf } from "../git/history.ts";
import { listCheckpoints } from "./checkpoints.ts";

export interface BranchLeft {
  /** Where the branch was then; null: it had no commit. */
  readonly was: string | null;
  /** Commits that it has and did not have then. */
  readonly laterCommits: number;
}

/** `checkpoint`: the commit of the one that was gone back to. null where the branch is as it was, or nobody can tell. */
export async function branchLeft(dir: string, checkpoint: string): Promise<BranchLeft | null> {
  try {
    const git = await openGitToRead(dir);
    const target = (await listCheckpoints(git)).find(({ commit }) => commit === checkpoint);
    return target === undefined ? null : await leftBehind(git, target.head, await headOf(git));
  } catch (error) {
    if (error instanceof OnwardError) return null;
    throw error;
  }
}

export async function leftBehind(
  git: Git,
  was: string | null,
  head: string | null,
): Promise<BranchLeft | null> {
  return was === head ? null : { was, laterCommits: await commitsSince(git, was, head) };
}
