/**
 * Checkpoints: the project's files as a commit under `refs/onward/`, made with an index of our own, so that
 * neither the branch nor what is staged is touched.
 *
 * K1 Holds the project's directory (not what lies outside it in a larger repository): tracked and untracked
 *    files as they are, never ignored ones unless they are tracked, never `.onward/`.
 * K2 The private index stays between calls, so that unchanged files are not hashed again. It is only a cache:
 *    lost or damaged it is built anew.
 * K3 A repository inside the project is held as git holds it: the commit it is at, without its files.
 */
import { lstat, rm } from "node:fs/promises";
import { join } from "node:path";
import { OnwardError } from "../core/errors.ts";
import { type Git, openGit } from "./git.ts";
import { onwardIdentity } from "./git-hardening.ts";
import { headOf } from "./history.ts";
import { ensureStateDirectory, stateDirectoryName } from "./paths.ts";

/** A large working tree takes this long at most; later only what has changed is hashed (K2). */
const firstHashingMs = 10 * 60_000;

export interface Checkpoint {
  readonly commit: string;
  readonly tree: string;
  /** The branch's head at that time, the checkpoint's parent; null in a repository without commits. */
  readonly head: string | null;
}

/**
 * `ref` is `refs/onward/<run>/<n>`; an existing one is replaced, so a repeated call after a crash is harmless.
 * Throws `git-failed`, `git-missing`, `disk`.
 */
export async function checkpoint(dir: string, ref: string, message: string): Promise<Checkpoint> {
  if (!ref.startsWith("refs/onward/")) throw new OnwardError("internal", `${ref} is no checkpoint's name.`);
  const git = await openGit(dir);
  const [tree, parent] = await Promise.all([writeTree(git, dir), headOf(git)]);
  const parents = parent === null ? [] : ["-p", parent];
  const made = await git.run(["commit-tree", tree, ...parents], {
    input: message,
    env: onwardIdentity,
    writes: true,
  });
  const commit = made.trim();
  await git.run(["update-ref", ref, commit], { writes: true });
  return { commit, tree, head: parent };
}

/** The tree that a checkpoint would hold now. Two calls give the same id when nothing in it has changed. */
export async function workTree(dir: string): Promise<string> {
  return writeTree(await openGit(dir), dir);
}

/** Whether the trees differ in anything but the files `excluding`, given relative to the project. */
export async function changedBetween(
  dir: string,
  treeA: string,
  treeB: string,
  excluding: readonly string[],
): Promise<boolean> {
  if (treeA === treeB) return false;
  const git = await openGit(dir);
  const names = await git.run(["diff-tree", "-r", "-z", "--name-only", "--no-renames", treeA, treeB]);
  const { prefix } = git.repository;
  const excluded = new Set(excluding.map((path) => (prefix === "" ? path : `${prefix}/${path}`)));
  return names.split("\0").some((name) => name !== "" && !excluded.has(name));
}

async function writeTree(git: Git, dir: string): Promise<string> {
  const { index } = await ensureStateDirectory(dir);
  const env = { GIT_INDEX_FILE: index };
  // Of a git that was killed: one manager per project (R1), so nobody else holds it.
  await rm(`${index}.lock`, { force: true });
  // The person's index may be damaged; a checkpoint without what only that knows is better than none.
  const [tracked] = await Promise.all([ignoredIn(git).catch(() => []), addAll(git, index)]);
  await reconcile(git, dir, env, tracked);
  return (await git.run(["write-tree"], { env, writes: true })).trim();
}

/** Takes in everything that differs; files that cannot be read are left as they were. */
async function addAll(git: Git, index: string): Promise<void> {
  const env = { GIT_INDEX_FILE: index };
  const add = async () => {
    await forgetRepositoriesInside(git, env);
    await git.run(["add", "--all", "--ignore-errors", "--", ".", `:(exclude)${stateDirectoryName}`], {
      env,
      writes: true,
      accept: [0, 1],
      timeoutMs: firstHashingMs,
    });
  };
  try {
    await add();
  } catch (error) {
    if (!(error instanceof OnwardError) || error.code !== "git-failed") throw error;
    await rm(index, { force: true });
    await add();
  }
}

/**
 * For a repository that its index knows, `git add` runs `git status` inside, and that runs the filters which
 * the inner repository's own configuration names (T1). One that is new to the index is only asked for its head.
 */
async function forgetRepositoriesInside(git: Git, env: Readonly<Record<string, string>>): Promise<void> {
  const entries = (await git.run(["ls-files", "-z", "--stage"], { env })).split("\0");
  const inside = entries.flatMap((entry) => /^160000 .*?\t(.*)$/s.exec(entry)?.[1] ?? []);
  if (inside.length === 0) return;
  await git.run(["update-index", "--force-remove", "-z", "--stdin"], {
    env,
    input: list(inside),
    writes: true,
  });
}

/**
 * `git add` keeps what the private index once held, and skips what is ignored: so files that have become
 * ignored are taken out, and those that are tracked although ignored are put in.
 */
async function reconcile(
  git: Git,
  dir: string,
  env: Readonly<Record<string, string>>,
  tracked: readonly string[],
): Promise<void> {
  const wanted = new Set(tracked);
  const unwanted = (await ignoredIn(git, env)).filter((path) => !wanted.has(path));
  if (unwanted.length > 0) {
    await git.run(["update-index", "--force-remove", "-z", "--stdin"], {
      env,
      input: list(unwanted),
      writes: true,
    });
  }
  const present = await filesAmong(dir, tracked);
  if (present.length > 0) {
    await git.run(["update-index", "--add", "-z", "--stdin"], { env, input: list(present), writes: true });
  }
}

/** What an index (the person's own by default) holds although it is ignored; relative to the project. */
async function ignoredIn(git: Git, env: Readonly<Record<string, string>> = {}): Promise<readonly string[]> {
  const found = await git.run(["ls-files", "-z", "--cached", "--ignored", "--exclude-standard", "--", "."], {
    env,
  });
  return found.split("\0").filter((path) => path !== "");
}

async function filesAmong(dir: string, paths: readonly string[]): Promise<readonly string[]> {
  const found = await Promise.all(paths.map((path) => lstat(join(dir, path)).catch(() => null)));
  return paths.filter(
    (_, index) => found[index]?.isFile() === true || found[index]?.isSymbolicLink() === true,
  );
}

function list(paths: readonly string[]): string {
  return paths.map((path) => `${path}\0`).join("");
}
