import { execFileSync } from "node:child_process";
import { readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it, vi } from "vitest";
import { commitOwnFiles } from "../../../src/project/git/own-commit.ts";
import { git, repository, scratch, write } from "../scratch.ts";

const own = ["feature_list.json", "claude-progress.txt"];
const commit = (dir: string) => commitOwnFiles(dir, own, "Session 7\n\nTwo features.");
const committed = (dir: string) => git(dir, "show", "--name-only", "--format=", "HEAD").split("\n");

afterEach(() => {
  vi.unstubAllEnvs();
});

describe("commitOwnFiles", () => {
  it("commits new and changed ones alone, and leaves what else is staged as it is", async () => {
    const dir = repository({ "a.txt": "a\n", "feature_list.json": "[]\n" });
    write(dir, {
      "a.txt": "changed\n",
      "b.txt": "b\n",
      "feature_list.json": "[1]\n",
      "claude-progress.txt": "n\n",
    });
    git(dir, "add", "a.txt");
    expect(await commit(dir)).toEqual({ type: "committed" });
    expect(committed(dir)).toEqual(["claude-progress.txt", "feature_list.json"]);
    expect(git(dir, "log", "-1", "--format=%B")).toBe("Session 7\n\nTwo features.");
    expect(git(dir, "status", "--porcelain")).toBe("M  a.txt\n?? b.txt");
    expect(await commit(dir)).toEqual({ type: "unchanged" });
  });

  it("makes the first commit of a repository, and works below its top", async () => {
    const dir = scratch();
    git(dir, "init", "-q");
    expect(await commit(dir)).toEqual({ type: "unchanged" });
    write(dir, { "feature_list.json": "[]\n", "a.txt": "a\n" });
    expect(await commit(dir)).toMatchObject({ type: "committed" });
    expect(committed(dir)).toEqual(["feature_list.json"]);
    write(dir, { "app/feature_list.json": "[]\n" });
    expect(await commit(join(dir, "app"))).toMatchObject({ type: "committed" });
    expect(committed(dir)).toEqual(["app/feature_list.json"]);
  });

  it("commits as the person, or as Onward where nobody said who they are", async () => {
    const dir = repository();
    const author = () => git(dir, "log", "-1", "--format=%an <%ae>, %cn <%ce>");
    for (const name of ["AUTHOR_NAME", "AUTHOR_EMAIL", "COMMITTER_NAME", "COMMITTER_EMAIL"]) {
      vi.stubEnv(`GIT_${name}`, undefined);
    }
    vi.stubEnv("GIT_CONFIG_GLOBAL", "/dev/null");
    vi.stubEnv("GIT_CONFIG_NOSYSTEM", "1");
    write(dir, { "feature_list.json": "[1]\n" });
    await commit(dir);
    expect(author()).toBe("Onward <onward@localhost>, Onward <onward@localhost>");
    git(dir, "config", "user.name", "Grace");
    git(dir, "config", "user.email", "grace@localhost");
    write(dir, { "feature_list.json": "[2]\n" });
    await commit(dir);
    expect(author()).toBe("Grace <grace@localhost>, Grace <grace@localhost>");
  });

  it("does not write its message through a link", async () => {
    const dir = repository();
    write(dir, { "feature_list.json": "[]\n", mine: "mine\n" });
    rmSync(join(dir, ".git", "COMMIT_EDITMSG"), { force: true });
    symlinkSync("../mine", join(dir, ".git", "COMMIT_EDITMSG"));
    expect(await commit(dir)).toMatchObject({ type: "committed" });
    expect(readFileSync(join(dir, "mine"), "utf8")).toBe("mine\n");
  });

  it("leaves ignored files out", async () => {
    const dir = repository({ ".gitignore": "claude-progress.txt\n" });
    write(dir, { "claude-progress.txt": "n\n" });
    expect(await commit(dir)).toEqual({ type: "unchanged" });
    write(dir, { "feature_list.json": "[]\n" });
    expect(await commit(dir)).toMatchObject({ type: "committed" });
    expect(committed(dir)).toEqual(["feature_list.json"]);
  });

  it("refuses quietly in the middle of a merge, and where git's index is locked or damaged", async () => {
    const dir = repository();
    git(dir, "checkout", "-q", "-b", "side");
    write(dir, { "a.txt": "side\n" });
    git(dir, "commit", "-q", "-am", "side");
    git(dir, "checkout", "-q", "main");
    write(dir, { "a.txt": "main\n" });
    git(dir, "commit", "-q", "-am", "main");
    const head = git(dir, "rev-parse", "HEAD");
    expect(() => git(dir, "merge", "side")).toThrow();
    write(dir, { "feature_list.json": "[]\n" });
    expect(await commit(dir)).toEqual({ type: "refused", reason: "a merge is under way" });
    git(dir, "merge", "--abort");
    writeFileSync(join(dir, ".git", "index.lock"), "");
    expect(await commit(dir)).toMatchObject({
      type: "refused",
      reason: expect.stringContaining("index.lock"),
    });
    rmSync(join(dir, ".git", "index.lock"));
    expect(git(dir, "rev-parse", "HEAD")).toBe(head);
    expect(await commit(dir)).toMatchObject({ type: "committed" });
    execFileSync("sh", ["-c", "echo garbage > .git/index"], { cwd: dir });
    expect(await commit(dir)).toMatchObject({ type: "refused" });
  });
});
