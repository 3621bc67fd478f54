import { execFileSync } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test, vi } from "vitest";
import type { ScriptedCall, Turn } from "../../src/demo/scripted-model.ts";
import { sqliteJournal } from "../../src/journals/sqlite.ts";
import { findMarked } from "../../src/processes/tree.ts";
import { statePaths } from "../../src/project/paths.ts";
import { usageWindow } from "../agents/usage-window.ts";
import { type Event, type Stage, stage } from "./onward.ts";

vi.setConfig({ testTimeout: 60_000 });

const list = (passes: Record<string, boolean>) =>
  `${JSON.stringify(
    ["a", "b"].map((id) => ({
      id,
      description: `${id}.txt exists`,
      steps: [],
      passes: passes[id] ?? false,
      verify: `test -f ${id}.txt`,
    })),
    null,
    2,
  )}\n`;
const commit = 'git add -A && git -c user.name=Agent -c user.email=agent@example.com commit -q -m "Work"';

/** Where a conversation is: the session's prompt, and how often the model has answered since. */
function place({ messages }: ScriptedCall): { prompt: string; round: number } {
  const begun = messages.findLastIndex((message) => JSON.stringify(message).includes("Onward session type:"));
  const round = messages.slice(begun).filter(({ role }) => role === "assistant").length;
  return { prompt: JSON.stringify(messages[begun]), round };
}

/** What an honest agent would do: build in one round of tools, claim in the next (the list is read first). */
function honest(call: ScriptedCall): Turn {
  const { prompt, round } = place(call);
  const read = { name: "Read", input: { file_path: "feature_list.json" } };
  const save = { name: "Bash", input: { command: commit } };
  if (prompt.includes("type: init")) {
    if (round > 0) return { text: "done" };
    return { tools: [{ name: "Write", input: { file_path: "feature_list.json", content: list({}) } }, save] };
  }
  const id = prompt.includes("1 of 2 features pass") ? "b" : "a";
  if (round === 0)
    return { tools: [{ name: "Write", input: { file_path: `${id}.txt`, content: "here\n" } }, read] };
  if (round > 1) return { text: "done" };
  const old = `"passes": false,\n    "verify": "test -f ${id}.txt"`;
  const edit = { file_path: "feature_list.json", old_string: old, new_string: old.replace("false", "true") };
  return { tools: [{ name: "Edit", input: edit }, save] };
}

/** The first session hangs in a tool; what comes later is honest. */
function firstStuck(): (call: ScriptedCall) => Turn {
  let begun = 0;
  return (call) => (place(call).round === 0 && begun++ === 0 ? stuckInTool : honest(call));
}

const fast = ["--delay", "0s", "--json", "--max-iterations", "20"];
const ended = (events: readonly Event[]) => events.find(({ type }) => type === "run.ended");

function statusOf({ dir }: Stage): Record<string, never> {
  const bin = join(import.meta.dirname, "../../bin/onward.cjs");
  return JSON.parse(
    execFileSync(process.execPath, [bin, "status", dir, "--json"], { encoding: "utf8" }),
  ) as Record<string, never>;
}

/** Sessions that the journal has begun, each of which must have ended exactly once (R2). */
function sessionsOf(project: Stage): { number: number; outcome: string }[] {
  return (statusOf(project) as unknown as { sessions: { number: number; outcome: string }[] }).sessions;
}

describe("the main job", () => {
  test("an init session, then continue sessions, complete, exit 0, and the status of the contract", async () => {
    const project = await stage({ respond: honest });
    await writeFile(join(project.dir, "spec.md"), "The same.\n");
    const run = project.onward("run", project.dir, "--spec", join(project.dir, "spec.md"), ...fast);
    expect(await run.exit, run.stderr()).toBe(0);
    expect(ended(run.events)).toMatchObject({ reason: "complete", detail: "every feature passes, verified" });
    const started = run.events.filter(({ type }) => type === "session.started");
    expect(started.map(({ sessionType }) => sessionType)).toEqual(["init", "continue", "continue"]);
    expect(
      run.events.every(({ at, runId }) => typeof at === "string" && String(runId).startsWith("run_")),
    ).toBe(true);
    expect(statusOf(project)).toMatchObject({
      project: project.dir,
      state: "complete",
      next: { sessionType: "none" },
      features: { total: 2, passing: 2, verified: 2, deferred: 0 },
      run: { iterations: 3, reason: "complete" },
      sessions: [
        { number: 1, sessionType: "init", outcome: "done" },
        { number: 2, passed: ["a"] },
        { number: 3, passed: ["b"] },
      ],
    });
    const again = project.onward("run", project.dir, ...fast);
    expect(await again.exit).toBe(0);
    expect(again.events.map(({ type, runId }) => [type, runId])).toEqual([
      ["run.ended", run.events[0]?.runId],
    ]);
  });
});

/** A session that hangs in a tool, with a process of its own that would outlive it. */
const stuckInTool: Turn = {
  tools: [{ name: "Bash", input: { command: "node stay.js", timeout: 60_000 } }],
};

/** What the running session's processes carry, from the journal, as a second process may read it. */
async function markerOf(project: Stage): Promise<string> {
  await using journal = await sqliteJournal({ file: statePaths(project.dir).journal, readOnly: true });
  const starts = (await journal.read(0)).flatMap(({ event }) =>
    event.type === "session.starting" ? [event.marker] : [],
  );
  return starts.at(-1) ?? "none";
}

async function untilStuck(project: Stage): Promise<{ run: ReturnType<Stage["onward"]>; marker: string }> {
  await writeFile(
    join(project.dir, "stay.js"),
    "process.on('SIGTERM', () => {}); setInterval(() => {}, 1000);\n",
  );
  const run = project.onward("run", project.dir, ...fast);
  await run.waitFor((event) => event.type === "tool" && event.name === "Bash");
  const marker = await markerOf(project);
  await vi.waitFor(async () => expect((await findMarked(marker)).length).toBeGreaterThan(1), {
    timeout: 10_000,
  });
  return { run, marker };
}

describe("stopping", () => {
  test("SIGINT stops within 10 s, saves, exits 130; the next run resumes the conversation and completes", async () => {
    const project = await stage({ respond: firstStuck() });
    const { run, marker } = await untilStuck(project);
    const asked = Date.now();
    run.process.kill("SIGINT");
    expect(await run.exit, run.stderr()).toBe(130);
    expect(Date.now() - asked).toBeLessThan(10_000);
    expect(await findMarked(marker)).toEqual([]);
    expect(ended(run.events)).toMatchObject({ reason: "interrupted" });
    expect(statusOf(project)).toMatchObject({ state: "interrupted" });

    const next = project.onward("run", project.dir, ...fast);
    await next.waitFor(({ type }) => type === "session.started");
    expect(next.events[0]).toMatchObject({ type: "run.started", resumed: true });
    const first = run.events.find(({ type }) => type === "session.started");
    expect(next.events.find(({ type }) => type === "session.started")).toMatchObject({
      number: 2,
      agentSessionId: first?.agentSessionId,
    });
    await next.exit;
    expect(sessionsOf(project).map(({ number }) => number)).toEqual(
      [1, 2, 3, 4].slice(0, sessionsOf(project).length),
    );
  });

  test("a second signal ends the agent now, and the journal stays consistent", async () => {
    const project = await stage({ respond: firstStuck() });
    const { run, marker } = await untilStuck(project);
    run.process.kill("SIGTERM");
    await vi.waitFor(() => expect(run.stderr()).toBeDefined());
    run.process.kill("SIGTERM");
    const asked = Date.now();
    expect(await run.exit, run.stderr()).toBe(143);
    expect(Date.now() - asked).toBeLessThan(8_000);
    expect(await findMarked(marker)).toEqual([]);
    const next = project.onward("run", project.dir, ...fast);
    expect(await next.exit, next.stderr()).toBe(0);
  });

  test("onward stop from another terminal", async () => {
    const project = await stage({ respond: () => stuckInTool });
    const { run } = await untilStuck(project);
    const stop = project.onward("stop", project.dir);
    expect(await stop.exit, stop.stderr()).toBe(0);
    expect(await run.exit).toBe(130);
  });
});

describe("steering from another terminal", () => {
  test("say reaches the model at its next turn", async () => {
    let heard = "";
    const project = await stage({
      respond(call) {
        const { prompt, round } = place(call);
        if (prompt.includes("type: init") && round === 0) {
          return { tools: [{ name: "Bash", input: { command: "timeout 5 tail -f app_spec.txt" } }] };
        }
        heard ||= /Use tabs, please/.exec(JSON.stringify(call.messages))?.[0] ?? "";
        return { text: "done" };
      },
    });
    const run = project.onward("run", project.dir, ...fast);
    await run.waitFor((event) => event.type === "tool" && event.name === "Bash");
    const say = project.onward("say", "Use tabs, please", "--dir", project.dir);
    expect(await say.exit, say.stderr()).toBe(0);
    await vi.waitFor(() => expect(heard).toBe("Use tabs, please"), { timeout: 15_000 });
    run.process.kill("SIGKILL");
  });

  test("pause holds the run, a killed manager's successor too, and says so; resume lets it go on", async () => {
    const project = await stage({ respond: honest });
    const run = project.onward("run", project.dir, "--delay", "2s", "--json", "--max-iterations", "20");
    await run.waitFor(({ type }) => type === "session.ended");
    expect(await project.onward("pause", project.dir).exit).toBe(0);
    await run.waitFor(({ type }) => type === "paused");
    expect(statusOf(project)).toMatchObject({ state: "paused" });
    run.process.kill("SIGKILL");
    await run.exit;
    const next = project.onward("run", project.dir, "--delay", "0s", "--max-iterations", "20");
    await vi.waitFor(() => expect(next.stderr()).toContain("paused; `onward resume` goes on"), 15_000);
    expect(await project.onward("resume", project.dir).exit).toBe(0);
    expect(await next.exit, next.stderr()).toBe(0);
  });

  test("with nothing to steer, says so", async () => {
    const project = await stage({});
    const pause = project.onward("pause", project.dir);
    expect(await pause.exit).toBe(2);
    expect(pause.stderr()).toContain("onward run");
  });
});

describe("kill -9 of the manager (R2, R3, R5)", () => {
  test("nothing of the session survives 5 s; the next run recovers it once, and completes", async () => {
    const project = await stage({ respond: firstStuck() });
    const { run, marker } = await untilStuck(project);
    run.process.kill("SIGKILL");
    await run.exit;
    await vi.waitFor(async () => expect(await findMarked(marker)).toEqual([]), { timeout: 5_000 });

    const next = project.onward("run", project.dir, ...fast);
    expect(await next.exit, next.stderr()).toBe(0);
    expect(next.events.find(({ type }) => type === "recovered")).toMatchObject({ number: 1 });
    const sessionList = sessionsOf(project);
    expect(sessionList.map(({ number }) => number)).toEqual(sessionList.map((_, i) => i + 1));
    expect(sessionList[0]).toMatchObject({ outcome: "crashed" });
  });

  test("a second manager exits 5 and says who holds the project; after the kill the lock is free at once", async () => {
    const project = await stage({ respond: () => stuckInTool });
    const { run } = await untilStuck(project);
    const second = project.onward("run", project.dir, ...fast);
    expect(await second.exit).toBe(5);
    expect(second.stderr()).toContain(String(run.process.pid));
    run.process.kill("SIGKILL");
    await run.exit;
    const third = project.onward("run", project.dir, ...fast);
    await third.waitFor(({ type }) => type === "run.started");
    third.process.kill("SIGKILL");
  });
});

describe("what the model's side does", () => {
  test("a refused key blocks at once, exit 4, and says so", async () => {
    const project = await stage({
      respond: () => ({ error: { status: 401, message: "invalid x-api-key" } }),
    });
    const run = project.onward("run", project.dir, ...fast);
    expect(await run.exit, run.stderr()).toBe(4);
    expect(ended(run.events)).toMatchObject({ reason: "blocked", detail: expect.stringContaining("auth") });
  });

  test("an unknown model blocks with what to do", async () => {
    const project = await stage({ respond: () => ({ error: { status: 404, message: "model: nosuch" } }) });
    const run = project.onward("run", project.dir, "--model", "nosuch", ...fast);
    expect(await run.exit, run.stderr()).toBe(4);
    expect(ended(run.events)).toMatchObject({
      reason: "blocked",
      detail: expect.stringContaining("nosuch"),
      hint: expect.stringContaining("--model"),
    });
  });

  test("a usage limit is waited for, over a restart too, then the work goes on", async () => {
    const resetsAt = Math.floor(Date.now() / 1000) + 3600;
    const limit: Turn = {
      error: {
        status: 429,
        message: "limit",
        headers: usageWindow("rejected", resetsAt),
      },
    };
    const project = await stage(
      { respond: () => limit },
      { ANTHROPIC_API_KEY: undefined, CLAUDE_CODE_OAUTH_TOKEN: "dummy" },
    );
    const run = project.onward("run", project.dir, ...fast);
    const wait = await run.waitFor(({ type }) => type === "wait.started");
    expect(wait).toMatchObject({ reason: "usage-limit" });
    expect(Date.parse(String(wait.until))).toBeGreaterThanOrEqual(resetsAt * 1000);
    run.process.kill("SIGTERM");
    expect(await run.exit).toBe(143);
    const next = project.onward("run", project.dir, ...fast);
    await next.waitFor(({ type }) => type === "run.started");
    await vi.waitFor(() => expect(statusOf(project)).toMatchObject({ state: "waiting" }), {
      timeout: 10_000,
    });
    next.process.kill("SIGTERM");
    expect(await next.exit).toBe(143);
  });

  test("--stop-at-utilization stops in time, without any word of the server's, and waits for the reset", async () => {
    const resetsAt = Math.floor(Date.now() / 1000) + 3600;
    const headers = usageWindow("allowed", resetsAt, 0.6);
    const project = await stage(
      { respond: (call) => ({ ...honest(call), headers }) },
      { ANTHROPIC_API_KEY: undefined, CLAUDE_CODE_OAUTH_TOKEN: "dummy" },
    );
    const run = project.onward("run", project.dir, ...fast, "--stop-at-utilization", "0.5");
    const wait = await run.waitFor(({ type }) => type === "wait.started");
    expect(wait).toMatchObject({ reason: "usage-limit" });
    expect(Date.parse(String(wait.until))).toBeGreaterThanOrEqual(resetsAt * 1000);
    expect(run.events.filter(({ type }) => type === "session.ended")).toHaveLength(1);
    run.process.kill("SIGTERM");
    expect(await run.exit).toBe(143);
  });
});

describe("bad input", () => {
  test.each([
    ["a directory that does not exist", ["run", "/nowhere/at/all"], 2, /does not exist|not a directory/],
    ["an unknown flag", ["run", "--max-iteration", "3"], 2, /--max-iterations/],
  ])("%s", async (_name, args, code, words) => {
    const project = await stage({});
    const run = project.onward(...args);
    expect(await run.exit).toBe(code);
    expect(run.stderr()).toMatch(words);
    expect(run.stderr()).not.toMatch(/\n {4}at /);
  });

  test("no credentials: says what it looks for, and mentions the demo", async () => {
    const project = await stage({}, { ANTHROPIC_API_KEY: undefined });
    const run = project.onward("run", project.dir, ...fast);
    expect(await run.exit).toBe(4);
    expect(run.stderr()).toMatch(/ANTHROPIC_API_KEY[\s\S]*onward demo/);
  });

  test("git not installed", async () => {
    const project = await stage({}, { PATH: "/nonexistent" });
    const run = project.onward("run", project.dir, ...fast);
    expect(await run.exit).toBe(4);
    expect(run.stderr()).toMatch(/git/);
  });

  test("a damaged list without a snapshot blocks, exit 4, with the position, and loses nothing", async () => {
    const project = await stage({ respond: honest });
    await writeFile(join(project.dir, "feature_list.json"), '[{"id": ');
    const run = project.onward("run", project.dir, ...fast);
    expect(await run.exit).toBe(4);
    expect(ended(run.events)).toMatchObject({
      reason: "blocked",
      detail: expect.stringMatching(/^feature_list.json is not JSON: .*byte 8/),
      hint: expect.stringContaining("onward checkpoints"),
    });
    expect(await readFile(join(project.dir, "feature_list.json"), "utf8")).toBe('[{"id": ');
  });

  test("a command of the configuration file is not run before a person accepted it (T1)", async () => {
    const project = await stage({ respond: honest });
    await writeFile(join(project.dir, "onward.config.json"), '{ "verify": { "command": "touch ran" } }');
    const run = project.onward("run", project.dir, ...fast);
    expect(await run.exit).toBe(4);
    expect(run.stderr()).toMatch(/touch ran[\s\S]*--trust-config/);
    const trusted = project.onward("run", project.dir, "--trust-config", ...fast);
    expect(await trusted.exit, trusted.stderr()).toBe(0);
  });
});
