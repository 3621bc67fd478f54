/**
 * A copy of the project's files in which protected ones are as they were before an agent was at work.
 *
 * C1 Tracked, changed and untracked files are those of the given tree, byte by byte, but for protected ones that
 *    an earlier tree has: each is as the oldest of these trees has it, also where it was deleted since. Where none
 *    of them has it, it stays as a new test, or is left out when it is protected by its name (H2).
 * C2 Ignored files are links to the project's own, which an agent can write: protecting tests does not protect
 *    what they are run with. Nothing is linked where a file of C1 lies, or was left out.
 * C3 It is a repository of its own, in which all of C1 is tracked, on the project's branch.
 * C4 There is one at a time (R1), always in the same place; what a dead manager left there is removed first.
 */
import { mkdir, readFile, rm, symlink } from "node:fs/promises";
import { join } from "node:path";
import { type BlobFile, writeBlobs } from "../git/blobs.ts";
import { type Git, openGit } from "../git/git.ts";
import { isLost } from "../git/objects.ts";
import { fromText, listed, type PathBytes, parents, toPath, toText } from "../git/path-bytes.ts";
import { linkMode, repositoryMode, type TreeEntry, treeEntries } from "../git/tree-changes.ts";
import { areWhole } from "../git/whole-trees.ts";
import type { WrittenTree } from "../git/work-tree.ts";
import { ensureStateDirectory, stateDirectoryName, statePaths } from "../paths.ts";
import { makeCopyRepository } from "./copy-repository.ts";
import { type Entries, namedBy, protectedFiles } from "./protected-files.ts";

export interface WorkCopy extends AsyncDisposable {
  /** Absolute. */
  readonly dir: string;
  /** Protected files that are not as the project has them now. */
  readonly held: readonly string[];
}

/** Trees, or commits that hold them; with none, protected files are as they are now. */
export interface Before {
  /** As people handed the project over, the oldest first. */
  readonly handedOver: readonly string[];
  /** How the session began, for what is newer than that. */
  readonly session: string | null;
}

export interface CopyRequest extends WrittenTree {
  /** As in `HandOverRequest`. */
  readonly protect: readonly string[];
  readonly before: Before;
}

/** null when the repository has lost something that the copy needs, or has it forged. Throws `git-failed`, `disk`. */
export async function copyProject(dir: string, request: CopyRequest): Promise<WorkCopy | null> {
  const git = await openGit(dir);
  const { handedOver, session } = request.before;
  const before = [...handedOver, ...(session === null ? [] : [session])];
  if (!(await areWhole(git, [...before, request.tree]))) return null;
  const entries = await treeEntries(git, request.tree);
  const rest = [...(await ignoredIn(git, dir)), ...request.leftOut.map(fromText)];
  const absent = await newlyNamed(git, request, [...entries.keys(), ...rest]);
  const earlier = await protectedFiles(git, before, request.protect);
  const held = putEarlier(entries, new Map([...earlier].filter(([path]) => !absent.has(path))));
  for (const path of absent) entries.delete(path);

  await removeCopy(dir);
  const root = (await ensureStateDirectory(dir)).copy;
  const top = join(root, "files");
  const copy = join(top, git.repository.prefix);
  try {
    await mkdir(copy, { recursive: true });
    await write(git, copy, join(root, "links"), entries);
    const linked = await linkTheRest(dir, copy, entries, rest, absent);
    await makeCopyRepository(git, top, { entries, ignored: linked });
  } catch (error) {
    await removeCopy(dir);
    if (isLost(error)) return null;
    throw error;
  }
  return { dir: copy, held: [...held, ...absent].map(toText), [Symbol.asyncDispose]: () => removeCopy(dir) };
}

/** Also what is left of one whose manager died. The caller holds the project (R1). */
export async function removeCopy(dir: string): Promise<void> {
  await rm(statePaths(dir).copy, { recursive: true, force: true, maxRetries: 3 });
}

/** What is there and must not be (H2). */
async function newlyNamed(
  git: Git,
  { protect, before: { handedOver } }: CopyRequest,
  paths: readonly PathBytes[],
): Promise<ReadonlySet<PathBytes>> {
  const named = paths.filter(namedBy(protect));
  if (handedOver.length === 0 || named.length === 0) return new Set();
  const known = await protectedFiles(git, handedOver, protect);
  return new Set(named.filter((path) => !known.has(path)));
}

/** Changes `entries` to what C1 says, and answers which were replaced. */
function putEarlier(entries: Map<PathBytes, TreeEntry>, earlier: Entries): readonly PathBytes[] {
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

async function write(git: Git, copy: string, staging: string, entries: Entries): Promise<void> {
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

/** C2. Files that were too large for a tree are linked as well. Answers which. */
async function linkTheRest(
  dir: string,
  copy: string,
  entries: Entries,
  rest: readonly PathBytes[],
  absent: ReadonlySet<PathBytes>,
): Promise<readonly PathBytes[]> {
  const files = [...entries.keys()];
  const all = rest.map((path) => path.replace(/\/$/, ""));
  const taken = new Set([...files, ...absent, ...[...files, ...all].flatMap(parents)]);
  const linked = all.filter(
    (path) => !taken.has(path) && !parents(path).some((parent) => entries.has(parent)),
  );
  for (const path of linked) {
    for (const parent of parents(path).slice(-1)) await mkdir(toPath(copy, parent), { recursive: true });
    await symlink(toPath(dir, path), toPath(copy, path));
  }
  return linked;
}

/** Directories that are ignored as a whole end with a slash; of others what lies in them is listed too. */
async function ignoredIn(git: Git, dir: string): Promise<readonly PathBytes[]> {
  const args = ["ls-files", "-z", "--others", "--ignored", "--exclude-standard", "--directory", "--", "."];
  // With the index that the tree was made with, git looks into the repositories inside the project as well.
  const found = await listed(git, args, { env: { GIT_INDEX_FILE: statePaths(dir).index } });
  return found.filter((path) => !path.startsWith(`${stateDirectoryName}/`));
}
