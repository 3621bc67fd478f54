import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readdir } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { finalPassOf } from "../src/core/final-pass.ts";
import { newAgentSessionId, newSessionMarker } from "../src/core/ids.ts";
import { detectSessionType, inspectProject } from "../src/inspect.ts";
import { readFeatureList } from "../src/project/feature-list.ts";
import { ensureRepository } from "../src/project/git.ts";
import { workTree } from "../src/project/work-tree.ts";
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
    {
      await using history = await project.history();
      const tree = finalPassOf(await workTree(project.dir), "checks");
      await history.give({
        type: "surveyed",
        survey: { list: await validList(), tree },
        agentSessionId: newAgentSessionId(randomUUID()),
        marker: newSessionMarker(randomUUID()),
        chance: 0,
      });
      await history.give({ type: "gate-ended", results: [], regressed: [] });
    }
    expect(await detect()).toEqual({
      sessionType: "none",
      state: "complete",
      reason: "every feature passes, verified",
    });
    await project.write("changed.txt", "since then");
    expect(await detect()).toMatchObject({ sessionType: "none", state: "in-progress" });
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
