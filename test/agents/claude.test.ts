import { spawn } from "node:child_process";
import { chmod, mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { claudeDriver } from "../../src/agents/claude/driver.ts";
import { findMarked } from "../../src/processes/tree.ts";
import { conformance } from "./conformance.ts";
import { openStage, type Subject } from "./stage.ts";
import { usageWindow } from "./usage-window.ts";

const claude: Subject = {
  name: "claude",
  shell: (command) => ({ tools: [{ name: "Bash", input: { command } }] }),
  driver: (modelUrl, env) =>
    claudeDriver({
      env: { ANTHROPIC_BASE_URL: modelUrl, ANTHROPIC_API_KEY: "test", CLAUDE_CODE_MAX_RETRIES: "1", ...env },
      graceMs: 2500,
    }),
};

/** A login instead of a key: only then the agent knows of an account's usage window. */
const subscription = { ANTHROPIC_API_KEY: "", CLAUDE_CODE_OAUTH_TOKEN: "dummy" };

conformance(claude);

describe("claude: limits", () => {
  test("a login that is refused once renews its token and goes on", async () => {
    const turns = [{ error: { status: 401 } }, { text: "ok" }];
    await using on = await openStage(claude, { turns }, subscription);
    expect((await on.start().session.result).outcome.type).toBe("done");
  });

  test("the budget in money is for this session alone", async () => {
    const turn = { ...claude.shell("true"), repeat: Number.POSITIVE_INFINITY };
    await using on = await openStage(claude, { turns: [turn] });
    const first = on.start({ maxBudgetUsd: 0.05 });
    const before = await first.session.result;
    expect(before).toMatchObject({ outcome: { type: "max-budget" }, resumable: true });
    const { agentSessionId } = first.spec;
    const after = await on.start({ agentSessionId, resume: true, maxBudgetUsd: 0.05 }).session.result;
    expect(after.outcome.type).toBe("max-budget");
    expect(after.turns).toBeGreaterThan(0);
    expect(after.cumulativeCostUsd).toBeGreaterThan((before.cumulativeCostUsd ?? Number.NaN) + 0.04);
  });

  test("a used-up window says when it opens again", async () => {
    const resetsAt = Math.floor(Date.now() / 1000) + 3600;
    const headers = usageWindow("rejected", resetsAt);
    await using on = await openStage(claude, { turns: [{ error: { status: 429, headers } }] }, subscription);
    const { outcome } = await on.start().session.result;
    expect(outcome).toMatchObject({ type: "usage-limit", resetsAt: resetsAt * 1000 });
  });

  test("a window that is nearly used up is told", async () => {
    const resetsAt = Math.floor(Date.now() / 1000) + 3600;
    const headers = {
      ...usageWindow("allowed_warning", resetsAt, 0.93),
      "anthropic-ratelimit-unified-5h-surpassed-threshold": "0.9",
    };
    await using on = await openStage(claude, { turns: [{ text: "ok", headers }] }, subscription);
    const { session, events } = on.start();
    expect((await session.result).outcome.type).toBe("done");
    expect(events).toContainEqual({ type: "utilization", used: 0.93, resetsAt: resetsAt * 1000 });
  });

  test("how full the windows are is told long before any warning", async () => {
    const resetsAt = Math.floor(Date.now() / 1000) + 3600;
    const headers = {
      ...usageWindow("allowed", resetsAt, 0.6),
      "anthropic-ratelimit-unified-7d-utilization": "0.7",
      "anthropic-ratelimit-unified-7d-reset": String(resetsAt + 86_400),
    };
    await using on = await openStage(claude, { turns: [{ text: "ok", headers }] }, subscription);
    const { session, events } = on.start();
    expect((await session.result).outcome.type).toBe("done");
    const fullest = { type: "utilization", used: 0.7, resetsAt: (resetsAt + 86_400) * 1000 };
    expect(events.filter(({ type }) => type === "utilization")).toEqual([fullest]);
  });

  test("a long retry-after is not waited out by the agent, and known as one", async () => {
    const error = { status: 429, headers: { "retry-after": "600" } };
    await using on = await openStage(claude, { turns: [{ error, repeat: 5 }] });
    expect((await on.start().session.result).outcome).toMatchObject({
      type: "rate-limited",
      retryAfterMs: 60_000,
    });
  });

  test("an organisation that was disabled", async () => {
    const message = "This organization has been disabled.";
    await using on = await openStage(claude, { turns: [{ error: { status: 400, message } }] });
    expect((await on.start().session.result).outcome.type).toBe("auth");
  });

  test("an empty account", async () => {
    const message = "Your credit balance is too low to access the Anthropic API.";
    await using on = await openStage(claude, { turns: [{ error: { status: 400, message } }] });
    expect((await on.start().session.result).outcome.type).toBe("billing");
  });

  test("a full context ends the session where it would have been compacted", async () => {
    const turn = { ...claude.shell("true"), usage: { input_tokens: 199_000 }, repeat: 3 };
    await using on = await openStage(claude, { turns: [turn] });
    const result = await on.start({ model: "claude-haiku-4-5" }).session.result;
    expect(result).toMatchObject({ outcome: { type: "context-full" }, turns: 1 });
  });
});

describe("claude: what a project cannot do", () => {
  test("bring hooks, permissions or files into the prompt", async () => {
    await using on = await openStage(claude, { turns: [claude.shell("touch tool.txt"), { text: "ok" }] });
    await mkdir(join(on.cwd, ".claude"));
    const hook = { hooks: [{ type: "command", command: `touch ${join(on.cwd, "hooked.txt")}` }] };
    const settings = {
      hooks: { PreToolUse: [hook], SessionStart: [hook] },
      permissions: { allow: ["Bash(*)"] },
    };
    await writeFile(join(on.cwd, ".claude", "settings.json"), JSON.stringify(settings));
    await writeFile(join(on.cwd, "secret.txt"), "the content of a file");
    const { session } = on.start(
      { prompt: "See @secret.txt" },
      { decide: async () => ({ allow: false, rule: "P1", offending: "", reason: "no" }) },
    );
    expect(await session.result).toMatchObject({ outcome: { type: "done" }, denials: 1 });
    expect(JSON.stringify(on.model.calls())).not.toContain("the content of a file");
    expect((await readdir(on.cwd)).toSorted()).toEqual([".claude", "secret.txt"]);
  });

  test("its subagents pass the gate as well", async () => {
    const agent = {
      name: "Agent",
      input: { description: "d", prompt: "p", subagent_type: "general-purpose" },
    };
    const turns = [{ tools: [agent] }, claude.shell("touch sub.txt"), { text: "sub" }, { text: "main" }];
    await using on = await openStage(claude, { turns });
    const asked: string[] = [];
    const { session } = on.start(undefined, {
      async decide({ tool }) {
        asked.push(tool);
        return { allow: true, rule: "test" };
      },
    });
    const result = await session.result;
    expect(result).toMatchObject({ outcome: { type: "done", detail: "main" } });
    expect(asked).toEqual(["Agent", "Bash"]);
    // All four calls count, also those of which the agent tells only in its sum.
    expect(result.usage.inputTokens).toBeGreaterThan(20_000);
  });
});

describe("claude: check", () => {
  const emptyHome = () => temporaryDirectory("home");

  test("is content with a key, a login, or a cloud", async () => {
    const HOME = await emptyHome();
    await claudeDriver({ env: { HOME, ANTHROPIC_API_KEY: "k" } }).check();
    await claudeDriver({ env: { HOME, CLAUDE_CODE_USE_BEDROCK: "1" } }).check();
    await mkdir(join(HOME, ".claude"));
    await writeFile(join(HOME, ".claude", ".credentials.json"), JSON.stringify({ claudeAiOauth: {} }));
    await claudeDriver({ env: { HOME } }).check();
  });

  test("names what it looked for", async () => {
    const check = claudeDriver({ env: { HOME: await emptyHome(), CLAUDE_CODE_USE_BEDROCK: "0" } }).check();
    await expect(check).rejects.toMatchObject({
      code: "credentials-missing",
      message: expect.stringContaining("ANTHROPIC_API_KEY"),
      hint: expect.stringContaining("onward demo"),
    });
  });

  test("a program that is missing", async () => {
    const driver = claudeDriver({ env: { ANTHROPIC_API_KEY: "k" }, program: "/nonexistent/claude" });
    await expect(driver.check()).rejects.toMatchObject({ code: "agent-missing" });
  });
});

describe("claude: processes", () => {
  const managerProgram = fileURLToPath(new URL("./manager.ts", import.meta.url));
  const withProgram = (program: string): Subject => ({
    ...claude,
    driver: (_url, env) => claudeDriver({ env, program }),
  });

  test("without its program a session ends as not-found", async () => {
    await using on = await openStage(withProgram("/nonexistent/claude"), {});
    const { session } = on.start();
    expect(await session.result).toMatchObject({ outcome: { type: "not-found" }, resumable: false });
    expect(session.pid).toBeNull();
  });

  test("in a directory that is gone a session crashes", async () => {
    await using on = await openStage(claude, {});
    const result = await on.start({ cwd: join(on.cwd, "gone") }).session.result;
    expect(result).toMatchObject({ outcome: { type: "crashed" }, resumable: false });
  });

  test("a child that holds the pipes of a dead agent does not delay the end", async () => {
    const program = join(await temporaryDirectory("program"), "claude");
    await writeFile(program, "#!/bin/sh\nsleep 600 &\necho 'out of luck' >&2\nexit 3\n");
    await chmod(program, 0o755);
    await using on = await openStage(withProgram(program), {});
    const { session, survivors } = on.start();
    const detail = "The agent exited with code 3 and without an answer: out of luck";
    expect(await session.result).toMatchObject({ outcome: { type: "crashed", detail } });
    expect(await survivors()).toEqual([]);
  });

  test("a line that never ends is cut off, with the agent that writes it", async () => {
    const program = join(await temporaryDirectory("program"), "claude");
    await writeFile(program, "#!/bin/sh\ntr '\\0' x </dev/zero\n");
    await chmod(program, 0o755);
    await using on = await openStage(withProgram(program), {});
    const detail = "The agent was ended by SIGKILL: It wrote a line of more than 64 MiB.";
    expect(await on.start().session.result).toMatchObject({ outcome: { type: "crashed", detail } });
  });

  test.runIf(process.platform === "linux")("the agent dies with a manager that is killed", async () => {
    await using on = await openStage(claude, { turns: [{ hang: true }] });
    const manager = spawn(process.execPath, [managerProgram, on.model.url, on.cwd]);
    await on.model.waitFor(({ main }) => main);
    const marker = "ses_0123456789ab";
    expect(await findMarked(marker)).not.toEqual([]);
    manager.kill("SIGKILL");
    await vi.waitUntil(async () => (await findMarked(marker)).length === 0, { timeout: 5000 });
  });
});

async function temporaryDirectory(name: string): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), `onward-${name}-`));
  onTestFinished(() => rm(directory, { recursive: true }));
  return directory;
}
