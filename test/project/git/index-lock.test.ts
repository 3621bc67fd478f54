import { existsSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { uptime } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { isIndexFree } from "../../../src/project/git/index-lock.ts";
import { commitOwnFiles } from "../../../src/project/git/own-commit.ts";
import { git, repository, write } from "../scratch.ts";

function lockedRepository(madeAt: number): { dir: string; gitDir: string; lock: string } {
  const dir = repository();
  const gitDir = join(dir, ".git");
  const lock = join(gitDir, "index.lock");
  writeFileSync(lock, "");
  utimesSync(lock, madeAt / 1000, madeAt / 1000);
  return { dir, gitDir, lock };
}

const boot = Date.now() - uptime() * 1000;
const hour = 3_600_000;

test("a lock from before the machine started is a power cut's: it is removed, and the commit is made", async () => {
  const { dir, lock } = lockedRepository(boot - hour);
  write(dir, { "feature_list.json": "[]\n" });
  expect(await commitOwnFiles(dir, ["feature_list.json"], "list")).toMatchObject({ type: "committed" });
  expect(existsSync(lock)).toBe(false);
});

test("any other may be somebody's: it is left alone, and what to do is said", async () => {
  const { dir, lock } = lockedRepository(Math.max(boot + 1000, Date.now() - hour));
  write(dir, { "feature_list.json": "[]\n" });
  expect(await commitOwnFiles(dir, ["feature_list.json"], "list")).toMatchObject({
    type: "refused",
    reason: expect.stringContaining("remove .git/index.lock"),
  });
  expect(existsSync(lock)).toBe(true);
  expect(git(dir, "ls-files", "feature_list.json")).toBe("");
});

test("a git at work is waited for", async () => {
  const { gitDir, lock } = lockedRepository(Date.now());
  const free = isIndexFree(gitDir);
  setTimeout(() => rmSync(lock), 150);
  expect(await free).toBe(true);
});
