/** The project's files as they are at a moment, for bringing back what somebody changes after it. */
import { openGit } from "../git/git.ts";
import { toText } from "../git/path-bytes.ts";
import { treeChanges } from "../git/tree-changes.ts";
import { changedSinceWritten, type WrittenTree, writeTree } from "../git/work-tree.ts";
import { restoreFiles } from "./restore-files.ts";

export interface HeldTree extends WrittenTree {
  /**
   * Brings back what differs by now, and answers its paths. Ignored files, the branch and what is staged are
   * left alone. Throws what git and the disk have to say; a `.git` that is gone cannot be brought back.
   */
  undoChanges(): Promise<readonly string[]>;
}

/** What a change of `.gitignore` had hidden comes to light in the second round. */
const maxRounds = 3;

/** Throws `git-failed`, `git-missing`, `disk`. */
export async function holdTree(dir: string): Promise<HeldTree> {
  const held = await writeTree(await openGit(dir), dir);
  return { ...held, undoChanges: () => undoChanges(dir, held) };
}

async function undoChanges(dir: string, { tree, leftOut }: WrittenTree): Promise<readonly string[]> {
  const undone = new Set<string>();
  for (let round = 0; round < maxRounds; round += 1) {
    // Opened again: its configuration may be among what was changed (T1).
    const git = await openGit(dir);
    const changed = await changedSinceWritten(git, dir);
    if (changed.every((path) => leftOut.includes(toText(path)))) break;
    const now = (await writeTree(git, dir)).tree;
    if (now === tree) break;
    for (const { path } of await treeChanges(git, now, tree)) undone.add(toText(path));
    await restoreFiles(git, dir, { from: now, to: tree, keep: leftOut });
  }
  return [...undone];
}
