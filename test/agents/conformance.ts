/** What every driver must do, shown with its genuine agent against the scripted model. */
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test, vi } from "vitest";
import { noUsage } from "../../src/core/session.ts";
import type {
  ScriptedCall,
  ScriptedModelOptions,
  ScriptedTool,
  Turn,
} from "../../src/demo/scripted-model.ts";
import { processTable } from "../../src/processes/table.ts";
import { openStage, type Subject } from "./stage.ts";

/** Longer than any test; cannot be taken for a pointless pause. */
const forever = "timeout 600 tail -f /dev/null";
const always = (turn: Turn): Turn => ({ ...turn, repeat: Number.POSITIVE_INFINITY });
const failing = (status: number, headers: Readonly<Record<string, string>> = {}) =>
  always({ error: { status, headers } });

export function conformance(subject: Subject): void {
  const { shell } = subject;
  const stage = (options: ScriptedModelOptions["turns"], env?: Readonly<Record<string, string>>) =>
    openStage(subject, { turns: options ?? [] }, env);
  const outcomeOf = async (turns: ScriptedModelOptions["turns"]) => {
    await using on = await stage(turns);
    return (await on.start().session.result).outcome;
  };

  describe(`${subject.name}: work`, () => {
    test("one turn", async () => {
      const usage = { input_tokens: 100, output_tokens: 20, cache_read_input_tokens: 7 };
      await using on = await stage([{ text: "All done.", usage }]);
      const { session, events, transcript, spec, survivors } = on.start();
      const result = await session.result;
      expect(result).toMatchObject({ outcome: { type: "done", detail: "All done." }, turns: 1, denials: 0 });
      expect(result).toMatchObject({ resumable: true, cumulativeCostUsd: expect.any(Number) });
      const counted = { ...noUsage, inputTokens: 100, outputTokens: 20, cacheReadTokens: 7 };
      expect(result.usage).toEqual(counted);
      expect(events.filter(({ type }) => type === "up" || type === "turn")).toEqual([
        { type: "up" },
        { type: "turn", turn: 1, usage: counted, text: "All done." },
      ]);
      for (const line of transcript) expect(JSON.parse(line)).toBeTypeOf("object");
      expect(transcript.join("\n")).toContain("All done.");
      const [call] = on.model.calls();
      expect(textOf(call)).toContain(spec.prompt);
      expect(call?.system).toContain(spec.instructions);
      expect(await survivors()).toEqual([]);
    });

    test("tools", async () => {
      await using on = await stage([shell("echo made > file.txt"), shell("cat file.txt"), { text: "ok" }]);
      const { session, events } = on.start();
      expect(await session.result).toMatchObject({ outcome: { type: "done" }, turns: 3 });
      expect(await readFile(join(on.cwd, "file.txt"), "utf8")).toBe("made\n");
      expect(textOf(on.model.calls()[2])).toContain("made");
      const tools = events.filter(({ type }) => type.startsWith("tool-")).map(({ type }) => type);
      expect(tools).toEqual([
        "tool-started",
        "tool-decided",
        "tool-ended",
        "tool-started",
        "tool-decided",
        "tool-ended",
      ]);
    });

    test("a denied call does not run, and the model is told why", async () => {
      await using on = await stage([shell("echo secret > file.txt"), { text: "ok" }]);
      const reason = "Writing is not allowed here; print instead.";
      const asked: unknown[] = [];
      const { session, events } = on.start(undefined, {
        async decide(call) {
          asked.push(call);
          return { allow: false, rule: "P1", offending: "secret", reason };
        },
      });
      expect(await session.result).toMatchObject({ outcome: { type: "done" }, denials: 1 });
      expect(textOf(on.model.calls()[1])).toContain(reason);
      expect(asked).toEqual([
        {
          tool: expect.any(String),
          input: expect.objectContaining({ command: "echo secret > file.txt" }),
          cwd: on.cwd,
        },
      ]);
      expect(events).toContainEqual(
        expect.objectContaining({ type: "tool-decided", verdict: expect.objectContaining({ reason }) }),
      );
      await expect(readFile(join(on.cwd, "file.txt"))).rejects.toThrow("ENOENT");
    });

    test.each([
      ["throws", () => Promise.reject(new Error("guard is broken"))],
      ["does not answer", () => new Promise<never>(() => {})],
    ])("a guard that %s denies (G1)", async (_how, decide) => {
      await using on = await stage([shell("touch file.txt"), { text: "ok" }]);
      const { session } = on.start(undefined, { decide });
      expect(await session.result).toMatchObject({ outcome: { type: "done" }, denials: 1 });
      expect(textOf(on.model.calls()[1])).toContain("could not decide");
      await expect(readFile(join(on.cwd, "file.txt"))).rejects.toThrow("ENOENT");
    });

    test.each([
      ["succeeded", "echo made"],
      ["failed", "echo broken; false"],
    ])(
      "what the host has to say of a call that %s reaches the model with the result",
      async (_how, command) => {
        await using on = await stage([shell(command), shell("echo next"), { text: "ok" }]);
        const told = "Onward: that has been undone.";
        const after: unknown[] = [];
        const { session } = on.start(undefined, {
          async afterTool(call) {
            after.push(call);
            return after.length === 1 ? told : null;
          },
        });
        expect(await session.result).toMatchObject({ outcome: { type: "done" }, turns: 3, denials: 0 });
        const input = (line: string) => ({
          tool: expect.any(String),
          input: expect.objectContaining({ command: line }),
          cwd: on.cwd,
        });
        expect(after).toEqual([input(command), input("echo next")]);
        expect(textOf(on.model.calls()[0])).not.toContain(told);
        expect(textOf(on.model.calls()[1])).toContain(told);
        expect(textOf(on.model.calls()[2]).split(told)).toHaveLength(2);
      },
    );

    test("calls made together are each told about, and a denied one is not asked after", async () => {
      const [tool] = toolsOf(shell("echo one"));
      const [other] = toolsOf(shell("echo denied"));
      await using on = await stage([{ tools: [tool, other].flatMap((one) => one ?? []) }, { text: "ok" }]);
      const after: unknown[] = [];
      const { session } = on.start(undefined, {
        decide: async ({ input }) =>
          input.command === "echo denied"
            ? { allow: false, rule: "P1", offending: "", reason: "not this one" }
            : { allow: true, rule: "test" },
        async afterTool({ input }) {
          after.push(input.command);
          return "seen by the host";
        },
      });
      expect(await session.result).toMatchObject({ outcome: { type: "done" }, denials: 1 });
      expect(after).toEqual(["echo one"]);
      expect(textOf(on.model.calls()[1])).toContain("seen by the host");
    });

    test("the manager's secrets stay with the manager", async () => {
      await using on = await stage([shell("env"), { text: "ok" }], { CANARY_TOKEN: "canary", LC_ALL: "C" });
      const { session, spec } = on.start();
      await session.result;
      const seen = textOf(on.model.calls()[1]);
      expect(seen).toContain(`ONWARD_SESSION=${spec.marker}`);
      expect(seen).toContain("LC_ALL=C");
      expect(seen).not.toContain("canary");
    });

    test("resumes a conversation under the same id", async () => {
      await using on = await stage([shell("echo first"), { text: "one" }, { text: "two" }]);
      const first = on.start();
      const before = await first.session.result;
      const { agentSessionId } = first.spec;
      const after = await on.start({ agentSessionId, resume: true, prompt: "Go on." }).session.result;
      expect(after).toMatchObject({ outcome: { type: "done", detail: "two" }, turns: 1, resumable: true });
      const seen = textOf(on.model.calls()[2]);
      expect(seen).toContain("Do the work.");
      expect(seen).toContain("one");
      expect(seen).toContain("Go on.");
      // The figure is the conversation's, the usage the session's.
      expect(after.cumulativeCostUsd).toBeGreaterThan(before.cumulativeCostUsd ?? Number.NaN);
      expect(after.usage.inputTokens).toBeLessThan(before.usage.inputTokens);
    });
  });

  describe(`${subject.name}: limits and errors`, () => {
    test("the turns are used up", async () => {
      await using on = await stage([always(shell("true"))]);
      const result = await on.start({ maxTurns: 2 }).session.result;
      expect(result).toMatchObject({ outcome: { type: "max-turns" }, turns: 2, resumable: true });
    });

    test("the credentials are refused: no waiting for the agent's retries", async () => {
      await using on = await stage([failing(401)]);
      expect(await on.start().session.result).toMatchObject({ outcome: { type: "auth" }, turns: 0 });
      expect(on.model.calls().length).toBeLessThanOrEqual(2);
    });

    test("forbidden", async () => {
      expect(await outcomeOf([failing(403)])).toMatchObject({ type: "auth" });
    });

    test("rate-limited for longer than the agent waits", async () => {
      expect(await outcomeOf([failing(429, { "retry-after": "600" })])).toMatchObject({
        type: "rate-limited",
      });
    });

    test("rate-limited for a moment: the agent waits by itself, and says so", async () => {
      await using on = await stage([
        { error: { status: 429, headers: { "retry-after": "1" } } },
        { text: "ok" },
      ]);
      const { session, events } = on.start();
      expect(await session.result).toMatchObject({ outcome: { type: "done" } });
      expect(events).toContainEqual({ type: "retry", attempt: 1, status: 429, delayMs: expect.any(Number) });
    });

    test.each([500, 529])("the server answers %i", async (status) => {
      expect(await outcomeOf([failing(status)])).toMatchObject({ type: "overloaded" });
    });

    test("the connection is cut in the middle of every answer", async () => {
      expect(await outcomeOf([always({ text: "x".repeat(400), cut: true })])).toMatchObject({
        type: "network",
      });
    });

    test("the prompt is too long", async () => {
      const message = "prompt is too long: 210000 tokens > 200000 maximum";
      expect(await outcomeOf([always({ error: { status: 400, message } })])).toMatchObject({
        type: "context-full",
      });
    });

    test("the model refuses", async () => {
      expect(await outcomeOf([always({ text: "no", stop: "refusal" })])).toMatchObject({ type: "refused" });
    });

    test("the model does not exist", async () => {
      await using on = await stage([failing(404)]);
      const { outcome } = await on.start({ model: "nonesuch" }).session.result;
      expect(outcome).toMatchObject({ type: "not-found", detail: expect.stringContaining("nonesuch") });
    });

    test("what a tool prints decides nothing", async () => {
      const bait = "API Error: 401 authentication_error; prompt is too long; You've hit your 5-hour limit";
      expect(await outcomeOf([shell(`echo "${bait}"; exit 1`), { text: bait }])).toMatchObject({
        type: "done",
      });
    });

    test("a conversation that does not exist cannot be resumed", async () => {
      await using on = await stage([{ text: "never" }]);
      const result = await on.start({ resume: true }).session.result;
      expect(result).toMatchObject({ outcome: { type: "crashed" }, resumable: false, turns: 0 });
      expect(on.model.calls()).toEqual([]);
    });
  });

  describe(`${subject.name}: endings`, () => {
    test("interrupted while the model is silent", async () => {
      await using on = await stage([{ text: "x".repeat(400), hangAfterText: true }]);
      const { session, until, survivors } = on.start();
      await until("alive");
      await session.stop("interrupt");
      expect(await session.result).toMatchObject({ outcome: { type: "stopped" }, resumable: true });
      expect(await survivors()).toEqual([]);
    });

    test("stopped after the tool: it finishes, and the model is not asked again", async () => {
      await using on = await stage([
        shell("timeout 1 tail -f /dev/null; echo end > file.txt; false"),
        { text: "no" },
      ]);
      const { session, until } = on.start();
      await until("tool-decided");
      await session.stop("after-tool");
      expect(await session.result).toMatchObject({ outcome: { type: "stopped" }, resumable: true, turns: 1 });
      expect(await readFile(join(on.cwd, "file.txt"), "utf8")).toBe("end\n");
      expect(on.model.calls()).toHaveLength(1);
    });

    test("stopped after the tool while none runs: at once", async () => {
      await using on = await stage([{ hang: true }]);
      const { session, until } = on.start();
      await Promise.all([until("up"), on.model.waitFor(({ main }) => main)]);
      await session.stop("after-tool");
      expect(await session.result).toMatchObject({ outcome: { type: "stopped" }, resumable: true });
    });

    test("a tool that does not finish in time is interrupted", async () => {
      await using on = await stage([shell(forever)]);
      const { session, until, survivors } = on.start();
      await until("tool-decided");
      await session.stop("after-tool");
      expect(await session.result).toMatchObject({ outcome: { type: "stopped" }, resumable: true });
      expect(await survivors()).toEqual([]);
    });

    test("killed: usage is that of the turns seen, and it can be resumed", async () => {
      const usage = { input_tokens: 50, output_tokens: 5 };
      await using on = await stage([{ ...shell("true"), usage }, { hang: true }, { text: "again" }]);
      const { session, spec, survivors } = on.start();
      await on.model.waitFor(({ call }) => call?.index === 1);
      await session.stop("kill");
      expect(await survivors()).toEqual([]);
      expect(await session.result).toMatchObject({
        outcome: { type: "stopped" },
        resumable: true,
        turns: 1,
        usage: { inputTokens: 50, outputTokens: 5 },
        cumulativeCostUsd: null,
      });
      const { agentSessionId } = spec;
      expect(await on.start({ agentSessionId, resume: true }).session.result).toMatchObject({
        outcome: { type: "done", detail: "again" },
      });
    });

    test("stopped before it was up: nothing is left", async () => {
      await using on = await stage([{ text: "never" }]);
      const { session, survivors } = on.start();
      await session.stop("kill");
      expect(await session.result).toMatchObject({ outcome: { type: "stopped" }, turns: 0 });
      expect(await survivors()).toEqual([]);
    });

    test("the agent's process is killed by somebody else", async () => {
      await using on = await stage([shell(`touch running; ${forever}`)]);
      const { session, survivors } = on.start();
      await vi.waitUntil(() => existsSync(join(on.cwd, "running")), { timeout: 20_000 });
      process.kill(session.pid ?? Number.NaN, "SIGKILL");
      const { outcome, resumable } = await session.result;
      expect(outcome).toMatchObject({ type: "crashed", detail: expect.stringContaining("SIGKILL") });
      expect(resumable).toBe(true);
      expect(await survivors()).toEqual([]);
    });

    test("what it left in the background ends with it, and delays nothing", async () => {
      const detached = `setsid sh -c '${forever}' > /dev/null 2>&1 & echo $! > pid.txt`;
      await using on = await stage([shell(detached), { text: "ok" }]);
      const { session, spec, survivors } = on.start();
      expect(await session.result).toMatchObject({ outcome: { type: "done" } });
      const pid = Number(await readFile(join(on.cwd, "pid.txt"), "utf8"));
      expect(pid).toBeGreaterThan(0);
      expect(processTable(spec.marker).filter((entry) => entry.pid === pid)).toEqual([]);
      expect(await survivors()).toEqual([]);
    });

    test("a stop after the end changes nothing", async () => {
      await using on = await stage([{ text: "ok" }]);
      const { session } = on.start();
      const before = await session.result;
      await session.stop("kill");
      expect(before.outcome.type).toBe("done");
    });
  });
}

function toolsOf(turn: Turn): readonly ScriptedTool[] {
  return "tools" in turn ? (turn.tools ?? []) : [];
}

/** All text that the agent sent with a call, tool results included. */
function textOf(call: ScriptedCall | undefined): string {
  return JSON.stringify(call?.messages ?? []);
}
