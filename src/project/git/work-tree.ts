/**
 * The project's files as a git tree, made with an index of our own, so that neither the branch nor what is
 * staged is touched.
 *
 * K1 Holds the project's directory (not what lies outside it in a larger repository): tracked and untracked
 *    files, never ignored ones unless they are tracked or Onward's own two, never `.onward/`.
 * K2 The private index stays between calls, so that unchanged files are not hashed again. It is only a cache:
 *    lost or damaged it is built anew.
 * K3 The files of repositories inside the project are held like any other; their history is not.
 * K4 Every file is held byte by byte: what attributes and filters would make of it is not what was there.
 * K5 Untracked files over a limit are left out, and named.
 */
import { rmSync } from "node:fs";
import { ensureStateDirectory, ownFiles, stateDirectoryName, statePaths } from "../paths.ts";
import { putExactly, rewrittenAmong } from "./exact-bytes.ts";
import { type Git, openGit } from "./git.ts";
import { hiddenInside, isRepository, putMarkers, repositoriesAbove } from "./inner-repositories.ts";
import { fromText, isFileIn, listed, lookAt, type PathBytes, toText, zeroEnded } from "./path-bytes.ts";
import { isGitFailure } from "./run-git.ts";

/** A large working tree takes this long at most; later only what has changed is hashed (K2). */
const firstHashingMs = 10 * 60_000;
const defaultLimit = 100 * 1024 * 1024;

export interface TreeOptions {
  /** Bytes (K5); 100 MiB without it. */
  readonly maxUntrackedBytes?: number;
  /** Held although they are ignored, or large. */
  readonly also?: readonly PathBytes[];
  /** Gives up, with an error. */
  readonly signal?: AbortSignal;
  /** In place of the private index in `.onward/` (K2). */
  readonly index?: string;
}

export interface WrittenTree {
  readonly tree: string;
  /** Untracked files that were too large (K5). */
  readonly leftOut: readonly string[];
  /** Inside the project (K3). */
  readonly repositories: readonly string[];
}

/** What `-c` has to say so that a file is held as it lies there (K4). */
const asTheyAre = ["core.autocrlf=false", "core.fileMode=true", "core.symlinks=true"].flatMap((setting) => [
  "-c",
  setting,
]);

/** The tree that a checkpoint would hold now. Two calls give the same id when nothing in it has changed. */
export async function workTree(dir: string, signal?: AbortSignal): Promise<string> {
  return (await writeTree(await openGit(dir, signal), dir, signal === undefined ? {} : { signal })).tree;
}

/**
 * What seems to differ from the tree that was written last; nothing when nothing does. Costs one git process,
 * so it is worth asking before a tree is written again.
 */
export async function changedSinceWritten(git: Git, dir: string): Promise<readonly PathBytes[]> {
  const { files, repositories } = await differing(git, { GIT_INDEX_FILE: statePaths(dir).index });
  return [...files, ...repositories];
}

export async function writeTree(git: Git, dir: string, options: TreeOptions = {}): Promise<WrittenTree> {
  const index = options.index ?? (await ensureStateDirectory(dir)).index;
  // Of a git that was killed: one manager per project (R1), so nobody else holds it.
  rmSync(`${index}.lock`, { force: true });
  try {
    return await writeWith(git, dir, index, options);
  } catch (error) {
    if (!isGitFailure(error) || options.signal?.aborted === true) throw error;
    // Damaged, or of a repository that an agent has replaced, whose objects are gone (K2).
    rmSync(index, { force: true });
    return writeWith(git, dir, index, options);
  }
}

async function writeWith(git: Git, dir: string, index: string, options: TreeOptions): Promise<WrittenTree> {
  const env = { GIT_INDEX_FILE: index };
  const limit = options.maxUntrackedBytes ?? defaultLimit;
  const also = [...ownFiles.map(fromText), ...(options.also ?? [])];
  // The person's index may be damaged; a checkpoint without what only that knows is better than none.
  const [tracked, added] = await Promise.all([
    ignoredIn(git).catch(() => []),
    addAll(git, dir, env, limit, also),
  ]);
  const repositories = [...added.repositories, ...tracked.filter((path) => isRepository(dir, path))];
  const hidden = await hiddenInside(git, dir, env, repositories);
  const heavy = hidden.filter((path) => isLarger(dir, path, limit) && !also.includes(path));
  const tooLarge = [...added.tooLarge, ...heavy];
  const wanted = [...tracked, ...also, ...hidden.filter((path) => !heavy.includes(path))];
  const { present, ignored, unwanted } = await reconcile(git, dir, env, wanted, tooLarge);
  const rewritten = added.rewritten.filter((path) => !unwanted.has(path));
  const passedOver = present.filter((path) => ignored.has(path) || !added.seen.has(path));
  await putExactly(git, dir, env, [...new Set([...rewritten, ...passedOver])]);
  const tree = (await git.run(["write-tree"], { env, writes: true })).trim();
  return { tree, leftOut: tooLarge.map(toText), repositories: repositories.map(toText) };
}

interface Added {
  /** What is as it is in the private index, unless it is ignored. */
  readonly seen: ReadonlySet<PathBytes>;
  /** What attributes would have made something else of (K4). */
  readonly rewritten: readonly PathBytes[];
  readonly tooLarge: readonly PathBytes[];
  readonly repositories: readonly PathBytes[];
}

type Environment = Readonly<Record<string, string>>;

/** Takes in everything that differs; files that cannot be read are left as they were. */
async function addAll(
  git: Git,
  dir: string,
  env: Environment,
  limit: number,
  also: readonly PathBytes[],
): Promise<Added> {
  const indexed = await forgetRepositories(git, env);
  const known = repositoriesAbove(dir, indexed);
  const { changed, entered, markers } = await enterRepositories(git, env);
  const tooLarge = (await largerThan(git, dir, changed, limit)).filter((path) => !also.includes(path));
  const { encoded, changed: rewritten } = await rewrittenAmong(git, dir, changed);
  const except = [stateDirectoryName, ...tooLarge, ...encoded].map((path) => `:(exclude,literal)${path}`);
  await git.run(
    [...asTheyAre, "add", "--all", "--ignore-errors", "--pathspec-from-file=-", "--pathspec-file-nul"],
    { env, input: zeroEnded([".", ...except]), writes: true, accept: [0, 1], timeoutMs: firstHashingMs },
  );
  if (markers.length > 0) await forget(git, env, markers);
  const repositories = [...new Set([...known, ...entered])];
  const seen = new Set([...indexed, ...changed]);
  return { seen, rewritten: [...encoded, ...rewritten], tooLarge, repositories };
}

/**
 * For a repository that its index knows as one, `git add` runs `git status` inside, and that runs the filters
 * which the inner repository's own configuration names (T1). Answers the files that the index knows.
 */
async function forgetRepositories(git: Git, env: Environment): Promise<readonly PathBytes[]> {
  const entries = await listed(git, ["ls-files", "-z", "--stage"], { env });
  const inside = entries.flatMap((entry) => /^160000 .*?\t(.*)$/s.exec(entry)?.[1] ?? []);
  if (inside.length > 0) await forget(git, env, inside);
  return entries.map((entry) => entry.slice(entry.indexOf("\t") + 1));
}

interface Entered {
  readonly changed: readonly PathBytes[];
  /** Repositories of which the private index knew no file. */
  readonly entered: readonly PathBytes[];
  readonly markers: readonly PathBytes[];
}

/** K3. In each there may be more of them; it ends, because the names of directories do. */
async function enterRepositories(git: Git, env: Environment): Promise<Entered> {
  const entered = new Set<PathBytes>();
  const markers: PathBytes[] = [];
  for (;;) {
    const { files, repositories } = await differing(git, env);
    const found = repositories.filter((path) => !entered.has(path));
    if (found.length === 0) return { changed: files, entered: [...entered], markers };
    markers.push(...(await putMarkers(git, env, found)));
    for (const path of found) entered.add(path);
  }
}

/** What is new to the private index, or differs from it. */
async function differing(
  git: Git,
  env: Environment,
): Promise<{ readonly files: readonly PathBytes[]; readonly repositories: readonly PathBytes[] }> {
  const args = ["ls-files", "-z", "--others", "--modified", "--exclude-standard", "--", "."];
  const found = await listed(git, [...asTheyAre, ...args], { env, timeoutMs: firstHashingMs });
  const ours = `${stateDirectoryName}/`;
  const paths = [...new Set(found)].filter((path) => !path.startsWith(ours));
  return {
    files: paths.filter((path) => !path.endsWith("/")),
    repositories: paths.filter((path) => path.endsWith("/")).map((path) => path.slice(0, -1)),
  };
}

async function largerThan(
  git: Git,
  dir: string,
  paths: readonly PathBytes[],
  limit: number,
): Promise<readonly PathBytes[]> {
  const large = paths.filter((path) => isLarger(dir, path, limit));
  if (large.length === 0) return [];
  const tracked = new Set(await listed(git, ["ls-files", "-z", "--", "."]).catch(() => []));
  return large.filter((path) => !tracked.has(path));
}

function isLarger(dir: string, path: PathBytes, limit: number): boolean {
  const found = lookAt(dir, path);
  return found?.isFile() === true && found.size > limit;
}

/**
 * `git add` keeps what the private index once held, and skips what is ignored: so files that have become
 * ignored or too large are taken out, and links that are `wanted` although ignored are put in. Answers which of
 * the wanted ones are there, and what of the index is ignored.
 */
async function reconcile(
  git: Git,
  dir: string,
  env: Environment,
  wanted: readonly PathBytes[],
  tooLarge: readonly PathBytes[],
): Promise<{
  readonly present: readonly PathBytes[];
  readonly ignored: ReadonlySet<PathBytes>;
  readonly unwanted: ReadonlySet<PathBytes>;
}> {
  const kept = new Set(wanted);
  const ignored = new Set(await ignoredIn(git, env));
  const unwanted = new Set([...[...ignored].filter((path) => !kept.has(path)), ...tooLarge]);
  if (unwanted.size > 0) await forget(git, env, [...unwanted]);
  const present = [...kept].filter((path) => isFileIn(dir, path));
  const links = present.filter((path) => lookAt(dir, path)?.isSymbolicLink() === true);
  if (links.length > 0) {
    const update = ["update-index", "--add", "-z", "--stdin"];
    await git.run([...asTheyAre, ...update], { env, input: zeroEnded(links), writes: true });
  }
  return { present, ignored, unwanted };
}

/** What an index (the person's own by default) holds although it is ignored; relative to the project. */
async function ignoredIn(git: Git, env: Environment = {}): Promise<readonly PathBytes[]> {
  return listed(git, ["ls-files", "-z", "--cached", "--ignored", "--exclude-standard", "--", "."], { env });
}

async function forget(git: Git, env: Environment, paths: readonly PathBytes[]): Promise<void> {
  const update = ["update-index", "--force-remove", "-z", "--stdin"];
  await git.run(update, { env, input: zeroEnded(paths), writes: true });
}
