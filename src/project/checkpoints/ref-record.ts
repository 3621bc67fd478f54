/**
 * A copy of the names of the project's checkpoints, and of the branches, in `.onward/refs`, where no agent may write.
 * Names are the weak part of a repository: `rm -rf .git/refs` takes them all, and leaves every object in place.
 */
import { mkdirSync, readFileSync, type Stats, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { atomicWrite } from "../atomic-write.ts";
import { type Git, openGit } from "../git/git.ts";
import { ensureStateDirectory, statePaths } from "../paths.ts";
import { isOwnName, namesUnder } from "./checkpoint-names.ts";

/** Commits by name. */
export type Refs = ReadonlyMap<string, string>;

/** A git whose names are as Onward left them. */
export interface MendedGit extends Git {
  /** Of the project's checkpoints, and the branches, as they were when it was opened. */
  readonly refs: Refs;
}

interface RefRecord {
  /** What HEAD holds: `ref: refs/heads/main`, or a commit. */
  readonly head: string;
  readonly refs: Refs;
}

/**
 * Opens git, and puts back what has been lost since: checkpoints that are gone or were made to mean something
 * else; the branches only when not one is left, because deleting a branch is anybody's right.
 */
export async function openMended(dir: string): Promise<MendedGit> {
  const record = readRecord(dir);
  if (record !== null) mendDirectory(dir, record);
  const git = await openGit(dir);
  const refs = await readRefs(git);
  const lost = record === null ? [] : await existingAmong(git, lostSince(record, refs, git));
  if (lost.length > 0) {
    const updates = lost.map(([name, commit]) => `update ${name} ${commit}\n`).join("");
    await git.run(["update-ref", "--stdin"], { input: updates, writes: true });
  }
  return { ...git, refs: new Map([...refs, ...lost]) };
}

/** Called after every change of them, with all of them. */
export async function recordRefs(git: Git, dir: string, refs: Refs): Promise<void> {
  const head = readFileSync(join(git.repository.gitDir, "HEAD"), "utf8").trim();
  const lines = [...refs].map(([name, commit]) => `${commit} ${name}`);
  await ensureStateDirectory(dir);
  // It is there against what a session deletes; after a power cut an older one, or none, puts less back.
  await atomicWrite(recordFile(dir), `${[head, ...lines].join("\n")}\n`, { durable: false });
}

type Named = readonly (readonly [name: string, commit: string])[];

function lostSince(record: RefRecord, now: Refs, { repository }: Git): Named {
  const branchesLost = ![...now.keys()].some(isBranch);
  return [...record.refs].filter(([name, commit]) =>
    isBranch(name) ? branchesLost : isOwnName(repository, name) && now.get(name) !== commit,
  );
}

const isBranch = (name: string) => name.startsWith("refs/heads/");

const recordFile = (dir: string) => join(statePaths(dir).root, "refs");

function readRecord(dir: string): RefRecord | null {
  try {
    const [head = "", ...lines] = readFileSync(recordFile(dir), "utf8").split("\n");
    return { head, refs: parseRefs(lines) };
  } catch {
    return null;
  }
}

async function readRefs(git: Git): Promise<Refs> {
  const { repository } = git;
  const args = ["for-each-ref", "--format=%(objectname) %(refname)", namesUnder(repository), "refs/heads"];
  const refs = parseRefs((await git.run(args)).split("\n"));
  return new Map([...refs].filter(([name]) => isBranch(name) || isOwnName(repository, name)));
}

function parseRefs(lines: readonly string[]): Refs {
  const named = lines.filter((line) => line !== "").map((line) => [line, line.indexOf(" ")] as const);
  return new Map(named.map(([line, space]) => [line.slice(space + 1), line.slice(0, space)]));
}

/** Without `refs/` and HEAD git does not take it for a repository at all. */
function mendDirectory(dir: string, record: RefRecord): void {
  for (let at = dir; ; at = dirname(at)) {
    const gitDir = join(at, ".git");
    const objects = look(join(gitDir, "objects"));
    if (objects?.isDirectory() === true) {
      mkdirSync(join(gitDir, "refs"), { recursive: true });
      try {
        writeFileSync(join(gitDir, "HEAD"), `${record.head}\n`, { flag: "wx" });
      } catch {
        // It is there, as nearly always; or git will say what is wrong with it.
      }
      return;
    }
    if (objects !== null || dirname(at) === at || look(gitDir) !== null) return;
  }
}

function look(path: string): Stats | null {
  try {
    return statSync(path);
  } catch {
    return null;
  }
}

/** A commit that a collection of garbage has taken cannot be named again. */
async function existingAmong(git: Git, refs: Named): Promise<Named> {
  if (refs.length === 0) return [];
  const input = refs.map(([, commit]) => `${commit}\n`).join("");
  const answers = (await git.run(["cat-file", "--batch-check=%(objecttype)"], { input })).split("\n");
  return refs.filter((_, index) => answers[index] === "commit");
}
