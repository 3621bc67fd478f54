/**
 * Checkpoints: the project as a commit under `refs/onward/`, made without touching the branch, what is staged,
 * or a hook (`work-tree.ts` has what it holds, K1 to K5).
 *
 * K6 What a checkpoint of another moment holds is never replaced; only that of one session's end is taken again
 *    after a crash.
 * K7 A run's first checkpoint also keeps what was staged, and the commits of every branch and stash, because an
 *    agent may drop any of them.
 */
import { copyFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { endedBy, type Git } from "../git/git.ts";
import { onwardIdentity } from "../git/git-hardening.ts";
import { headAndBranch } from "../git/history.ts";
import { headsInside } from "../git/inner-repositories.ts";
import { type TreeOptions, type WrittenTree, writeTree } from "../git/work-tree.ts";
import { readFeatureList } from "../list/feature-list.ts";
import { statePaths } from "../paths.ts";
import { type CheckpointFacts, type CheckpointKind, describeFacts, readFacts } from "./checkpoint-facts.ts";
import { isOwnName, namesUnder } from "./checkpoint-names.ts";
import { type MendedGit, openMended, recordRefs } from "./ref-record.ts";
import { uncommittedIn } from "./uncommitted.ts";

export interface CheckpointRequest extends TreeOptions {
  readonly kind: CheckpointKind;
  readonly runId: string | null;
  readonly session: number;
  /** Epoch ms. */
  readonly now: number;
}

export interface Checkpoint extends CheckpointFacts {
  readonly ref: string;
  readonly commit: string;
  readonly tree: string;
}

/** `opened`: a git that may be shared (`openGit`). Throws `git-failed`, `git-missing`, `disk`. */
export async function takeCheckpoint(
  dir: string,
  request: CheckpointRequest,
  opened?: MendedGit,
): Promise<Checkpoint> {
  const { kind, runId, session, now } = request;
  const git = endedBy(request.signal, opened ?? (await openMended(dir)));
  const [written, { head, branch }] = await Promise.all([writeTree(git, dir, request), headAndBranch(git)]);
  const { tree, leftOut } = written;
  const same = await existing(git, request, tree, head);
  if (same !== null) return same;

  const [staged, features] = await Promise.all([stagedCommit(git, dir, head, tree), passingFeatures(dir)]);
  const kept = kind === "start" ? await branchesAndStashes(git) : {};
  const uncommitted = kind === "start" ? await countUncommitted(git, dir, written) : 0;
  const unheld = uncommitted > 0 && !(await isHeld(git, tree));
  const facts: CheckpointFacts = {
    ...{ kind, at: now, runId, session, head, branch, staged, features, uncommitted, unheld, kept },
    leftOut: leftOut.slice(0, maxNamed),
    repositories: await headsInside(dir, written.repositories.slice(0, maxNamed)),
  };
  const commit = await commitTree(git, tree, facts);
  const ref = freeRef(git, request);
  const branchNow = branch === null || head === null ? [] : [[branch, head] as const];
  const refs = new Map([...git.refs, ...branchNow, [ref, commit]]);
  // Either may be first: what is recorded and not there is put back.
  await Promise.all([git.run(["update-ref", ref, commit], { writes: true }), recordRefs(git, dir, refs)]);
  return { ...facts, ref, commit, tree };
}

// ------------------------------------------------------------------ names

function refOf({ repository }: Git, { kind, runId, session, now }: CheckpointRequest): string {
  const under = namesUnder(repository);
  const run = `${under}/${runId ?? "project"}`;
  switch (kind) {
    case "session":
      return `${run}/${session}`;
    case "start":
    case "before":
      return `${run}/${session}-${kind}`;
    case "rescue":
      return `${under}/rescue/${new Date(now).toISOString().replaceAll(/[-:]|\.\d+/g, "")}`;
    default:
      throw new Error(`unknown kind ${kind satisfies never}`);
  }
}

/** K6: `7-start`, then `7-start-2`. */
function freeRef(git: MendedGit, request: CheckpointRequest): string {
  const ref = refOf(git, request);
  if (request.kind === "session") return ref;
  for (let count = 1; ; count++) {
    const name = count === 1 ? ref : `${ref}-${count}`;
    if (!git.refs.has(name)) return name;
  }
}

/** The same moment, asked for once more: nothing has changed since the last one of this name. */
async function existing(
  git: MendedGit,
  request: CheckpointRequest,
  tree: string,
  head: string | null,
): Promise<Checkpoint | null> {
  if (request.kind === "session" || request.kind === "rescue") return null;
  const name = refOf(git, request);
  if (!git.refs.has(name)) return null;
  const format = "%(refname)%00%(objectname)%00%(tree)%00%(contents)%00";
  const found = (await git.run(["for-each-ref", `--format=${format}`, `${name}*`])).split("\0");
  for (let at = 0; at + 3 < found.length; at += 4) {
    const [ref = "", commit = "", itsTree, message = ""] = found.slice(at, at + 4);
    const facts = readFacts(message);
    if (facts !== null && itsTree === tree && facts.head === head) {
      return { ...facts, unheld: false, ref: ref.trim(), commit, tree };
    }
  }
  return null;
}

// ------------------------------------------------------------------ facts

async function passingFeatures(dir: string): Promise<CheckpointFacts["features"]> {
  const list = await readFeatureList(dir);
  if (list.type !== "valid") return null;
  return { passing: list.features.filter(({ passes }) => passes).length, total: list.features.length };
}

/**
 * The person's index as a commit (K7), null when the files or the branch hold the same: most often it is the
 * branch. Written from a copy: git notes in an index what it has just found out.
 */
async function stagedCommit(
  git: Git,
  dir: string,
  head: string | null,
  tree: string,
): Promise<string | null> {
  const copy = join(statePaths(dir).root, "staged-index");
  try {
    if (head !== null && (await isStagedAs(git, head))) return null;
    copyFileSync(join(git.repository.gitDir, "index"), copy);
    const env = { GIT_INDEX_FILE: copy };
    const staged = (await git.run(["write-tree"], { env, writes: true })).trim();
    const committed = head === null ? "" : await git.run(["rev-parse", `${head}^{tree}`]);
    if (staged === tree || staged === committed.trim()) return null;
    const parents = head === null ? [] : ["-p", head];
    const made = await git.run(["commit-tree", staged, ...parents], {
      input: "Onward: what was staged\n",
      env: onwardIdentity,
      writes: true,
    });
    return made.trim();
  } catch {
    // There is no index, or it is damaged, or in the middle of a merge: the files are held all the same.
    return null;
  } finally {
    rmSync(copy, { force: true });
  }
}

async function isStagedAs(git: Git, commit: string): Promise<boolean> {
  let same = true;
  await git.run(["diff-index", "--cached", "--no-renames", "--ignore-submodules=none", commit], {
    sink: () => {
      same = false;
    },
  });
  return same;
}

const maxNamed = 1000;
/** More than anybody works on; a repository of thousands must not make a commit of a megabyte. */
const maxKept = 500;

export async function branchesAndStashes(git: Git): Promise<Readonly<Record<string, string>>> {
  const format = "--format=%(refname) %(objectname)";
  const heads = await git.run([
    ...["for-each-ref", "--sort=-committerdate", `--count=${maxKept}`, format, "refs/heads"],
  ]);
  const top = await git.run(["rev-parse", "--verify", "--quiet", "refs/stash"], { accept: [0, 1] });
  const stashes = top === "" ? "" : await git.run(["log", "--walk-reflogs", "--format=%H", "refs/stash"]);
  const named = heads.split("\n").filter((line) => line !== "");
  const stashed = stashes.split("\n").filter((line) => line !== "");
  return Object.fromEntries([
    ...named.map((line) => [line.slice(0, line.lastIndexOf(" ")), line.slice(line.lastIndexOf(" ") + 1)]),
    ...stashed.slice(0, maxKept).map((commit, index) => [`stash@{${index}}`, commit]),
  ]);
}

/** What is not held is no work that is kept. */
async function countUncommitted(
  git: Git,
  dir: string,
  { leftOut, repositories }: WrittenTree,
): Promise<number> {
  const held = new Set(await uncommittedIn(git, dir, repositories));
  for (const path of leftOut) held.delete(path);
  return held.size;
}

async function isHeld(git: Git, tree: string): Promise<boolean> {
  const named = await git.run(["for-each-ref", "--format=%(tree) %(refname)", namesUnder(git.repository)]);
  return named.split("\n").some((line) => {
    const [held, name = ""] = line.split(" ");
    return held === tree && isOwnName(git.repository, name);
  });
}

/** The branch's head is the first parent, so that `git diff <checkpoint>^ <checkpoint>` says what was uncommitted. */
async function commitTree(git: Git, tree: string, facts: CheckpointFacts): Promise<string> {
  const parents = [...new Set([facts.head, facts.staged, ...Object.values(facts.kept)])];
  const made = await git.run(
    ["commit-tree", tree, ...parents.flatMap((parent) => (parent === null ? [] : ["-p", parent]))],
    { input: describeFacts(facts), env: onwardIdentity, writes: true },
  );
  return made.trim();
}
