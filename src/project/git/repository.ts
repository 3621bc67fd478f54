/**
 * Finds a project's git repository without asking git, because git itself would follow what an agent planted:
 * a `commondir` file makes it read another configuration, `core.worktree` work on another directory. What is
 * found here is handed to git explicitly (`git.ts`), so that it looks for nothing by itself.
 */
import { readFileSync, realpathSync, type Stats, statSync } from "node:fs";
import { basename, dirname, join, relative, resolve, sep } from "node:path";
import { OnwardError } from "../../core/errors.ts";

export interface Repository {
  /** The top of the working tree, absolute. */
  readonly root: string;
  /** The project's directory below `root`: "" or "packages/app". */
  readonly prefix: string;
  /** HEAD and the index of this working tree. */
  readonly gitDir: string;
  /** Objects, refs and configuration; differs from `gitDir` in a linked worktree. */
  readonly commonDir: string;
}

/**
 * The repository that contains `dir`, null when there is none. Throws `git-failed` for a bare repository, and
 * for one whose `.git` has been tampered with; `directory-missing` without the directory.
 */
export async function findRepository(dir: string): Promise<Repository | null> {
  const project = realPath(dir);
  if (project === null) throw new OnwardError("directory-missing", `${dir} does not exist.`);
  for (let root = project; ; root = dirname(root)) {
    const dotGit = join(root, ".git");
    const found = look(dotGit);
    if (found !== null && (found.isFile() || isGitDir(dotGit))) {
      const prefix = relative(root, project).split(sep).join("/");
      return { root, prefix, ...(found.isFile() ? linked(dotGit) : plain(dotGit)) };
    }
    if (isGitDir(root)) {
      throw new OnwardError("git-failed", `${root} is a bare git repository (or the inside of one).`, {
        hint: "Give Onward a working tree: clone it, and run `onward run` in the clone.",
      });
    }
    if (dirname(root) === root) return null;
  }
}

type Directories = Pick<Repository, "gitDir" | "commonDir">;

function plain(gitDir: string): Directories {
  if (textOf(join(gitDir, "commondir")) !== null) throw tampered(join(gitDir, "commondir"));
  return { gitDir, commonDir: gitDir };
}

/** `.git` is a file in a linked worktree and in a submodule: `gitdir: <path>`. */
function linked(dotGit: string): Directories {
  const target = /^gitdir: (.+?)\s*$/.exec(textOf(dotGit) ?? "")?.[1];
  const gitDir = target === undefined ? null : resolve(dirname(dotGit), target);
  if (gitDir === null || !isGitDirOfWorktree(gitDir)) throw tampered(dotGit);
  const common = textOf(join(gitDir, "commondir"));
  if (common === null) return { gitDir, commonDir: gitDir };

  // A linked worktree, as git itself makes it: <common>/worktrees/<name>, and pointing back at us.
  const commonDir = dirname(dirname(gitDir));
  const back = (textOf(join(gitDir, "gitdir")) ?? "").trim();
  const genuine =
    basename(dirname(gitDir)) === "worktrees" &&
    resolve(gitDir, common.trim()) === commonDir &&
    samePlace(resolve(gitDir, back), dotGit) &&
    textOf(join(commonDir, "commondir")) === null;
  if (!genuine) throw tampered(join(gitDir, "commondir"));
  return { gitDir, commonDir };
}

/** What git takes for a repository's directory; with a `commondir`, the rest may lie elsewhere. */
function isGitDir(path: string): boolean {
  const [head, common, objects, refs] = ["HEAD", "commondir", "objects", "refs"].map((name) =>
    look(join(path, name)),
  );
  if (head?.isFile() !== true) return false;
  return common?.isFile() === true || (objects?.isDirectory() === true && refs?.isDirectory() === true);
}

/** A linked worktree's own directory has neither objects nor refs. */
function isGitDirOfWorktree(path: string): boolean {
  return look(join(path, "HEAD"))?.isFile() === true;
}

function samePlace(a: string, b: string): boolean {
  const one = realPath(a);
  return one !== null && one === realPath(b);
}

function look(path: string): Stats | null {
  try {
    return statSync(path);
  } catch {
    return null;
  }
}

function realPath(path: string): string | null {
  try {
    return realpathSync.native(path);
  } catch {
    return null;
  }
}

function textOf(path: string): string | null {
  // A pipe, say, would wait for a writer for ever.
  if (look(path)?.isFile() === false) throw tampered(path);
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return null;
    throw tampered(path);
  }
}

function tampered(path: string): OnwardError {
  return new OnwardError(
    "git-failed",
    `${path} does not look as git makes it; Onward will not run git on it.`,
    {
      hint: "Look at who wrote it. If nobody needs it, remove it, or restore the repository from a clone.",
    },
  );
}
