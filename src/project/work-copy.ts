/**
 * A copy of the project's files in which protected ones are as they were before an agent was at work.
 *
 * C1 Tracked, changed and untracked files are those of the given tree, byte by byte, but for protected ones that
 *    an earlier tree has: each is as the oldest of these trees has it, also where it was deleted since. Protected
 *    files that none of them has stay: they are new tests.
 * C2 Ignored files are links to the project's own, which an agent can write: protecting tests does not protect
 *    what they are run with. Nothing is linked where a file of C1 lies.
 * C3 There is one at a time (R1), always in the same place; what a dead manager left there is removed first.
 */
import { mkdir, readFile, rm, symlink } from "node:fs/promises";
import { join } from "node:path";
import { type BlobFile, writeBlobs } from "./blobs.ts";
import { type Git, openGit } from "./git.ts";
import { isLost } from "./objects.ts";
import { fromText, listed, type PathBytes, parents, toPath, toText } from "./path-bytes.ts";
import { ensureStateDirectory, stateDirectoryName, statePaths } from "./paths.ts";
import { linkMode, repositoryMode, type TreeEntry, treeChanges, treeEntries } from "./tree-changes.ts";
import { areWhole } from "./whole-trees.ts";
import type { WrittenTree } from "./work-tree.ts";

export interface WorkCopy extends AsyncDisposable {
  /** Absolute. */
  readonly dir: string;
  /** Protected files that are not as the project has them now. */
  readonly held: readonly string[];
}

export interface CopyRequest extends WrittenTree {
  /** Trees, or commits that hold them, the oldest first; with none, protected files are as they are now. */
  readonly before: readonly string[];
  /** Globs, relative to the project, in which `**` crosses directories; a directory stands for all in it. */
  readonly protect: readonly string[];
}

/** null when the repository has lost something that the copy needs, or has it forged. Throws `git-failed`, `disk`. */
export async function copyProject(dir: string, request: CopyRequest): Promise<WorkCopy | null> {
  const git = await openGit(dir);
  if (!(await areWhole(git, [...request.before, request.tree]))) return null;
  const entries = await treeEntries(git, request.tree);
  const held = putEarlier(entries, await protectedEntries(git, request));

  await removeCopy(dir);
  const root = (await ensureStateDirectory(dir)).copy;
  const copy = join(root, "files");
  try {
    await mkdir(copy, { recursive: true });
    await write(git, copy, join(root, "links"), entries);
    await linkTheRest(git, dir, copy, entries, request.leftOut);
  } catch (error) {
    await removeCopy(dir);
    if (isLost(error)) return null;
    throw error;
  }
  return { dir: copy, held: held.map(toText), [Symbol.asyncDispose]: () => removeCopy(dir) };
}

/** Also what is left of one whose manager died. The caller holds the project (R1). */
export async function removeCopy(dir: string): Promise<void> {
  await rm(statePaths(dir).copy, { recursive: true, force: true, maxRetries: 3 });
}

async function protectedEntries(
  git: Git,
  { before, protect }: CopyRequest,
): Promise<ReadonlyMap<PathBytes, TreeEntry>> {
  const globs = protect.map((glob) => `:(glob)${glob}`);
  const nothing = (await git.run(["hash-object", "-t", "tree", "--stdin"])).trim();
  const found = new Map<PathBytes, TreeEntry>();
  const directories = new Set<PathBytes>();
  for (const tree of new Set(before)) {
    for (const { path, after } of await treeChanges(git, nothing, tree, globs)) {
      const above = parents(path);
      // The oldest counts; what has later taken its place, as a file or as a directory, does not.
      if (after === null || directories.has(path) || [path, ...above].some((each) => found.has(each)))
        continue;
      found.set(path, after);
      for (const each of above) directories.add(each);
    }
  }
  return found;
}

/** Changes `entries` to what C1 says, and answers which were replaced. */
function putEarlier(
  entries: Map<PathBytes, TreeEntry>,
  earlier: ReadonlyMap<PathBytes, TreeEntry>,
): readonly PathBytes[] {
  const held = [...earlier].filter(([path, { mode, object }]) => {
    const now = entries.get(path);
    return now?.object !== object || now.mode !== mode;
  });
  // What has taken the place of a protected file, or of a directory above it, gives way.
  for (const path of entries.keys()) {
    if (parents(path).some((parent) => earlier.has(parent))) entries.delete(path);
  }
  for (const [path, entry] of held) {
    for (const parent of parents(path)) entries.delete(parent);
    entries.set(path, entry);
  }
  return held.map(([path]) => path);
}

async function write(
  git: Git,
  copy: string,
  staging: string,
  entries: ReadonlyMap<PathBytes, TreeEntry>,
): Promise<void> {
  const all = [...entries].filter(([, { mode }]) => mode !== repositoryMode);
  const links = all.filter(([, { mode }]) => mode === linkMode);
  await mkdir(staging, { recursive: true });
  for (const path of new Set(all.flatMap(([path]) => parents(path).slice(-1)))) {
    await mkdir(toPath(copy, path), { recursive: true });
  }
  const staged = (index: number) => join(staging, String(index));
  const files = all.filter(([, { mode }]) => mode !== linkMode);
  await writeBlobs(git, [
    ...files.map(([path, { object, mode }]): BlobFile => {
      return { object, path: toPath(copy, path), mode: mode === "100755" ? 0o777 : 0o666 };
    }),
    ...links.map(([, { object }], index): BlobFile => ({ object, path: staged(index), mode: 0o600 })),
  ]);
  for (const [index, [path]] of links.entries()) {
    await symlink(await readFile(staged(index)), toPath(copy, path));
  }
}

/** C2. Files that were too large for a tree are linked as well. */
async function linkTheRest(
  git: Git,
  dir: string,
  copy: string,
  entries: ReadonlyMap<PathBytes, TreeEntry>,
  leftOut: readonly string[],
): Promise<void> {
  const args = ["ls-files", "-z", "--others", "--ignored", "--exclude-standard", "--directory", "--", "."];
  // With the index that the tree was made with, git looks into the repositories inside the project as well.
  const ignored = await listed(git, args, { env: { GIT_INDEX_FILE: statePaths(dir).index } });
  const files = [...entries.keys()];
  const taken = new Set([...files, ...files.flatMap(parents)]);
  for (const listedPath of [...ignored, ...leftOut.map(fromText)]) {
    const path = listedPath.replace(/\/$/, "");
    const above = parents(path);
    if (path === stateDirectoryName || taken.has(path) || above.some((parent) => entries.has(parent)))
      continue;
    for (const parent of above.slice(-1)) await mkdir(toPath(copy, parent), { recursive: true });
    await symlink(toPath(dir, path), toPath(copy, path));
  }
}
