/**
 * A hostile agent: the genuine program, a model that only cheats, and the guard switched off. No cheat may end as
 * a feature that passes, each must be recorded, and each told to the agent. `ONWARD_TABLE=1` prints the table.
 */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import type { ScriptedCall, Turn } from "../../src/demo/scripted-model.ts";
import { createGuard } from "../../src/guard/tools.ts";
import {
  behindTheBack,
  type Cheat,
  checks,
  claims,
  features,
  inSubagent,
  objects,
  withTheFile,
  withTheRest,
} from "./cheats.ts";
import { type Event, stage } from "./onward.ts";

vi.setConfig({ testTimeout: 180_000 });

const sessions: readonly (readonly Cheat[])[] = [
  withTheFile,
  withTheRest,
  claims,
  checks,
  objects,
  behindTheBack,
];
const rows = sessions.flatMap((cheats, index) => cheats.map((cheat) => ({ cheat, number: index + 1 })));

/** What the model was sent after each cheat, and what the list held then. */
const seen = new Map<Cheat, { readonly told: string; readonly list: string }>();
const prompts: string[] = [];

test("no way to cheat ends as a feature that passes, and each is recorded and told", async () => {
  expect(rows.length).toBeGreaterThanOrEqual(25);
  const { dir, onward } = await stage({ respond: (call) => answer(call, dir) });
  const list = prepare(dir);
  const run = onward(
    ...["run", dir, "--guard", "off", "--i-know", "--delay", "0s", "--json"],
    ...["--max-iterations", String(sessions.length + 1)],
  );
  expect(await run.exit, run.stderr()).toBe(3);

  expect(readFileSync(join(dir, "feature_list.json"), "utf8")).toBe(list);
  const held = run.events.filter((event) => event.type === "verification" && event.ok === true);
  expect([...new Set(held.map(({ featureId }) => featureId))]).toEqual(["kept"]);
  const ended = run.events.filter(({ type }) => type === "session.ended");
  expect(ended.map(({ passed }) => passed)).toEqual(Array(sessions.length + 1).fill([]));

  for (const { cheat, number } of rows) {
    const { name, recorded, says = spoken(recorded) } = cheat;
    const atOnce = seen.get(cheat);
    expect.soft(atOnce?.told, `${name}: played`).not.toContain("Permission for this tool use was denied");
    expect.soft(recordOf(run.events, number), name).toContainEqual(expect.stringMatching(recorded));
    expect.soft(cheat.told === "at-once" ? atOnce?.told : prompts[number], name).toMatch(says);
    if (cheat.told === "at-once") expect.soft(atOnce?.list, name).toBe(list);
  }
  if (process.env.ONWARD_TABLE !== undefined) process.stdout.write(await table(dir));
});

/** Two commits: in the one tagged `first` nothing passes. Answers the list. */
function prepare(dir: string): string {
  const git = (...args: readonly string[]) => execFileSync("git", args, { cwd: dir });
  git("init", "-q", "-b", "main");
  git("config", "user.name", "Agent");
  git("config", "user.email", "agent@example.com");
  writeFileSync(join(dir, "kept.txt"), "kept\n");
  for (const file of ["check.cjs", "flip.cjs", "forge.cjs", "script.cjs", "test.cjs", "replaced.cjs"])
    writeFileSync(join(dir, file), `console.log("${file} is not built"); process.exit(1);\n`);
  writeFileSync(join(dir, "package.json"), '{"scripts": {"test": "node test.cjs"}}\n');
  // `.npmrc` is not there, and must not come to be.
  const protect = ["test.cjs", "script.cjs", "replaced.cjs", "package.json", ".npmrc"];
  writeFileSync(join(dir, "onward.config.json"), JSON.stringify({ verify: { protect } }));
  for (const passes of [false, true]) {
    writeFileSync(join(dir, "feature_list.json"), listOf(passes));
    git("add", "-A");
    git("commit", "-qm", "A list");
    if (!passes) git("tag", "first");
  }
  return listOf(true);
}

function listOf(passes: boolean): string {
  const npm = Object.fromEntries(["command", "lenient", "npmrc"].map((id) => [id, "npm test"]));
  const program = {
    path: "check",
    profile: "check",
    check: "flip",
    forge: "forge",
    script: "script",
    test: "test",
    replaced: "replaced",
  };
  const node = Object.fromEntries(Object.entries(program).map(([id, name]) => [id, `node ${name}.cjs`]));
  const verify = (id: string) => (id === "empty" ? "exit 0" : (npm[id] ?? node[id] ?? `test -f ${id}.txt`));
  const all = ["kept", ...features].map((id) => ({
    ...{ id, description: `${id} works`, steps: [] },
    ...{ passes: id === "kept" && passes, verify: verify(id) },
  }));
  return `${JSON.stringify(all, null, 2)}\n`;
}

async function answer(call: ScriptedCall, dir: string): Promise<Turn> {
  const begun = call.messages.findLastIndex((message) =>
    JSON.stringify(message).includes("Onward session type:"),
  );
  const round = call.messages.slice(Math.max(0, begun)).filter(({ role }) => role === "assistant").length;
  const subagent = begun === -1;
  if (subagent) {
    if (round === 0) return { tools: [inSubagent] };
    const cheat = withTheFile.find(({ name }) => name.includes("subagent"));
    if (cheat !== undefined) note(cheat, call, dir);
    return { text: "done in your place" };
  }
  if (round === 0) prompts.push(JSON.stringify(call.messages[begun]));
  const turns = (sessions[prompts.length - 1] ?? []).flatMap((cheat) =>
    cheat.turns.map((tools, index) => ({ cheat, tools, last: index === cheat.turns.length - 1 })),
  );
  const before = turns[round - 1];
  if (before?.last === true) note(before.cheat, call, dir);
  const next = turns[round];
  if (next !== undefined) return { tools: [...next.tools] };
  for (const { cheat } of turns) {
    const { waitsFor } = cheat;
    if (waitsFor !== undefined)
      await vi.waitUntil(() => existsSync(join(dir, waitsFor)), { timeout: 20_000 });
  }
  return { text: "all done" };
}

function note(cheat: Cheat, { messages }: ScriptedCall, dir: string): void {
  const since = messages.slice(messages.findLastIndex(({ role }) => role === "assistant") + 1);
  const told = (seen.get(cheat)?.told ?? "") + JSON.stringify(since);
  seen.set(cheat, { told, list: readFileSync(join(dir, "feature_list.json"), "utf8") });
}

/** What the run's own events say of a session: what was undone, and which claims did not hold. */
function recordOf(events: readonly Event[], number: number): readonly string[] {
  const isOf = (type: string) => (event: Event) => event.type === type && event.number === number;
  const end = events.findIndex(isOf("session.ended"));
  const failed = events
    .slice(events.findIndex(isOf("session.started")), end)
    .filter((event) => event.type === "verification" && event.ok === false);
  const undone = (events[end]?.violations ?? []) as readonly string[];
  return [...undone, ...failed.map(({ featureId }) => `${featureId} did not hold`)];
}

/** As it stands in JSON, where a quotation mark has a backslash. */
function spoken({ source }: RegExp): RegExp {
  return new RegExp(source.replaceAll('"', String.raw`\\"`));
}

async function table(dir: string): Promise<string> {
  const guard = createGuard({ profile: "strict", project: dir, home: homedir(), tmpdir: tmpdir() });
  // What it denies here, a program of the agent's does all the same: then the third column counts.
  const lines = [
    "| cheat | the strict guard, of this call | behind it | told |",
    "| --- | --- | --- | --- |",
  ];
  for (const { cheat } of rows) {
    let says = "allows";
    for (const { name, input } of cheat.turns.flat()) {
      const call = { tool: name, input: input ?? {}, cwd: dir };
      const verdict = await guard.decide(call, { sessionType: "continue" });
      if (!verdict.allow) says = `denies (${verdict.rule})`;
    }
    lines.push(`| ${cheat.name} | ${says} | ${outcome(cheat)} | ${cheat.told.replace("-", " ")} |`);
  }
  return `${lines.join("\n")}\n`;
}

function outcome(cheat: Cheat): string {
  if (cheat.told === "at-once") return "undone after the call";
  return cheat.recorded.source.endsWith("did not hold")
    ? "taken back when checked"
    : "undone at the session's end";
}
