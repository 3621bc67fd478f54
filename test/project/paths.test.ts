import { mkdirSync, readFileSync, rmSync, statSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { lastGoodSnapshot, readSnapshot, saveSnapshot } from "../../src/project/list/snapshots.ts";
import { ensureStateDirectory, statePaths } from "../../src/project/paths.ts";
import { git, repository, scratch, write } from "./scratch.ts";

describe("ensureStateDirectory", () => {
  it("makes a private directory that git does not see, also again", async () => {
    const dir = repository();
    const paths = await ensureStateDirectory(dir);
    expect(await ensureStateDirectory(dir)).toMatchObject({ root: paths.root });
    expect(statSync(paths.root).mode & 0o077).toBe(0);
    expect(readFileSync(join(paths.root, ".gitignore"), "utf8")).toBe("*\n");
    write(dir, { ".onward/journal.db": "x" });
    expect(git(dir, "status", "--porcelain")).toBe("");
    expect(paths.session(7)).toBe(join(dir, ".onward", "sessions", "0007"));
  });

  it("refuses a link or a file in its place, and a project that is not there", async () => {
    const dir = scratch();
    mkdirSync(join(dir, "elsewhere"));
    symlinkSync("elsewhere", join(dir, ".onward"));
    await expect(ensureStateDirectory(dir)).rejects.toMatchObject({ code: "directory-not-writable" });
    rmSync(join(dir, ".onward"));
    write(dir, { ".onward": "a file" });
    await expect(ensureStateDirectory(dir)).rejects.toMatchObject({ code: "directory-not-writable" });
    await expect(ensureStateDirectory(join(dir, "no"))).rejects.toMatchObject({ code: "directory-missing" });
  });
});

describe("snapshots", () => {
  const list = (word: string) => `[{"description": "${word}"}]`;

  it("finds the newest good one, stepping over damaged ones", async () => {
    const dir = scratch();
    const paths = await ensureStateDirectory(dir);
    expect(await lastGoodSnapshot(paths)).toBeNull();
    await saveSnapshot(paths, "9999-settled", list("older"));
    await saveSnapshot(paths, "10000-before", list("newer"));
    write(dir, {
      ".onward/snapshots/10000-settled.json": "[{",
      ".onward/snapshots/.10001.json.onward-tmp": "[{",
    });
    expect(await lastGoodSnapshot(paths)).toMatchObject({ key: "10000-before", text: list("newer") });
    expect(await readSnapshot(paths, "9999-settled")).toMatchObject({ features: [{ description: "older" }] });
    expect(await readSnapshot(paths, "10000-settled")).toBeNull();
    expect(await readSnapshot(paths, "10002-before")).toBeNull();
  });

  it("keeps a bounded number, the newest", async () => {
    const paths = await ensureStateDirectory(scratch());
    for (let number = 1; number <= 30; number++) await saveSnapshot(paths, String(number), list(`${number}`));
    expect(await readSnapshot(paths, "20")).toBeNull();
    expect(await readSnapshot(paths, "21")).not.toBeNull();
    expect(await lastGoodSnapshot(paths)).toMatchObject({ key: "30" });
  });

  it("has nothing to say where there is no state", async () => {
    expect(await lastGoodSnapshot(statePaths(scratch()))).toBeNull();
  });
});
