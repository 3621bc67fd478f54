import { afterEach, expect, test, vi } from "vitest";
import { clockOn } from "../../src/loop/clock.ts";
import { sleepMeter } from "../../src/loop/sleep-meter.ts";
import { honest, newProject, open } from "./project.ts";
import { puppet } from "./puppet.ts";

const hour = 3_600_000;

afterEach(() => {
  vi.useRealTimers();
});

test("a step of the wall clock is sleep; time that passes, a late look and a clock set back are not", () => {
  vi.useFakeTimers();
  let now = 0;
  using meter = sleepMeter(() => now);
  let woken = 0;
  meter.onWake(() => {
    woken += 1;
  });
  const pass = (ms: number) => {
    now += ms;
    vi.advanceTimersByTime(1000);
  };
  for (let second = 0; second < 60; second += 1) pass(1000);
  pass(12_000);
  pass(-2 * hour);
  expect([meter.take(), woken]).toEqual([0, 0]);
  pass(8 * hour);
  expect(woken).toBe(1);
  expect(meter.take()).toBe(8 * hour - 1000);
  expect(meter.take()).toBe(0);
  now += hour; // asked before the timer has come round
  expect(meter.take()).toBe(hour - 1000);
});

test("a laptop that sleeps through the night in the middle of a session does not use up the run's time (R3)", async () => {
  let offset = 0;
  const agent = honest();
  const sleepy = puppet(async (act) => {
    if (agent.sessions.length === 0) offset += 8 * hour;
    const { result } = agent.start(act.spec, act.host);
    return result;
  });
  const { project, events } = await open(
    await newProject(),
    sleepy,
    { maxDurationMs: hour },
    { clock: clockOn(() => Date.now() + offset) },
  );
  await using _ = project;
  expect(await project.start().ended).toMatchObject({ reason: "complete" });
  expect(events).toContainEqual(expect.objectContaining({ type: "slept", ms: expect.any(Number) }));
  expect(project.ledger.state.run?.activeMs).toBeLessThan(hour / 10);
});
