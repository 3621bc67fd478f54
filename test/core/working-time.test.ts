/** Working time over interruptions of every kind (R3). */
import { expect, test } from "vitest";
import type { SessionState } from "../../src/core/run.ts";
import { noUsage, type SessionResult } from "../../src/core/session.ts";
import { type Story, story, work } from "./story.ts";
import { settings } from "./world.ts";

const minute = 60_000;
const result: SessionResult = {
  outcome: { type: "crashed", detail: "" },
  resumable: true,
  turns: 1,
  usage: noUsage,
  cumulativeCostUsd: null,
  denials: 0,
};

function running(): Story {
  const told = story();
  told.next(work);
  told.give({ type: "session-up", pid: 1 });
  return told;
}

function sessionOf({ state }: Story): SessionState | null {
  return state.run?.phase.type === "session" ? state.run.phase.session : null;
}

test("what was counted before a manager died is not counted again from the session's own signs of life", () => {
  const told = running();
  const begun = told.state.run?.countingSince ?? 0;
  const before = told.state.run?.activeMs ?? 0;
  told.pass(10 * minute);
  told.give({ type: "said", text: "use tabs", by: "a person" });
  told.pass(90 * minute);
  const again = { type: "opened", runId: told.state.run?.id ?? never(), settings } as const;
  told.give(again);
  told.pass(minute);
  told.give(again); // and died once more before it had looked
  expect(sessionOf(told)?.leftAloneSince).toBe(begun + 10 * minute);
  told.give({ type: "session-exited", result, estimatedCostUsd: 0, recoveredMs: 5 * minute });
  expect((told.state.run?.activeMs ?? 0) - before).toBe((10 + 5) * minute);
});

test("time asleep is taken off the time since the last event, and no more than that", () => {
  const told = running();
  const before = told.state.run?.activeMs ?? 0;
  told.pass(60 * minute);
  told.give({ type: "slept", ms: 50 * minute });
  expect((told.state.run?.activeMs ?? 0) - before).toBe(10 * minute);
  told.pass(minute);
  told.give({ type: "slept", ms: 30 * minute });
  expect((told.state.run?.activeMs ?? 0) - before).toBe(10 * minute);
  expect(told.give({ type: "slept", ms: 0 })).toEqual([]);
});

function never(): never {
  throw new Error("there is a run");
}
