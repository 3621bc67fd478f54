import { existsSync, lstatSync, rmSync } from "node:fs";
import { join } from "node:path";
import { OnwardError } from "../../core/errors.ts";
import { type Git, openGit } from "./git.ts";
import { isIndexFree } from "./index-lock.ts";

export type OwnCommit =
  | { readonly type: "committed" }
  | { readonly type: "unchanged" }
  /** Not now: somebody is in the middle of something. Nothing has been touched; the files stay uncommitted. */
  | { readonly type: "refused"; readonly reason: string };

/**
 * Commits the given files (relative to the project) on the branch, by path: what else is staged stays staged.
 * No hooks, no signature; ignored files are left out. `opened`: a git that may be shared (`openGit`).
 * Throws `git-missing` and `disk`.
 */
export async function commitOwnFiles(
  dir: string,
  paths: readonly string[],
  message: string,
  opened?: Git,
): Promise<OwnCommit> {
  const git = opened ?? (await openGit(dir));
  const busy = underway(git);
  if (busy !== null) return { type: "refused", reason: `${busy} is under way` };
  try {
    const { changed, untracked } = await changedAmong(git, paths);
    if (changed.length === 0) return { type: "unchanged" };
    if (!(await isIndexFree(git.repository.gitDir))) return { type: "refused", reason: lockedIndex };
    if (untracked.length > 0) {
      await git.run(["add", "--intent-to-add", "--", ...literally(untracked)], { writes: true });
    }
    unlinkMessageFile(git);
    await git.run(
      [
        "commit",
        "--quiet",
        "--no-verify",
        "--no-gpg-sign",
        "--cleanup=verbatim",
        "--file=-",
        "--only",
        "--",
      ].concat(literally(changed)),
      { input: message, writes: true },
    );
    return { type: "committed" };
  } catch (error) {
    if (!(error instanceof OnwardError) || error.code !== "git-failed") throw error;
    return { type: "refused", reason: error.message };
  }
}

const lockedIndex =
  "git's index.lock is held: remove .git/index.lock if no git is at work, as after a crash of one";

/** git writes the message there, and would write it through a link to any file of the person's (T1). */
function unlinkMessageFile(git: Git): void {
  const path = join(git.repository.gitDir, "COMMIT_EDITMSG");
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found?.isSymbolicLink() === true) rmSync(path, { force: true });
}

const operations: readonly (readonly [file: string, name: string])[] = [
  ["MERGE_HEAD", "a merge"],
  ["CHERRY_PICK_HEAD", "a cherry-pick"],
  ["REVERT_HEAD", "a revert"],
  ["rebase-merge", "a rebase"],
  ["rebase-apply", "a rebase"],
  ["BISECT_LOG", "a bisection"],
];

/** A commit in the middle of one of these would end up in the wrong place. */
function underway(git: Git): string | null {
  const found = operations.find(([file]) => existsSync(join(git.repository.gitDir, file)));
  return found?.[1] ?? null;
}

interface Changes {
  readonly changed: readonly string[];
  /** Those of them that git does not know yet. */
  readonly untracked: readonly string[];
}

async function changedAmong(git: Git, paths: readonly string[]): Promise<Changes> {
  const status = await git.run([
    ...[
      "status",
      "--porcelain=v1",
      "-z",
      "--no-renames",
      "--untracked-files=all",
      "--ignore-submodules=all",
      "--",
    ],
    ...literally(paths),
  ]);
  const entries = status.split("\0").filter((entry) => entry !== "");
  const { prefix } = git.repository;
  const named = (found: readonly string[]) => [
    ...new Set(found.map((entry) => entry.slice(3 + (prefix === "" ? 0 : prefix.length + 1)))),
  ];
  return { changed: named(entries), untracked: named(entries.filter((entry) => entry.startsWith("??"))) };
}

/** Their names may hold what git takes for patterns. */
function literally(paths: readonly string[]): string[] {
  return paths.map((path) => `:(literal)${path}`);
}
