import { type Git, openGitToRead } from "./git.ts";

export interface CommitLine {
  readonly hash: string;
  readonly subject: string;
}

/** The last commits of the branch, newest first; none in a repository without commits. */
export async function recentCommits(dir: string, count: number): Promise<readonly CommitLine[]> {
  const git = await openGitToRead(dir);
  const show = ["log", `--max-count=${count}`, "--no-show-signature", "--no-color", "--format=%H %s"];
  // 128: there is no commit, or none to be read, which is not for those to say who only want to look.
  const log = await git.run(show, { accept: [0, 128] });
  return log
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => ({ hash: line.slice(0, line.indexOf(" ")), subject: line.slice(line.indexOf(" ") + 1) }));
}

/** The subjects of the branch's commits that `since` does not hold, newest first; none where that is lost. */
export async function subjectsSince(dir: string, since: string, count: number): Promise<readonly string[]> {
  const git = await openGitToRead(dir);
  const range = ["HEAD", "--not", since, "--"];
  const log = await git.run(
    ["log", `--max-count=${count}`, "--no-show-signature", "--no-color", "--format=%s", ...range],
    { accept: [0, 128] },
  );
  return log.split("\n").filter((line) => line !== "");
}

/** The branch's head, null in a repository without commits. */
export async function headOf(git: Git): Promise<string | null> {
  const found = await git.run(["rev-parse", "--verify", "--quiet", "HEAD^{commit}"], { accept: [0, 1] });
  return found.trim() || null;
}

/** How many commits `now` has that `then` has not. */
export async function commitsSince(git: Git, then: string | null, now: string | null): Promise<number> {
  if (now === null || now === then) return 0;
  const range = then === null ? [now] : [now, `^${then}`];
  return Number(await git.run(["rev-list", "--count", ...range]));
}

/**
 * Whether git has an object of exactly this content: as it was committed, staged or stashed, on whatever branch.
 * A checkout may have given it the line ends of another system.
 */
export async function isHeldByGit(dir: string, text: string): Promise<boolean> {
  const git = await openGitToRead(dir);
  for (const input of new Set([text, text.replaceAll("\r\n", "\n")])) {
    const object = (await git.run(["hash-object", "--stdin", "--no-filters"], { input })).trim();
    const found = await git.run(["cat-file", "--batch-check"], { input: `${object}\n` });
    if (!found.trim().endsWith("missing")) return true;
  }
  return false;
}

/** The branch's head, and which branch that is: null for a detached one. */
export async function headAndBranch(git: Git): Promise<{ head: string | null; branch: string | null }> {
  const both = ["rev-parse", "HEAD^{commit}", "--symbolic-full-name", "HEAD"];
  const [head = "", name = ""] = (await git.run(both, { accept: [0, 128] })).split("\n");
  if (name !== "") return { head, branch: name === "HEAD" ? null : name };
  // A branch without a commit has a name all the same.
  const unborn = await git.run(["symbolic-ref", "--quiet", "HEAD"], { accept: [0, 1] });
  return { head: null, branch: unborn.trim() || null };
}
