/** The tree that a checkpoint would hold now, for those who only look: nothing in the project is written, or locked. */
import { copyFileSync, mkdirSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileError } from "../atomic-write.ts";
import { statePaths } from "../paths.ts";
import { type Git, openGit } from "./git.ts";
import { writeTree } from "./work-tree.ts";

/** Throws what `openGit` throws, `git-failed`, and `disk` or `directory-not-writable` about the scratch directory. */
export async function lookAtTree(dir: string): Promise<string> {
  const scratch = join(tmpdir(), "onward-look-");
  try {
    const made = await mkdtemp(scratch);
    try {
      return await treeThrough(made, dir);
    } finally {
      await rm(made, { recursive: true, force: true });
    }
  } catch (error) {
    throw fileError(scratch, error);
  }
}

async function treeThrough(scratch: string, dir: string): Promise<string> {
  const index = join(scratch, "index");
  copyCache(statePaths(dir).index, index);
  const git = withObjectsIn(join(scratch, "objects"), await openGit(dir));
  return (await writeTree(git, dir, { index })).tree;
}

/** The same git, whose calls leave new objects in `directory` and find the old ones where they are. */
function withObjectsIn(directory: string, git: Git): Git {
  mkdirSync(join(directory, "info"), { recursive: true });
  writeFileSync(join(directory, "info", "alternates"), `${join(git.repository.commonDir, "objects")}\n`);
  const env = { GIT_OBJECT_DIRECTORY: directory };
  return { ...git, run: (args, options) => git.run(args, { ...options, env: { ...env, ...options?.env } }) };
}

/**
 * So that what has not changed is not hashed again (K2). Git takes entries that are as young as the index for doubtful,
 * so its age is copied too, rounded down.
 */
function copyCache(from: string, to: string): void {
  try {
    const seconds = Math.floor(statSync(from).mtimeMs / 1000);
    copyFileSync(from, to);
    utimesSync(to, seconds, seconds);
  } catch {
    // There is none, or it is somebody else's: then everything is hashed.
  }
}
