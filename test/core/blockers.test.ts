import { expect, test } from "vitest";
import { openBlockers } from "../../src/core/blockers.ts";
import type { AgentRecord } from "../../src/core/events.ts";
import { feature, type Story, story, work } from "./story.ts";

const raised = (text: string, featureId: string | null = null): AgentRecord => ({
  ...{ type: "blocker.raised", text, featureId, request: null },
});

/** A session at work. */
function atWork(): Story {
  const told = story();
  expect(told.next(work).type).toBe("session.starting");
  told.give({ type: "session-up", pid: 1 });
  return told;
}

const record = (told: Story, what: AgentRecord) => told.give({ type: "agent-recorded", record: what });
const texts = (told: Story) => told.state.blockers.map(({ text }) => text);

test("the last word on a feature counts, and only a few are kept", () => {
  const told = atWork();
  record(told, raised("first", "a"));
  record(told, raised("second", "a"));
  expect(told.state.blockers).toMatchObject([{ text: "second", featureId: "a", number: 1 }]);
  for (let more = 1; more <= 20; more += 1) record(told, raised(`general ${more}`));
  record(told, raised("general 20"));
  expect(texts(told)).toHaveLength(10);
  expect(texts(told).at(-1)).toBe("general 20");
});

test("a person's word clears them; what is raised after it stays", () => {
  const told = atWork();
  record(told, raised("no key"));
  told.give({ type: "said", text: "Here it is.", by: "test" });
  expect(texts(told)).toEqual([]);
  record(told, raised("still no key"));
  expect(texts(told)).toEqual(["still no key"]);
});

test("one of a feature counts while that does not pass", () => {
  const blockers = [
    { text: "x", featureId: "a", number: 1, at: 0 },
    { text: "y", featureId: null, number: 1, at: 0 },
    { text: "z", featureId: "gone", number: 1, at: 0 },
  ];
  const open = (passes: boolean) =>
    openBlockers(blockers, [feature("a", { passes })]).map(({ text }) => text);
  expect(open(false)).toEqual(["x", "y"]);
  expect(open(true)).toEqual(["y"]);
});

test("a session that has settled its agent records nothing more", () => {
  const told = atWork();
  const result = { resumable: false, turns: 1, usage, cumulativeCostUsd: 0, denials: 0 };
  const outcome = { type: "done", detail: "" } as const;
  told.give({
    ...{ type: "session-exited", result: { ...result, outcome }, estimatedCostUsd: 0, recoveredMs: null },
  });
  expect(record(told, raised("too late"))).toEqual([]);
});

const usage = { inputTokens: 1, outputTokens: 1, cacheReadTokens: 0, cacheWriteTokens: 0 };
