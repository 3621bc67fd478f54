import type { Git } from "./git.ts";
import { isLost, readObjects } from "./objects.ts";
import { listed } from "./path-bytes.ts";
import { isGitFailure } from "./run-git.ts";

/**
 * Whether the repository has these trees, or the trees of these commits, with every directory in them, and all of
 * that is what its id says. Files are held against theirs when they are read (`readObjects`).
 */
export async function areWhole(git: Git, ids: readonly string[]): Promise<boolean> {
  const known = [...new Set(ids)];
  const input = known.map((id) => `${id}^{tree}\n`).join("");
  const told = await git.run(["cat-file", "--batch-check=%(objecttype) %(objectname)"], { input });
  const roots = told.split("\n").flatMap((line) => /^tree ([0-9a-f]+)$/.exec(line)?.[1] ?? []);
  if (roots.length !== known.length) return false;
  try {
    const inside = await Promise.all([...new Set(roots)].map((root) => directoriesIn(git, root)));
    await readObjects(git, [...new Set([...roots, ...inside.flat()])], nobody);
    return await holdTheirTrees(git, known, roots);
  } catch (error) {
    // git fails, too, on a tree that is none.
    if (isLost(error) || isGitFailure(error)) return false;
    throw error;
  }
}

const nobody = { begin() {}, take() {}, end() {} };

/** As the tree says that git reads now: only once that is known to be genuine, so is this. */
async function directoriesIn(git: Git, root: string): Promise<readonly string[]> {
  const entries = await listed(git, ["ls-tree", "-r", "-d", "-z", "--full-tree", root]);
  return entries.flatMap((entry) => /^\d+ tree ([0-9a-f]+)\t/.exec(entry)?.[1] ?? []);
}

/** A commit names its tree in its first line. */
async function holdTheirTrees(git: Git, ids: readonly string[], roots: readonly string[]): Promise<boolean> {
  const pairs = ids.flatMap((commit, index) => (commit === roots[index] ? [] : [[commit, roots[index]]]));
  const texts: string[] = [];
  await readObjects(
    git,
    pairs.map(([commit = ""]) => commit),
    {
      begin: () => texts.push(""),
      take: (chunk) => texts.push((texts.pop() ?? "") + chunk.toString("latin1")),
      end() {},
    },
  );
  return pairs.every(([, root], index) => texts[index]?.startsWith(`tree ${root}\n`) === true);
}
