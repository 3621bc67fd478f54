import { OnwardError } from "../../core/errors.ts";
import type { Git } from "./git.ts";
import { listed, type PathBytes } from "./path-bytes.ts";

export interface TreeEntry {
  readonly mode: string;
  readonly object: string;
}

export interface TreeChange {
  /** Relative to the project. */
  readonly path: PathBytes;
  readonly before: TreeEntry | null;
  readonly after: TreeEntry | null;
}

export const linkMode = "120000";
export const repositoryMode = "160000";

/** The files of the project that differ between two trees; with `paths`, of those that these pathspecs name. */
export async function treeChanges(
  git: Git,
  from: string,
  to: string,
  paths: readonly string[] = [],
): Promise<readonly TreeChange[]> {
  const fields = await listed(git, [
    ...["diff-tree", "-r", "-z", "--raw", "--no-abbrev", "--no-renames", "--relative", from, to],
    ...["--", ...paths],
  ]);
  const found: TreeChange[] = [];
  for (let at = 0; at + 1 < fields.length; at += 2) {
    if (isForbidden(fields[at + 1] ?? "")) throw forged(to);
    const [before = "", after = "", old = "", object = ""] = (fields[at] ?? "").slice(1).split(" ");
    found.push({
      path: fields[at + 1] ?? "",
      before: before === "000000" ? null : { mode: before, object: old },
      after: after === "000000" ? null : { mode: after, object },
    });
  }
  return found;
}

/** The files in which the trees differ, but for those `excluding`; all relative to the project. Throws `git-failed`. */
export async function changedBetween(
  git: Git,
  treeA: string,
  treeB: string,
  excluding: readonly string[],
): Promise<readonly string[]> {
  if (treeA === treeB) return [];
  const names = await git.run(["diff-tree", "-r", "-z", "--name-only", "--no-renames", treeA, treeB]);
  const { prefix } = git.repository;
  return names
    .split("\0")
    .filter((name) => name !== "")
    .map((name) => (prefix !== "" && name.startsWith(`${prefix}/`) ? name.slice(prefix.length + 1) : name))
    .filter((name) => !excluding.includes(name));
}

/** The files of the project in a tree. */
export async function treeEntries(git: Git, tree: string): Promise<Map<PathBytes, TreeEntry>> {
  const found = await listed(git, ["ls-tree", "-r", "-z", tree]);
  return new Map(
    found.map((line) => {
      const [mode = "", , object = ""] = line.slice(0, line.indexOf("\t")).split(" ");
      return [line.slice(line.indexOf("\t") + 1), { mode, object }];
    }),
  );
}

/** git itself makes no such tree; it would write where hooks, configuration or our own state lie (T1). */
function isForbidden(path: PathBytes): boolean {
  return path.split("/").some((part) => /^(\.{0,2}|\.git|git~\d+|\.onward)$/i.test(part));
}

function forged(tree: string): OnwardError {
  return new OnwardError("git-failed", `${tree.slice(0, 12)} is no tree that Onward has made.`, {
    hint: "Choose another checkpoint, and look at who wrote this one.",
  });
}
