import type { BranchLeft } from "../../project/checkpoints/branch-left.ts";
import { count } from "../text/terminal-text.ts";

/** What a rollback left, for a person. */
export function branchLeftText({ laterCommits, was }: BranchLeft): string {
  const more = laterCommits === 0 ? "" : `, with ${count(laterCommits, "commit")} that came later`;
  return `the branch was left where it is${more}${was === null ? "; there was no commit then" : ""}`;
}

/** The command that puts the branch back, and keeps the files as they are now. */
export function branchBack({ was }: BranchLeft): string {
  // On a branch without commits a reset empties the index, as it was.
  return was === null ? "git update-ref -d HEAD && git reset" : `git reset ${was.slice(0, 12)}`;
}
