/**
 * Going back to a checkpoint.
 *
 * The files become those of the checkpoint; the branch, what is staged and HEAD stay where they are, so that no
 * history is rewritten and no commit is made that nobody asked for (docs/decisions/004-rollback.md). What was
 * there is a checkpoint of its own by then, so that a rollback is undone by another one.
 */
import { OnwardError } from "../../core/errors.ts";
import { newCheckpointId } from "../../core/ids.ts";
import type { Git } from "../git/git.ts";
import { headOf } from "../git/history.ts";
import { headsInside, isRepository } from "../git/inner-repositories.ts";
import { fromText, isFileIn, listed, type PathBytes } from "../git/path-bytes.ts";
import { type TreeOptions, writeTree } from "../git/work-tree.ts";
import { readFeatureList } from "../list/feature-list.ts";
import { saveSnapshot } from "../list/snapshots.ts";
import { statePaths } from "../paths.ts";
import { type BranchLeft, leftBehind } from "./branch-left.ts";
import { branchesAndStashes, takeCheckpoint } from "./checkpoint.ts";
import { findCheckpoint, type ListedCheckpoint, listCheckpoints } from "./checkpoints.ts";
import { openMended } from "./ref-record.ts";
import { type Restored, restoreFiles } from "./restore-files.ts";

export interface RollbackOptions extends Pick<TreeOptions, "maxUntrackedBytes"> {
  /** The run and the session that the project has come to. */
  readonly runId: string | null;
  readonly session: number;
  /** Also when the files hold what no checkpoint does; they are kept as one either way. */
  readonly force: boolean;
  /** Epoch ms. */
  readonly now: number;
  /** Writes down what is about to be done; nothing of the person's is touched before it resolves. */
  readonly record: (planned: PlannedRollback) => Promise<void>;
}

export interface PlannedRollback {
  readonly target: ListedCheckpoint;
  /** Going back to this one undoes it. */
  readonly rescue: ListedCheckpoint;
}

export interface Rollback extends PlannedRollback, Restored {
  /** Where the branch is: it was left there. */
  readonly head: string | null;
  /** null: just where the checkpoint had it. */
  readonly branchLeft: BranchLeft | null;
  /** Branches and stashes that the checkpoint keeps and that are gone now: name and commit. */
  readonly lost: readonly (readonly [name: string, commit: string])[];
  /** Repositories inside the project whose history is not where it was; their files were put back. */
  readonly inside: readonly MovedRepository[];
}

export interface MovedRepository {
  readonly path: string;
  /** The commit it was at. */
  readonly was: string | null;
  /** Whether it is none any more: its `.git` is not held (K3). */
  readonly gone: boolean;
}

/**
 * The caller holds the project's lock (R1). Throws `usage` for an unknown id, `tree-dirty`, and what git and the
 * disk have to say.
 */
export async function rollBack(dir: string, id: string, options: RollbackOptions): Promise<Rollback> {
  const git = await openMended(dir);
  const checkpoints = await listCheckpoints(git);
  const target = findCheckpoint(checkpoints, id);
  const written = await writeTree(git, dir, options);
  if (!options.force && !checkpoints.some(({ tree }) => tree === written.tree)) throw dirty(target);

  const { session } = options;
  const also = await inTheWay(git, dir, written.tree, target.tree);
  const rescued = await takeCheckpoint(dir, { ...options, kind: "rescue", also }, git);
  const rescue = { ...rescued, id: newCheckpointId(rescued.commit) };
  await options.record({ target, rescue });
  const trees = { from: rescue.tree, to: target.tree, keep: target.leftOut };
  const restored = await restoreFiles(git, dir, trees);
  await keepList(dir, session);
  const head = await headOf(git);
  return {
    ...{ target, rescue, ...restored, head },
    branchLeft: await leftBehind(git, target.head, head),
    lost: await lostSince(git, target),
    inside: await movedInside(dir, target),
  };
}

async function movedInside(dir: string, { repositories }: ListedCheckpoint): Promise<Rollback["inside"]> {
  const now = await headsInside(dir, Object.keys(repositories));
  return Object.entries(repositories).flatMap(([path, was]) => {
    const gone = !isRepository(dir, fromText(path));
    return gone || now[path] !== was ? [{ path, was, gone }] : [];
  });
}

async function lostSince(git: Git, { kept }: ListedCheckpoint): Promise<Rollback["lost"]> {
  const now = await branchesAndStashes(git);
  const commits = new Set(Object.values(now));
  return Object.entries(kept).filter(([name, commit]) =>
    name.startsWith("stash@") ? !commits.has(commit) : now[name] === undefined,
  );
}

function dirty({ id }: ListedCheckpoint): OnwardError {
  return new OnwardError("tree-dirty", "There is work here that no checkpoint holds.", {
    hint: `\`onward rollback ${id} --force\` keeps it as a checkpoint of its own, and goes back.`,
  });
}

/** Ignored files where the checkpoint has one of its own: they are held first, and can then be replaced. */
async function inTheWay(git: Git, dir: string, now: string, to: string): Promise<readonly PathBytes[]> {
  const added = await listed(git, [
    ...["diff-tree", "-r", "-z", "--name-only", "--diff-filter=A", "--no-renames", "--relative", now, to],
  ]);
  return added.filter((path) => isFileIn(dir, path));
}

/** The list of the checkpoint is now the one that is trusted. */
async function keepList(dir: string, session: number): Promise<void> {
  const list = await readFeatureList(dir);
  if (list.type !== "valid") return;
  // The name sorts after those of a settled session and of a start.
  await saveSnapshot(statePaths(dir), `${String(session).padStart(4, "0")}-taken-back`, list.text);
}
