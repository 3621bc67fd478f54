/** Work that no commit holds, in the project and in the repositories inside it. */
import { OnwardError } from "../../core/errors.ts";
import { type Git, openGit, openGitToRead } from "../git/git.ts";
import { askInside, isRepository, repositoriesAbove } from "../git/inner-repositories.ts";
import { fromText, listed, type PathBytes, toText } from "../git/path-bytes.ts";
import { changedBetween } from "../git/tree-changes.ts";
import { stateDirectoryName } from "../paths.ts";

/** What `git status` would show, file by file, in each of them; relative to the project. */
export async function uncommittedIn(
  git: Git,
  dir: string,
  repositories: readonly string[],
): Promise<readonly string[]> {
  const inside = repositories.map(async (path) => {
    const found = await askInside(`${dir}/${path}`, openGit, shown, null);
    // Where git cannot tell, there may be some.
    return found?.map((file) => `${path}/${file}`) ?? [path];
  });
  const [own, ...theirs] = await Promise.all([shown(git), ...inside]);
  return [...(own ?? []), ...theirs.flat()];
}

async function shown(git: Git): Promise<readonly string[]> {
  const entries = await listed(git, [
    ...["status", "--porcelain=v1", "-z", "--no-renames", "--untracked-files=all", "--ignore-submodules=all"],
    ...["--", ".", `:(exclude)${stateDirectoryName}`],
  ]);
  const { prefix } = git.repository;
  const above = prefix === "" ? 0 : fromText(prefix).length + 1;
  // A repository inside has a line of its own, and speaks for itself.
  return entries.filter((entry) => !entry.endsWith("/")).map((entry) => toText(entry.slice(3 + above)));
}

/**
 * Files of a tree that the branch's head does not hold like that; none where nobody can tell: in a repository
 * without commits, or in one that an agent has replaced and that has lost the tree. Files of repositories inside
 * are not among them: what is committed there, this branch does not know.
 */
export async function uncommittedFiles(
  dir: string,
  tree: string,
  excluding: readonly string[],
): Promise<readonly string[]> {
  try {
    const files = await changedBetween(await openGitToRead(dir), "HEAD", tree, excluding);
    return outside(dir, files.map(fromText)).map(toText);
  } catch (error) {
    if (error instanceof OnwardError && error.code === "git-failed") return [];
    throw error;
  }
}

function outside(dir: string, files: readonly PathBytes[]): readonly PathBytes[] {
  const repositories = repositoriesAbove(dir, files);
  const isIn = (path: PathBytes) => repositories.some((each) => path.startsWith(`${each}/`));
  return files.filter((path) => !isIn(path) && !isRepository(dir, path));
}
