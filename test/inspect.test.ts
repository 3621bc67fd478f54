import { execFileSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { existsSync, lstatSync } from "node:fs";
import { chmod, mkdir, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { finalPassOf } from "../src/core/final-pass.ts";
import { newAgentSessionId, newSessionMarker } from "../src/core/ids.ts";
import { detectSessionType, inspectProject } from "../src/inspect.ts";
import { ensureRepository } from "../src/project/git/git.ts";
import { workTree } from "../src/project/git/work-tree.ts";
import { readFeatureList } from "../src/project/list/feature-list.ts";
import { onward } from "./cli/onward.ts";
import { fiveFeatures, hold, type MadeProject, makeProject } from "./cli/project.ts";

let project: MadeProject;
beforeEach(async () => {
  project = await makeProject();
});
afterEach(() => project[Symbol.asyncDispose]());

const detect = async () => {
  const { sessionType, state, reason } = await inspectProject(project.dir);
  return { sessionType, state, reason };
};
const validList = async () => {
  const list = await readFeatureList(project.dir);
  if (list.type !== "valid") throw new Error(`the list is ${list.type}`);
  return list;
};
/** As a run would have ended that has just checked everything. */
const passFinally = async () => {
  await using history = await project.history();
  const surveyed = {
    survey: { list: await validList(), finalPass: finalPassOf(await workTree(project.dir), "checks") },
    agentSessionId: newAgentSessionId(randomUUID()),
    marker: newSessionMarker(randomUUID()),
    chance: 0,
  };
  await history.give({ type: "surveyed", ...surveyed });
  await history.give({ type: "gate-ended", results: [], regressed: [] });
  await history.give({ type: "surveyed", ...surveyed });
};
/** By what would differ if one were written anew; without the files that SQLite needs to read its own. */
const everyFile = async (dir: string) => {
  const entries = await readdir(dir, { recursive: true });
  const read = entries.filter((name) => !/journal\.db-(shm|wal)$/.test(name));
  return read.sort().map((name) => {
    const { ino, size } = lstatSync(join(dir, name));
    return `${name} ${ino} ${size}`;
  });
};
const passing = fiveFeatures.map((feature) => ({ ...feature, passes: true }));

describe("detection", () => {
  it("says init where there is no list, and leaves nothing behind", async () => {
    expect(await detect()).toEqual({
      sessionType: "init",
      state: "new",
      reason: "there is no feature_list.json",
    });
    expect(await detectSessionType(project.dir)).toBe("init");
    expect(await readdir(project.dir)).toEqual([]);
  });

  it("still says init after sessions that left no list", async () => {
    {
      await using history = await project.history();
      await history.session({});
    }
    expect(await detect()).toMatchObject({ sessionType: "init", state: "new" });
    expect((await detect()).reason).toContain("after 1 session");
  });

  it("says continue, and with what, where a feature does not pass", async () => {
    await project.list([{ ...fiveFeatures[0], passes: true }, ...fiveFeatures.slice(1)]);
    expect(await detect()).toEqual({
      sessionType: "continue",
      state: "in-progress",
      reason: "4 of 5 features do not pass; next is list",
    });
    expect(await detectSessionType(project.dir)).toBe("continue");
    expect(existsSync(join(project.dir, ".onward"))).toBe(false);
  });

  it("says complete where all pass and nothing could verify", async () => {
    await project.list(passing);
    expect(await detect()).toMatchObject({ sessionType: "none", state: "complete" });
    expect(await detectSessionType(project.dir)).toBe("continue");
  });

  it.each([
    [
      "a verification command",
      async () => project.write("onward.config.json", '{"verify":{"command":"true"}}'),
    ],
    ["a feature's own", async () => project.list(passing.map((feature) => ({ ...feature, verify: "true" })))],
  ])("wants the final verification first where there is %s (F5)", async (_, configure) => {
    await project.list(passing);
    await configure();
    expect(await detect()).toEqual({
      sessionType: "none",
      state: "in-progress",
      reason: "every feature passes; the final verification comes first",
    });
  });

  it("says complete where the journal holds a final pass for just this tree (F5)", async () => {
    await ensureRepository(project.dir);
    await project.list(passing);
    await project.write("onward.config.json", '{"verify":{"command":"true"}}');
    await passFinally();
    expect(await detect()).toEqual({
      sessionType: "none",
      state: "complete",
      reason: "every feature passes, verified",
    });
    await project.write("changed.txt", "since then");
    expect(await detect()).toMatchObject({ sessionType: "none", state: "in-progress" });
  });

  describe("of a complete and verified project", () => {
    beforeEach(async () => {
      await ensureRepository(project.dir);
      await project.list(passing);
      await project.write("onward.config.json", '{"verify":{"command":"true"}}');
      await passFinally();
    });

    it("says complete and writes nothing, whatever has changed", async () => {
      await project.write("untracked.txt", "since then");
      const before = await everyFile(project.dir);
      expect(await detect()).toMatchObject({ sessionType: "none", state: "in-progress" });
      expect(await everyFile(project.dir)).toEqual(before);
    });

    it("says the same to who may not write there", async () => {
      const shown = ["-R", "a+rX,a-w", project.dir];
      execFileSync("chmod", shown);
      try {
        for (const command of ["status", "detect"]) {
          const { code, stdout, stderr } = await onward([command, project.dir], { asSomebody: true });
          expect([code, stderr]).toEqual([0, ""]);
          expect(stdout).toContain("complete");
        }
      } finally {
        execFileSync("chmod", ["-R", "u+w", project.dir]);
      }
    });

    it.each([
      ["the repository is gone", async () => rm(join(project.dir, ".git"), { recursive: true }), {}],
      ["git is not installed", async () => {}, { PATH: "/nonexistent" }],
      ["the configuration is broken", async () => project.write("onward.config.json", "{"), {}],
    ])("wants the final verification, and tells why it cannot know, where %s", async (_, destroy, env) => {
      await destroy();
      const { code, stdout, stderr } = await onward(["detect", project.dir, "--json"], { env });
      expect([code, stderr]).toEqual([0, ""]);
      expect(JSON.parse(stdout)).toMatchObject({ sessionType: "none", state: "in-progress" });
      expect(stdout).toMatch(
        /verification comes first \(.*(not in a git repository|git is not installed|not JSON)/,
      );
    });

    it("refuses a broken configuration that was named", async () => {
      await project.write("other.json", "{");
      const named = ["--config", join(project.dir, "other.json")];
      expect((await onward(["status", project.dir, ...named])).code).toBe(2);
    });
  });

  it("does not take for absent what may not be looked at", async () => {
    await using held = await hold(project.dir);
    await chmod(join(project.dir, ".onward"), process.getuid?.() === 0 ? 0o700 : 0o000);
    await chmod(project.dir, 0o755);
    for (const command of ["status", "stop", "sessions"]) {
      const { code, stdout, stderr } = await onward([command, project.dir], { asSomebody: true });
      expect([code, stdout]).toEqual([1, ""]);
      expect(stderr).toMatch(
        /\.onward\/(lock|journal)\.db cannot be read \(EACCES\)\.\nhint: Run Onward as the user/,
      );
    }
    await chmod(join(project.dir, ".onward"), 0o700);
    await held[Symbol.asyncDispose]();
  });

  it("says damaged, with the position, and never init", async () => {
    await project.write("feature_list.json", '[{"description": "a", "passes": tru}]');
    const { sessionType, state, reason } = await detect();
    expect([sessionType, state]).toEqual(["none", "damaged"]);
    expect(reason).toMatch(
      /feature_list.json is not JSON: .*line 1, column \d+ \(byte \d+\); there is no good copy/,
    );
    await expect(detectSessionType(project.dir)).rejects.toMatchObject({ code: "feature-list-damaged" });
  });

  it("says that a damaged list is restored where there is a good copy", async () => {
    await mkdir(join(project.dir, ".onward", "snapshots"), { recursive: true });
    await project.write(".onward/snapshots/0003-settled.json", JSON.stringify(fiveFeatures));
    await project.write("feature_list.json", "");
    expect(await detect()).toEqual({
      sessionType: "continue",
      state: "damaged",
      reason: "feature_list.json is empty; the good copy 0003-settled is restored first",
    });
  });

  it("says recovering where a session never ended, but not while its manager lives", async () => {
    await project.list(fiveFeatures);
    {
      await using history = await project.history();
      await history.begin();
    }
    expect(await detect()).toMatchObject({ sessionType: "continue", state: "recovering" });
    await using _held = await hold(project.dir);
    expect(await detect()).toMatchObject({ sessionType: "continue", state: "in-progress" });
    expect((await inspectProject(project.dir)).manager).toMatchObject({
      type: "held",
      owner: { pid: process.pid },
    });
  });

  it("refuses a directory that is not there", async () => {
    const missing = join(project.dir, "missing");
    await expect(inspectProject(missing)).rejects.toMatchObject({ code: "directory-missing" });
    await expect(detectSessionType(missing)).rejects.toMatchObject({ code: "directory-missing" });
  });
});
