import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { sqliteJournal } from "../../src/journals/sqlite.ts";
import { statePaths } from "../../src/project/paths.ts";
import { onward } from "./onward.ts";
import { fiveFeatures, hold, type MadeProject, makeProject } from "./project.ts";

let project: MadeProject;
beforeEach(async () => {
  project = await makeProject();
  await project.list(fiveFeatures);
});
afterEach(() => project[Symbol.asyncDispose]());

describe("stop", () => {
  it("says that nothing runs, and leaves nothing behind", async () => {
    expect(await onward(["stop", project.dir])).toEqual({
      code: 0,
      stdout: "",
      stderr: "nothing runs here\n",
    });
    {
      await using _history = await project.history();
    }
    expect(await onward(["stop", project.dir, "--quiet"])).toEqual({ code: 0, stdout: "", stderr: "" });
    await using journal = await sqliteJournal({ file: statePaths(project.dir).journal });
    expect(await journal.waitingCommands()).toEqual([]);
  });

  it("asks the living manager, and waits until it has ended", async () => {
    {
      await using _history = await project.history();
    }
    const held = await hold(project.dir);
    let ended = false;
    const stopping = onward(["stop", project.dir]).finally(() => {
      ended = true;
    });
    await using journal = await sqliteJournal({ file: statePaths(project.dir).journal });
    let commands = await journal.waitingCommands();
    while (commands.length === 0) {
      expect(ended).toBe(false);
      await sleep(20);
      commands = await journal.waitingCommands();
    }
    expect(commands).toMatchObject([{ command: { type: "stop" } }]);
    expect(ended).toBe(false);
    await held[Symbol.asyncDispose]();
    const { code, stderr } = await stopping;
    expect(code).toBe(0);
    expect(stderr).toMatch(
      new RegExp(
        `asked the run \\(process ${process.pid} on here, another container or machine\\) to stop[^]*stopped, state saved`,
      ),
    );
  });
});
