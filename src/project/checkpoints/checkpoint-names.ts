/**
 * Where the names of a project's checkpoints lie. All working trees of a repository, and all directories in it,
 * share one set of names, and each may be a project of its own; so only the repository's main tree, as a whole, has
 * them directly under `refs/onward/` (docs/decisions/015-worktrees.md).
 */
import { createHash } from "node:crypto";
import { basename } from "node:path";
import type { Repository } from "../git/repository.ts";

const top = "refs/onward";
const elsewhere = `${top}/at`;

/** What the names begin with: `refs/onward`, or `refs/onward/at/wt-packages-app-1a2b3c4d`. */
export function namesUnder({ gitDir, commonDir, prefix }: Repository): string {
  // git's own name of a linked worktree stays when its directory is moved.
  const worktree = gitDir === commonDir ? "" : basename(gitDir);
  if (worktree === "" && prefix === "") return top;
  const place = `${worktree}:${prefix}`;
  const legible = place
    .replaceAll(/[^A-Za-z0-9]+/g, "-")
    .replace(/^-/, "")
    .slice(0, 40);
  return `${elsewhere}/${legible}-${createHash("sha256").update(place).digest("hex").slice(0, 8)}`;
}

/** Whether a checkpoint of this name is the project's own. */
export function isOwnName(repository: Repository, name: string): boolean {
  const under = namesUnder(repository);
  return name.startsWith(`${under}/`) && (under !== top || !name.startsWith(`${elsewhere}/`));
}
