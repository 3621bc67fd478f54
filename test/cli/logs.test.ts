import { appendFile } from "node:fs/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { sessionFiles } from "../../src/loop/session-files.ts";
import { statePaths } from "../../src/project/paths.ts";
import { onward, start } from "./onward.ts";
import { fiveFeatures, hold, type MadeProject, makeProject, writeTranscript } from "./project.ts";

let project: MadeProject;
beforeEach(async () => {
  project = await makeProject();
  await project.list(fiveFeatures);
});
afterEach(() => project[Symbol.asyncDispose]());

/** Messages as the Claude Agent SDK gives them. */
const init = { type: "system", subtype: "init", model: "claude-sonnet", cwd: "/p" };
const says = (text: string) => ({
  type: "assistant",
  message: { role: "assistant", content: [{ type: "text", text }] },
});
const calls = (name: string, input: object) => ({
  type: "assistant",
  message: { content: [{ type: "tool_use", id: "t", name, input }] },
});
const answers = (content: unknown, is_error = false) => ({
  type: "user",
  message: { content: [{ type: "tool_result", tool_use_id: "t", content, is_error }] },
});
const result = {
  type: "result",
  subtype: "success",
  is_error: false,
  num_turns: 3,
  total_cost_usd: 0.125,
  duration_ms: 61_000,
};

describe("logs", () => {
  it("are readable: what was said, called, answered, and how it ended", async () => {
    {
      await using history = await project.history();
      await history.session({});
    }
    const long = Array.from({ length: 20 }, (_, line) => `line ${line}`).join("\n");
    await writeTranscript(project.dir, 1, [
      init,
      says("I look around.\n  Then\tI build."),
      calls("Bash", { command: "npm test\n--watch", description: "d" }),
      answers([{ type: "text", text: long }]),
      calls("Edit", { file_path: "/p/a.ts", old_string: "x" }),
      answers("denied by the guard", true),
      { type: "something-new", field: 1 },
      { type: "onward", note: "limit reached: 7 messages left out" },
      says("\u001b]0;owned\u0007done"),
      result,
    ]);
    const { code, stdout } = await onward(["logs", project.dir]);
    expect(code).toBe(0);
    expect(stdout).toBe(
      [
        "session 1",
        "── claude-sonnet in /p",
        "",
        "I look around.",
        "  Then  I build.",
        "▸ Bash npm test --watch",
        ...["line 0", "line 1", "line 2", "line 3", "line 4", "line 5"].map((line) => `  ${line}`),
        "  … 14 more lines",
        "▸ Edit /p/a.ts",
        "  denied by the guard",
        "(limit reached: 7 messages left out)",
        "",
        "]0;owneddone",
        "",
        "■ success 3 turns · $0.13 · 1m 01s",
        "",
      ].join("\n"),
    );
  });

  it("are given raw, and of any session", async () => {
    {
      await using history = await project.history();
      await history.session({});
      await history.session({});
    }
    await writeTranscript(project.dir, 1, [init, says("first")]);
    await writeTranscript(project.dir, 2, [says("second")]);
    const { stdout } = await onward(["logs", project.dir, "--session", "1", "--raw"]);
    expect(stdout).toBe(`${JSON.stringify(init)}\n${JSON.stringify(says("first"))}\n`);
    expect((await onward(["logs", project.dir])).stdout).toContain("second");
    const { code, stderr } = await onward(["logs", project.dir, "--session", "3"]);
    expect([code, stderr]).toEqual([2, expect.stringContaining("There is no session 3.")]);
  });

  it("wait for the first session where a manager is there to start one", async () => {
    const history = await project.history();
    const held = await hold(project.dir);
    const child = start(["logs", project.dir, "--follow", "--raw"]);
    // It may as well look for the first time afterwards; mostly it has by now.
    await new Promise((resolve) => setTimeout(resolve, 400));
    await writeTranscript(project.dir, 1, [says("the first words")]);
    await history.begin();
    await history[Symbol.asyncDispose]();
    await held[Symbol.asyncDispose]();
    let seen = "";
    for await (const chunk of child.stdout.setEncoding("utf8")) seen += chunk;
    expect(seen).toBe(`${JSON.stringify(says("the first words"))}\n`);
  });

  it("follow the agent from session to session, and end with the manager", async () => {
    const history = await project.history();
    await history.begin();
    await writeTranscript(project.dir, 1, [says("one")]);
    const held = await hold(project.dir);
    const child = start(["logs", project.dir, "--follow"]);
    child.stdout.setEncoding("utf8");
    let seen = "";
    const until = async (text: string) => {
      for await (const chunk of child.stdout.iterator({ destroyOnReturn: false })) {
        seen += chunk;
        if (seen.includes(text)) return;
      }
      throw new Error(`it ended without "${text}": ${seen}`);
    };

    await until("one");
    await appendFile(
      sessionFiles(statePaths(project.dir), 1).transcript,
      `${JSON.stringify(says("two, written later"))}\n`,
    );
    await until("two, written later");
    await history.exit({});
    await writeTranscript(project.dir, 2, [says("three")]);
    await history.begin();
    await until("three");
    await history[Symbol.asyncDispose]();
    await held[Symbol.asyncDispose]();
    for await (const chunk of child.stdout) seen += chunk;
    expect(seen.match(/session \d/g)).toEqual(["session 1", "session 2"]);
    expect(seen.match(/three/g)).toHaveLength(1);
  });
});
