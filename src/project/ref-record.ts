/**
 * A copy of the names under `refs/onward/`, and of the branches, in `.onward/refs`, where no agent may write.
 * Names are the weak part of a repository: `rm -rf .git/refs` takes them all, and leaves every object in place.
 */
import { mkdir, readFile, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { atomicWrite } from "./atomic-write.ts";
import { type Git, openGit } from "./git.ts";
import { ensureStateDirectory, statePaths } from "./paths.ts";

interface RefRecord {
  /** What HEAD holds: `ref: refs/heads/main`, or a commit. */
  readonly head: string;
  readonly refs: ReadonlyMap<string, string>;
}

/** Called after every change of them. */
export async function recordRefs(git: Git, dir: string): Promise<void> {
  const head = (await readFile(join(git.repository.gitDir, "HEAD"), "utf8")).trim();
  const refs = [...(await refsNow(git))].map(([name, commit]) => `${commit} ${name}`);
  await ensureStateDirectory(dir);
  await atomicWrite(recordFile(dir), `${[head, ...refs].join("\n")}\n`);
}

/**
 * Puts back what has been lost since: checkpoints that are gone or were made to mean something else; the
 * branches only when not one is left, because deleting a branch is anybody's right. Answers what it put back.
 */
export async function mendRefs(dir: string): Promise<readonly string[]> {
  const record = await readRecord(recordFile(dir));
  if (record === null) return [];
  await mendDirectory(dir, record);
  const git = await openGit(dir);
  const now = await refsNow(git);
  const branchesLost = ![...now.keys()].some(isBranch);
  const lost = [...record.refs].filter(([name, commit]) =>
    isBranch(name) ? branchesLost : now.get(name) !== commit,
  );
  const present = await existingAmong(git, lost);
  if (present.length === 0) return [];
  const updates = present.map(([name, commit]) => `update ${name} ${commit}\n`).join("");
  await git.run(["update-ref", "--stdin"], { input: updates, writes: true });
  return present.map(([name]) => name);
}

const isBranch = (name: string) => name.startsWith("refs/heads/");

const recordFile = (dir: string) => join(statePaths(dir).root, "refs");

async function readRecord(file: string): Promise<RefRecord | null> {
  const text = await readFile(file, "utf8").catch(() => null);
  if (text === null) return null;
  const [head = "", ...lines] = text.split("\n").filter((line) => line !== "");
  return {
    head,
    refs: new Map(lines.map((line) => [line.slice(line.indexOf(" ") + 1), line.slice(0, line.indexOf(" "))])),
  };
}

async function refsNow(git: Git): Promise<ReadonlyMap<string, string>> {
  const args = ["for-each-ref", "--format=%(objectname) %(refname)", "refs/onward", "refs/heads"];
  const lines = (await git.run(args)).split("\n").filter((line) => line !== "");
  return new Map(lines.map((line) => [line.slice(line.indexOf(" ") + 1), line.slice(0, line.indexOf(" "))]));
}

/** Without `refs/` and HEAD git does not take it for a repository at all. */
async function mendDirectory(dir: string, record: RefRecord): Promise<void> {
  for (let at = dir; ; at = dirname(at)) {
    const gitDir = join(at, ".git");
    const objects = await stat(join(gitDir, "objects")).catch(() => null);
    if (objects?.isDirectory() === true) {
      await mkdir(join(gitDir, "refs"), { recursive: true });
      await writeFile(join(gitDir, "HEAD"), `${record.head}\n`, { flag: "wx" }).catch(() => undefined);
      return;
    }
    if (objects !== null || dirname(at) === at || (await stat(gitDir).catch(() => null)) !== null) return;
  }
}

/** A commit that a collection of garbage has taken cannot be named again. */
async function existingAmong(
  git: Git,
  refs: readonly (readonly [name: string, commit: string])[],
): Promise<readonly (readonly [name: string, commit: string])[]> {
  if (refs.length === 0) return [];
  const input = refs.map(([, commit]) => `${commit}\n`).join("");
  const answers = (await git.run(["cat-file", "--batch-check=%(objecttype)"], { input })).split("\n");
  return refs.filter((_, index) => answers[index] === "commit");
}
