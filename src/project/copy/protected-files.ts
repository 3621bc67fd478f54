/**
 * What is protected from an agent, and what people have made of it.
 *
 * H1 Only what people do between two managers changes it: what a file was when the last session had been settled,
 *    and still is, is not theirs. So neither a stop nor a crash turns an agent's change into one of people.
 * H2 That a file is not there is a state like any other, for what is protected by its name.
 * H3 What is newly named in `protect` is protected as it is then.
 */
import { rmSync } from "node:fs";
import { join } from "node:path";
import type { HandedOver } from "../../core/event-parts.ts";
import { openMended, recordRefs } from "../checkpoints/ref-record.ts";
import type { Git } from "../git/git.ts";
import { onwardIdentity } from "../git/git-hardening.ts";
import { fromText, fromTop, type PathBytes, parents, zeroEnded } from "../git/path-bytes.ts";
import { isGitFailure } from "../git/run-git.ts";
import { type TreeEntry, treeChanges } from "../git/tree-changes.ts";
import { areWhole } from "../git/whole-trees.ts";
import { statePaths } from "../paths.ts";

export type Entries = ReadonlyMap<PathBytes, TreeEntry>;

export interface HandOverRequest {
  /** Globs, relative to the project, in which `**` crosses directories; a directory stands for all in it. */
  readonly protect: readonly string[];
  /** The project now, as a tree or a commit. */
  readonly now: string;
  /** How the last session left it; null before the first. */
  readonly left: string | null;
  readonly last: HandedOver | null;
}

/** Keeps the last of the commits; those before it are its ancestors. */
const ref = "refs/onward/protected";

/**
 * Makes the commit of what is protected from now on. null when the repository has lost what was, or has it forged:
 * then nobody knows what people have handed over. Throws `git-failed`, `disk`.
 */
export async function handOver(dir: string, request: HandOverRequest): Promise<string | null> {
  const git = await openMended(dir);
  const commits = request.last?.commits ?? [];
  const left = request.left === null || request.last === null ? [] : [request.left];
  if (!(await areWhole(git, [request.now, ...left, ...commits]))) return null;
  const tree = await writeEntries(git, dir, await peoplesFiles(git, request)).catch((error: unknown) => {
    if (isGitFailure(error)) return null;
    throw error;
  });
  if (tree === null) return null;
  const made = await git.run(["commit-tree", tree, ...commits.flatMap((parent) => ["-p", parent])], {
    input: "Onward: what is protected\n",
    env: onwardIdentity,
    writes: true,
  });
  const commit = made.trim();
  await git.run(["update-ref", ref, commit], { writes: true });
  await recordRefs(git, dir, new Map([...git.refs, [ref, commit]]));
  return commit;
}

/** Of each protected file what the oldest of these trees has that has it. */
export async function protectedFiles(
  git: Git,
  trees: readonly string[],
  protect: readonly string[],
): Promise<Entries> {
  if (protect.length === 0) return new Map();
  const globs = protect.map((glob) => `:(glob)${glob}`);
  const nothing = (await git.run(["hash-object", "-t", "tree", "--stdin"])).trim();
  const found = new Map<PathBytes, TreeEntry>();
  const directories = new Set<PathBytes>();
  for (const tree of new Set(trees)) {
    for (const { path, after } of await treeChanges(git, nothing, tree, globs)) {
      const above = parents(path);
      // What has later taken its place, as a file or as a directory, does not count.
      if (after === null || directories.has(path) || [path, ...above].some((each) => found.has(each)))
        continue;
      found.set(path, after);
      for (const each of above) directories.add(each);
    }
  }
  return found;
}

/**
 * Tells files that must be there or not as people had them (H2). `test/**` or `src/*.test.ts` stands for a kind of
 * file, of which an agent may write more; `package.json`, `vitest.config.*` or `*.config.js` for certain files of
 * the project. What lies below a directory that is named so is new where it is new.
 */
export function namedBy(protect: readonly string[]): (path: PathBytes) => boolean {
  const named = protect.filter((glob) => !isKind(glob)).map(expressionOf);
  return (path) => named.some((expression) => expression.test(path));
}

function isKind(glob: string): boolean {
  const last = glob.slice(glob.lastIndexOf("/") + 1);
  return last === "" || last === "**" || (last.startsWith("*") && glob.includes("/"));
}

/** As git understands `:(glob)`, but for directories above the path. */
function expressionOf(glob: string): RegExp {
  const source = fromText(glob).replaceAll(/\*\*\/|\*+|\?|\[!?\]?[^\]]*\]|\\.|./gs, (token) => {
    if (token === "**/") return "(?:.*/)?";
    if (token.startsWith("*")) return "[^/]*";
    if (token === "?") return "[^/]";
    if (token.length > 1 && token.startsWith("[")) return token.replace("[!", "[^");
    return RegExp.escape(token.at(-1) ?? "");
  });
  return new RegExp(`^${source}$`, "s");
}

/** H1, H3. */
async function peoplesFiles(git: Git, { protect, now, left, last }: HandOverRequest): Promise<Entries> {
  const current = await protectedFiles(git, [now], protect);
  if (left === null || last === null) return current;
  const before = {
    handedOver: await protectedFiles(git, last.commits, last.protect),
    left: await protectedFiles(git, [left], last.protect),
    now: await protectedFiles(git, [now], last.protect),
  };
  const untouched = (path: PathBytes) => same(before.now.get(path), before.left.get(path));
  const kept = [...before.handedOver].filter(([path]) => untouched(path));
  const theirs = [...current].filter(([path]) => !before.now.has(path) || !untouched(path));
  return new Map([...kept, ...theirs]);
}

function same(a: TreeEntry | undefined, b: TreeEntry | undefined): boolean {
  return a?.object === b?.object && a?.mode === b?.mode;
}

/** Answers the tree. Of a file and a directory in its place the later one counts. */
async function writeEntries(git: Git, dir: string, entries: Entries): Promise<string> {
  const index = join(statePaths(dir).root, "protected-index");
  const env = { GIT_INDEX_FILE: index };
  rmSync(index, { force: true });
  try {
    await addEntries(git, entries, env);
    return (await git.run(["write-tree"], { env, writes: true })).trim();
  } finally {
    rmSync(index, { force: true });
  }
}

/** Into the index that the environment names; it is made where there is none. */
export async function addEntries(
  git: Git,
  entries: Entries,
  env: Readonly<Record<string, string>>,
): Promise<void> {
  const lines = [...entries].map(([path, { mode, object }]) => `${mode} ${object}\t${fromTop(git, path)}`);
  const update = ["update-index", "--add", "--replace", "-z", "--index-info"];
  if (lines.length > 0) await git.run(update, { env, input: zeroEnded(lines), writes: true });
}
