import type { BranchLeft } from "../../project/checkpoints/branch-left.ts";
import { count } from "../text/terminal-text.ts";

/** What a rollback left, for a person. */
export function branchLeftText({ laterCommits, was }: BranchLeft): string {
  const more = laterCommits === 0 ? "" : `, with ${count(laterCommits, "commit")} that came later`;
  return `the branch was left where it is${more}${was === null ? "; there was no commit then" : ""}`;
}
