import { appendFile, readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test, vi } from "vitest";
import type { SessionCaps } from "../../src/core/event-parts.ts";
import { noUsage } from "../../src/core/session.ts";
import { systemClock } from "../../src/loop/clock.ts";
import { openTranscript } from "../../src/loop/transcript.ts";
import { readTurns, recordTurn } from "../../src/loop/turns.ts";
import { type Alarm, startWatchdog, type WatchdogLimits } from "../../src/loop/watchdog.ts";
import { emptyDirectory } from "./project.ts";

const caps: SessionCaps = { maxTurns: 10, maxBudgetUsd: null, maxTokens: null, deadline: null };

function watch(limits: Partial<WatchdogLimits>) {
  const alarms: Alarm[] = [];
  let now = 0;
  vi.useFakeTimers();
  const watchdog = startWatchdog(
    { stallMs: 600_000, toolMaxMs: 1_800_000, sessionMaxMs: null, caps, stopAtUtilization: null, ...limits },
    () => now,
    (alarm) => alarms.push(alarm),
  );
  return {
    alarms,
    see: watchdog.see,
    pass(ms: number) {
      for (const end = now + ms; now < end; ) {
        now += 1000;
        vi.advanceTimersByTime(1000);
      }
    },
    [Symbol.dispose]() {
      watchdog[Symbol.dispose]();
      vi.useRealTimers();
    },
  };
}

describe("watchdog", () => {
  test("silence of the model is a stall; any event shows life", () => {
    using dog = watch({});
    dog.pass(599_000);
    dog.see({ type: "alive" });
    dog.pass(599_000);
    expect(dog.alarms).toEqual([]);
    dog.pass(2_000);
    expect(dog.alarms).toMatchObject([{ type: "stalled", detail: expect.stringContaining("600 s") }]);
  });

  test("a running tool counts as alive up to its own limit", () => {
    using dog = watch({});
    dog.see({ type: "tool-started", id: "t", tool: "Bash", input: {} });
    dog.pass(1_700_000);
    expect(dog.alarms).toEqual([]);
    dog.pass(101_000);
    expect(dog.alarms).toMatchObject([{ type: "stalled", detail: expect.stringContaining("Bash ran for") }]);
  });

  test("a session has its own longest time, whatever it does", () => {
    using dog = watch({ sessionMaxMs: 3_600_000 });
    for (let i = 0; i < 59; i += 1) {
      dog.pass(60_000);
      dog.see({ type: "alive" });
    }
    expect(dog.alarms).toEqual([]);
    dog.pass(120_000);
    expect(dog.alarms).toEqual([{ type: "max-time", detail: "it lasted 3600 s" }]);
  });

  test("tokens, deadline and the share of the usage window stop a session, and only once", () => {
    using tokens = watch({ caps: { ...caps, maxTokens: 100 } });
    const turn = { type: "turn", turn: 1, usage: { ...noUsage, inputTokens: 60 }, text: "" } as const;
    tokens.see(turn);
    tokens.see(turn);
    tokens.see(turn);
    expect(tokens.alarms).toMatchObject([{ type: "max-budget" }]);
    using deadline = watch({ caps: { ...caps, deadline: 5_000 } });
    deadline.pass(6_000);
    expect(deadline.alarms).toMatchObject([{ type: "max-budget", detail: "max duration reached" }]);
    using share = watch({ stopAtUtilization: 0.9 });
    share.see({ type: "utilization", used: 0.89, resetsAt: 7 });
    share.see({ type: "utilization", used: 0.91, resetsAt: 7 });
    expect(share.alarms).toMatchObject([{ type: "usage-limit", resetsAt: 7 }]);
  });
});

test("a wait ends at its time, and at once when it is interrupted (R6)", async () => {
  const started = performance.now();
  await systemClock.sleepUntil(Date.now() + 50, new AbortController().signal);
  expect(performance.now() - started).toBeGreaterThanOrEqual(45);
  const interrupt = new AbortController();
  const long = systemClock.sleepUntil(Date.now() + 3_600_000, interrupt.signal);
  interrupt.abort();
  await long;
});

test("turns survive a torn last line (R3)", async () => {
  const file = join(await emptyDirectory(), "turns.jsonl");
  expect(readTurns(file)).toMatchObject({ turns: 0, lastAt: null });
  recordTurn(file, 5, { ...noUsage, outputTokens: 3 });
  recordTurn(file, 9, { ...noUsage, outputTokens: 4 });
  await appendFile(file, '{"at":12,"us');
  expect(readTurns(file)).toMatchObject({ turns: 2, lastAt: 9, usage: { outputTokens: 7 } });
});

test("a transcript is redacted, and says what its limit left out", async () => {
  const file = join(await emptyDirectory(), "transcript.jsonl");
  const transcript = openTranscript(file, (text) => text.replaceAll("secret", "[redacted]"), 40);
  transcript.write('{"text":"a secret"}');
  transcript.write('{"text":"too much for the limit"}');
  transcript[Symbol.dispose]();
  expect(await readFile(file, "utf8")).toBe(
    '{"text":"a [redacted]"}\n{"type":"onward","note":"limit reached: 1 messages left out"}\n',
  );
});
