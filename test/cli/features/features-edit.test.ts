import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { sqliteJournal } from "../../../src/journals/sqlite.ts";
import { statePaths } from "../../../src/project/paths.ts";
import { json, onward } from "../onward.ts";
import { fiveFeatures, hold, type MadeProject, makeProject } from "../project.ts";

let project: MadeProject;
beforeEach(async () => {
  project = await makeProject();
  await project.list(fiveFeatures);
});
afterEach(() => project[Symbol.asyncDispose]());

const listNow = () => project.read("feature_list.json");
const features = (...args: readonly string[]) => onward(["features", ...args, "--dir", project.dir]);
const waiting = async () => {
  await using journal = await sqliteJournal({ file: statePaths(project.dir).journal });
  return (await journal.waitingCommands()).map(({ command }) => command);
};

describe("where no session is at work", () => {
  it("adds, edits and puts elsewhere, at once and byte for byte", async () => {
    const before = await listNow();
    const step = ["--step", "hide one", "--step", "see that it is gone"];
    const flags = [
      "--description",
      "Finished tasks hide",
      ...step,
      "--depends-on",
      "done",
      "--priority",
      "2",
    ];
    expect(await features("add", ...flags, "--category", "cli")).toEqual({
      code: 0,
      stdout: "add finished-tasks-hide: done\n",
      stderr: "",
    });
    const added = {
      ...{ id: "finished-tasks-hide", category: "cli", description: "Finished tasks hide" },
      ...{ steps: ["hide one", "see that it is gone"], passes: false, priority: 2, dependsOn: ["done"] },
    };
    const all = JSON.parse(await listNow()) as unknown[];
    expect(all).toEqual([...fiveFeatures, added]);
    expect((await listNow()).startsWith(before.slice(0, -"\n]\n".length))).toBe(true);

    expect((await features("edit", "finished-tasks-hide", "--priority", "", "--category", "")).code).toBe(0);
    expect((await features("reprioritise", "lock", "first")).stdout).toBe("reprioritise lock: done\n");
    expect((await features("reprioritize", "add", "last")).code).toBe(0);
    const rows = (await json(["features", project.dir])) as { id: string; priority: number | null }[];
    expect(rows.map(({ id, priority }) => [id, priority])).toEqual([
      ["list", null],
      ["done", null],
      ["save", null],
      ["lock", 1],
      ["finished-tasks-hide", null],
      ["add", null],
    ]);
  });

  it("takes features from a file or from standard input, all or none", async () => {
    const two = JSON.stringify([{ description: "One more thing" }, { id: "z", description: "And another" }]);
    const args = ["features", "add", "--from", "-", "--json", "--dir", project.dir];
    const answer = await onward(args, { input: two });
    expect(JSON.parse(answer.stdout)).toEqual({
      ...{ state: "applied", unpassed: [], refused: [] },
      edits: [
        { type: "add", featureId: "one-more-thing" },
        { type: "add", featureId: "z" },
      ],
    });
    const before = await listNow();
    const half = JSON.stringify([{ description: "Fine" }, { id: "z", description: "Taken" }]);
    expect(await onward(args, { input: half })).toMatchObject({ code: 2, stdout: "" });
    expect(await listNow()).toBe(before);
  });

  it("says that a feature which passed has to prove itself again, and shows it so", async () => {
    {
      await using history = await project.history();
      await history.session({ passed: ["add"] });
    }
    expect((await features("edit", "add", "--step", "add two")).stdout).toMatch("prove itself again");
    const [add] = (await json(["features", project.dir])) as { passes: boolean; verified: boolean }[];
    expect(add).toMatchObject({ passes: false, verified: false });
  });

  it.each([
    [["edit", "ad", "--category", "x"], "There is no feature ad.", "Did you mean add?"],
    [["edit", "add"], "Nothing was said", "--step"],
    [["edit", "add", "--description", " "], "needs a description", ""],
    [["edit", "add", "--depends-on", "add"], "would wait for itself", ""],
    [["add"], "needs at least a description", "For example"],
    [["add", "--description", "Add a task"], "add already has this description", ""],
    [["add", "--description", "x", "--id", "add"], "There is already a feature add.", ""],
    [["add", "--description", "x", "--depends-on", "y"], "there is no such feature", ""],
    [["add", "--description", "x", "--priority", "high"], "must be a number", ""],
    [["add", "--from", "missing.json"], "missing.json cannot be read (ENOENT)", ""],
    [["add", "--from", "-", "--id", "x"], "not with both", ""],
    [["reprioritise", "add", "soon"], "a number such as 1, first or last", ""],
    [["reprioritise", "adds", "1"], "There is no feature adds.", "Did you mean add?"],
  ])("%j: refused, and nothing is written", async (args, message, hint) => {
    const before = await listNow();
    const { code, stderr } = await onward(["features", ...args, "--dir", project.dir], { input: "[]" });
    expect({ code, stderr }).toMatchObject({ code: 2, stderr: expect.stringContaining(message) });
    expect(stderr).toContain(hint);
    expect(await listNow()).toBe(before);
  });

  it.each([
    ["{", 2, "is not JSON"],
    ['[{"description": "x", "step": ["y"]}]', 2, 'Did you mean "steps"?'],
    ['[{"description": "x", "passes": true}]', 2, "found out"],
    ["[]", 2, "holds no features"],
  ])("refuses %s as features to add", async (input, code, message) => {
    const answer = await onward(["features", "add", "--from", "-", "--dir", project.dir], { input });
    expect(answer).toMatchObject({ code, stderr: expect.stringContaining(message) });
  });

  it("does not touch a damaged list, nor write a first one", async () => {
    await project.write("feature_list.json", "[{");
    expect(await features("add", "--description", "x y")).toMatchObject({ code: 4 });
    expect(await listNow()).toBe("[{");
    const bare = await makeProject();
    await using _ = bare;
    const answer = await onward(["features", "add", "--description", "x y", "--dir", bare.dir]);
    expect(answer).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("There is no feature_list.json"),
    });
  });

  it("is not for agents", async () => {
    const env = { ONWARD_SESSION: "ses_000000000000" };
    const args = ["features", "edit", "add", "--verify", "true", "--dir", project.dir];
    expect(await onward(args, { env })).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("by people"),
    });
  });
});

describe("while a session is at work", () => {
  it("waits in the inbox of the manager, and counts for what is asked next", async () => {
    {
      await using history = await project.history();
      await history.begin();
    }
    await using _held = await hold(project.dir);
    const before = await listNow();
    const added = await features("add", "--description", "One more thing", "--id", "more");
    expect(added).toMatchObject({ code: 0, stdout: "add more: queued; applied when session 1 ends\n" });
    expect((await features("edit", "more", "--category", "cli")).code).toBe(0);
    expect(await features("add", "--description", "x y", "--id", "more")).toMatchObject({ code: 2 });
    expect(await waiting()).toMatchObject([
      { type: "edit-list", edit: { type: "add", id: "more" } },
      { type: "edit-list", edit: { type: "edit", id: "more", fields: { category: "cli" } } },
    ]);
    expect(await listNow()).toBe(before);
  });

  it("waits in the journal when that session's manager has died: settling would undo it", async () => {
    {
      await using history = await project.history();
      await history.begin();
    }
    const before = await listNow();
    const { stdout } = await features("reprioritise", "lock", "1");
    expect(stdout).toBe("reprioritise lock: queued; applied once `onward run` has settled session 1\n");
    expect(await listNow()).toBe(before);
    expect(await waiting()).toEqual([]);
    expect((await features("edit", "lock", "--category", "x")).stdout).toMatch("queued");
  });

  it("what waits is made by the next of these commands, when no session is left", async () => {
    {
      await using history = await project.history();
      await history.session({ passed: ["add"] });
    }
    {
      await using _held = await hold(project.dir);
      const { stdout } = await features("edit", "list", "--category", "x");
      expect(stdout).toBe("edit list: queued; applied before the next session\n");
    }
    expect((await features("edit", "done", "--category", "y")).code).toBe(0);
    const rows = (await json(["features", project.dir])) as { id: string; category: string }[];
    expect(rows.slice(1, 3).map(({ category }) => category)).toEqual(["x", "y"]);
    expect(await waiting()).toEqual([]);
  });
});

describe("what people did to the list is shown", () => {
  it("with the session that came after it; a word of theirs is no verdict", async () => {
    {
      await using history = await project.history();
      await history.session({ passed: ["add", "list"] });
      const change = { added: [], removed: ["old"], edited: ["list"], passing: ["save"], failing: [] };
      await history.give({
        type: "list-changed",
        change: { ...change, reordered: true, more: 0 },
        digest: "d",
      });
      await history.session({});
    }
    expect((await onward(["show", "2", "--dir", project.dir])).stdout).toMatch(
      /people changed the feature list\n.*removed old; edited list; set to passing \(unverified\) save; reordered/,
    );
    expect(await json(["show", "2", "--dir", project.dir])).toMatchObject({
      listChanges: [{ removed: ["old"], edited: ["list"], at: expect.stringMatching(/^20/) }],
    });
    expect(await json(["status", project.dir])).toMatchObject({ features: { passing: 2, verified: 1 } });
  });

  it("in the history of each feature and in the report: who, when, and what decides it now", async () => {
    const commands = [{ featureId: "list", from: "npm test", to: "true" }];
    {
      await using history = await project.history();
      await history.session({ passed: ["add", "list"] });
      const change = { added: [], removed: ["old"], edited: ["list"], passing: ["list"], failing: [] };
      await history.give({
        type: "list-changed",
        change: { ...change, reordered: false, more: 0, commands },
        digest: "d",
      });
      await history.session({});
    }
    expect((await features("show", "list")).stdout).toMatch(
      /#1 {2}edited and set to passing by hand, between sessions 1 and 2; decided by `true`, before by `npm test`/,
    );
    expect(await json(["features", "show", "list", "--dir", project.dir])).toMatchObject({
      changes: [{ how: "hand", session: 1, askedDuring: null, command: { from: "npm test", to: "true" } }],
    });
    expect(await features("show", "old")).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("any more: it was removed by hand after session 1"),
    });
    const { stdout } = await onward(["report", "--dir", project.dir]);
    expect(stdout).toContain("What counts as done was changed from outside the sessions");
    expect(stdout).toMatch(/## The list, changed from outside\n\n- .* by hand: removed old; edited list/);
    expect(stdout).toMatch(/- .* list is decided by .*true.*npm test/);
  });
});
