/** The feature tools in the hands of the genuine agent, under the permissions that every session has. */
import { execFileSync } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import type { ScriptedCall, ScriptedTool, Turn } from "../../src/demo/scripted-model.ts";
import { stage } from "./onward.ts";

vi.setConfig({ testTimeout: 60_000 });

const list = JSON.stringify(
  [
    { id: "a", description: "a.txt exists", passes: false, verify: "test -f a.txt" },
    { id: "b", description: "b.txt exists", passes: false, dependsOn: ["a"], verify: "test -f b.txt" },
  ],
  null,
  2,
);

const own = (name: string, input: Readonly<Record<string, string>> = {}): ScriptedTool => ({
  name: `mcp__onward__${name}`,
  input,
});
const write = (path: string, content: string): ScriptedTool => ({
  name: "Write",
  input: { file_path: path, content },
});
const claim = (id: string) => own("claim", { id, evidence: `I looked for ${id}.txt` });

const sessions: Readonly<Record<string, readonly (readonly ScriptedTool[])[]>> = {
  init: [[write("feature_list.json", list)]],
  continue: [
    [own("next_features")],
    [own("feature", { id: "b" })],
    [claim("A")],
    [claim("b")],
    [claim("a")],
    [write("a.txt", "here\n")],
    [claim("a")],
    [write("b.txt", "here\n")],
    [claim("b")],
    [own("note", { text: "Files are\nempty but for a word." })],
    [own("blocker", { text: "No key for the shop.", id: "c" })],
    [own("blocker", { text: "No key for the shop." })],
  ],
};

/** The rounds of tools of its type of session, one after another. */
function scripted({ messages }: ScriptedCall): Turn {
  const type = JSON.stringify(messages).includes("type: init") ? "init" : "continue";
  const round = messages.filter(({ role }) => role === "assistant").length;
  const tools = sessions[type]?.[round];
  return tools === undefined ? { text: "done" } : { tools };
}

test("an agent looks, claims too early, builds, claims, notes and says what is in its way", async () => {
  const project = await stage({ respond: scripted });
  const run = project.onward("run", project.dir, "--delay", "0s", "--json", "--max-iterations", "2");
  expect(await run.exit, run.stderr()).toBe(0);

  const answers = answersTo(project.model.calls().at(-1));
  expect(answers.slice(0, 5)).toEqual([
    expect.stringMatching(/^0 of 2 features pass\. Next, in this order:\n- a: .*\n- b: .*depends on a/),
    expect.stringContaining("depends on: a (does not pass)"),
    expect.stringContaining('There is no feature "A". Did you mean "a"?'),
    expect.stringContaining("b depends on a, which must pass first"),
    expect.stringMatching(/^a does not hold: `test -f a\.txt` exited with 1/),
  ]);
  expect(answers[6]).toMatch(/^a holds: `test -f a\.txt` exited with 0/);
  expect(answers[8]).toMatch(/^b holds/);
  expect(answers.slice(9)).toEqual([
    "Noted, for the next session.",
    expect.stringContaining('There is no feature "c"'),
    expect.stringContaining("Recorded"),
  ]);

  const seen = run.events.filter(({ type }) => type === "claim" || type === "blocker");
  expect(seen).toMatchObject([
    { number: 2, featureId: "a", ok: false },
    { number: 2, featureId: "a", ok: true },
    { number: 2, featureId: "b", ok: true },
    { number: 2, featureId: null, text: "No key for the shop." },
  ]);
  const tools = run.events.filter(({ type, name }) => type === "tool" && String(name).startsWith("mcp__"));
  expect(tools.every(({ allow }) => allow === true)).toBe(true);
  expect(run.events.findLast(({ type }) => type === "session.ended")).toMatchObject({
    passed: ["a", "b"],
    violations: [],
  });
  expect(await readFile(join(project.dir, "claude-progress.txt"), "utf8")).toContain(
    "\nNoted: Files are empty but for a word.\n",
  );
  const bin = join(import.meta.dirname, "../../bin/onward.cjs");
  const status = (...flags: readonly string[]) =>
    execFileSync(process.execPath, [bin, "status", project.dir, ...flags], { encoding: "utf8" });
  expect(status()).toMatch(/blocker +No key for the shop\./);
  expect(JSON.parse(status("--json"))).toMatchObject({
    blockers: [{ featureId: null, text: "No key for the shop.", session: 2 }],
  });
});

/** What came back for each call of the conversation's tools, in order. */
function answersTo(call: ScriptedCall | undefined): readonly string[] {
  const blocks = (call?.messages ?? []).flatMap(({ content }) => content);
  return blocks
    .filter(({ type }) => type === "tool_result")
    .map(({ content }) => {
      if (!Array.isArray(content)) return String(content);
      return content.map((block: { readonly text?: string }) => block.text ?? "").join("");
    });
}
