/**
 * Makes the project's files those of another tree, byte by byte.
 *
 * B1 Nothing is touched before all that will be written lies beside the project's files, on the same disk.
 * B2 Only what differs between the two trees is touched: ignored files, and those that were too large, stay.
 * B3 What stands in the way and is in neither tree is moved aside, never deleted; no link is followed.
 */
import { existsSync } from "node:fs";
import { lstat, mkdir, readdir, readFile, rename, rm, rmdir, symlink, unlink } from "node:fs/promises";
import { join } from "node:path";
import { fileError } from "../atomic-write.ts";
import { type BlobFile, writeBlobs } from "../git/blobs.ts";
import type { Git } from "../git/git.ts";
import { fromText, obstacle, type PathBytes, parents, toPath, toText } from "../git/path-bytes.ts";
import { linkMode, repositoryMode, type TreeEntry, treeChanges } from "../git/tree-changes.ts";
import { ensureStateDirectory } from "../paths.ts";

export interface Restored {
  readonly restored: number;
  readonly removed: number;
  /** Where what stood in the way is now; relative to the project. */
  readonly movedAside: readonly string[];
  /** Repositories that one of the trees has without their files; they are left as they are. */
  readonly untouched: readonly string[];
}

/** `from` is what lies there now; the files of `keep` stay although `to` has them not. Throws `disk`, `directory-not-writable`, `git-failed`. */
export async function restoreFiles(
  git: Git,
  dir: string,
  { from, to, keep }: { readonly from: string; readonly to: string; readonly keep: readonly string[] },
): Promise<Restored> {
  const kept = new Set(keep.map(fromText));
  const all = (await treeChanges(git, from, to)).filter(
    ({ path, after }) => after !== null || !kept.has(path),
  );
  const isBare = (entry: TreeEntry | null) => entry?.mode === repositoryMode;
  const untouched = new Set(
    all.filter(({ before, after }) => isBare(before) || isBare(after)).map(({ path }) => path),
  );
  const files = all.filter(({ path }) => ![path, ...parents(path)].some((each) => untouched.has(each)));
  const staging = join((await ensureStateDirectory(dir)).root, "restoring");
  await rm(staging, { recursive: true, force: true });
  await mkdir(staging);
  try {
    const written = files.flatMap(({ path, after }) => (after === null ? [] : [{ path, after }]));
    await writeBlobs(
      git,
      written.map(({ after }, index) => stagedFile(staging, index, after)),
    );

    const gone = files.filter(({ before }) => before !== null).map(({ path }) => path);
    for (const path of gone) await remove(dir, path);
    const movedAside: string[] = [];
    for (const [index, { path, after }] of written.entries()) {
      movedAside.push(...(await makeWay(dir, path)));
      await put(join(staging, String(index)), toPath(dir, path), after.mode);
    }
    return {
      restored: written.length,
      removed: files.length - written.length,
      movedAside,
      untouched: [...untouched].map(toText),
    };
  } catch (error) {
    throw fileError(dir, error);
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
}

function stagedFile(staging: string, index: number, { mode, object }: TreeEntry): BlobFile {
  return { object, path: join(staging, String(index)), mode: mode === "100755" ? 0o777 : 0o666 };
}

/** And the directories that are empty without it. */
async function remove(dir: string, path: PathBytes): Promise<void> {
  if (obstacle(dir, path) !== null) return;
  const file = toPath(dir, path);
  const found = await lstat(file).catch(() => null);
  if (found === null || found.isDirectory()) return;
  await unlink(file);
  for (const parent of parents(path).reverse()) {
    const emptied = await rmdir(toPath(dir, parent)).then(
      () => true,
      () => false,
    );
    if (!emptied) return;
  }
}

/** Leaves real directories above the path and nothing at it. */
async function makeWay(dir: string, path: PathBytes): Promise<readonly string[]> {
  const moved: string[] = [];
  const above = obstacle(dir, path);
  if (above !== null) moved.push(await moveAside(dir, above));
  const file = toPath(dir, path);
  const found = await lstat(file).catch(() => null);
  if (found?.isDirectory() === true && (await removeEmpty(file))) return moved;
  if (found !== null) moved.push(await moveAside(dir, path));
  for (const parent of parents(path)) {
    await mkdir(toPath(dir, parent)).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "EEXIST") throw error;
    });
  }
  return moved;
}

async function moveAside(dir: string, path: PathBytes): Promise<string> {
  for (let count = 1; ; count++) {
    const aside = `${path}.moved-aside${count === 1 ? "" : `-${count}`}`;
    if (existsSync(toPath(dir, aside))) continue;
    await rename(toPath(dir, path), toPath(dir, aside));
    return toText(aside);
  }
}

/** Removes a directory that holds nothing but empty directories. */
async function removeEmpty(path: Buffer): Promise<boolean> {
  for (const entry of await readdir(path, { withFileTypes: true, encoding: "buffer" })) {
    const inner = Buffer.concat([path, Buffer.from("/"), entry.name]);
    if (!entry.isDirectory() || !(await removeEmpty(inner))) return false;
  }
  return rmdir(path).then(
    () => true,
    () => false,
  );
}

async function put(staged: string, path: Buffer, mode: string): Promise<void> {
  if (mode === linkMode) await symlink(await readFile(staged), path);
  else await rename(staged, path);
}
