import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Git } from "../git/git.ts";
import { headAndBranch } from "../git/history.ts";
import { fromTop, type PathBytes } from "../git/path-bytes.ts";
import { addEntries, type Entries } from "./protected-files.ts";

interface CopyContents {
  /** The files, all of which the index holds. */
  readonly entries: Entries;
  /** What lies beside them and is to stay untracked: links, which a pattern such as `node_modules/` does not fit. */
  readonly ignored: readonly PathBytes[];
}

/**
 * Makes a repository of its own for a copy, so that commands that ask git find there what they would find in the
 * project: the same branch, commits and tags, and every file tracked. It borrows the project's objects and is
 * thrown away with the copy; neither its configuration nor its hooks are the project's. `top` is where the top of
 * the repository would be.
 */
export async function makeCopyRepository(git: Git, top: string, contents: CopyContents): Promise<void> {
  const at = join(top, ".git");
  for (const folder of ["refs", "objects/info", "info"]) await mkdir(join(at, folder), { recursive: true });
  const { head, branch } = await headAndBranch(git);
  const refs = await git.run([
    ...["for-each-ref", "--format=%(objectname) %(refname)", "refs/heads", "refs/tags", "refs/remotes"],
  ]);
  const format =
    head?.length === 64 ? "\trepositoryformatversion = 1\n[extensions]\n\tobjectformat = sha256\n" : "";
  await Promise.all([
    writeFile(join(at, "config"), `[core]\n\tbare = false\n${format}`),
    writeFile(join(at, "objects/info/alternates"), `${join(git.repository.commonDir, "objects")}\n`),
    writeFile(join(at, "packed-refs"), refs),
    writeFile(join(at, "info/exclude"), excluding(git, contents.ignored), "latin1"),
    addEntries(git, contents.entries, { GIT_INDEX_FILE: join(at, "index") }),
  ]);
  // The last, because without it this is no repository.
  await writeFile(join(at, "HEAD"), `${branch === null ? head : `ref: ${branch}`}\n`);
}

function excluding(git: Git, paths: readonly PathBytes[]): string {
  const escaped = paths.map((path) => fromTop(git, path).replaceAll(/[\\*?[\] ]/g, "\\$&"));
  return escaped.map((path) => `/${path}\n`).join("");
}
