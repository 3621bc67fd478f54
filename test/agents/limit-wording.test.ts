import { describe, expect, test } from "vitest";
import { readWordedLimit } from "../../src/agents/limit-wording.ts";

const now = Date.UTC(2026, 9, 5, 12, 0); // Monday, 5 October 2026, noon UTC
const at = (iso: string) => Date.parse(iso);
const hours = (count: number) => now + count * 3_600_000;

describe("usage limits in an agent's own words", () => {
  test.each<[string, number | null]>([
    ["Claude AI usage limit reached|1791201600", 1_791_201_600_000],
    ["You've hit your limit · resets 3pm", at("2026-10-05T15:00Z")],
    ["You've hit your 5-hour limit · resets 3pm (America/New_York)", at("2026-10-05T19:00Z")],
    ["5-hour limit reached ∙ resets 10:30am", at("2026-10-06T10:30Z")],
    ["You've hit your weekly limit · resets Oct 9 at 10am (Europe/Berlin)", at("2026-10-09T08:00Z")],
    ["You've hit your weekly limit · resets Oct 9, 10am", at("2026-10-09T10:00Z")],
    ["Claude usage limit reached. Your limit will reset at 7pm (Asia/Tokyo).", at("2026-10-06T10:00Z")],
    ["You've hit your usage limit. Upgrade to Pro or try again in 1 day 3 hours 12 minutes.", hours(27.2)],
    ["You've hit your usage limit. Try again in 2 hours and 30 minutes.", hours(2.5)],
    ["You exceeded your current quota. Your quota will reset after 5h20m.", hours(5 + 1 / 3)],
    ["Opus limit reached, resets in 34s", now + 34_000],
    ["You're out of extra usage · resets 12am", at("2026-10-06T00:00Z")],
    ["You have reached your session limit", null],
    ["You've hit your limit · resets 25 Foo (Nowhere/Land)", null],
  ])("%s", (text, resetsAt) => {
    expect(readWordedLimit(text, now, "UTC")).toEqual({ resetsAt });
  });

  test.each([
    "429 Too Many Requests: rate limit exceeded, please retry in 20 seconds",
    "Prompt is too long: the limit is 200000 tokens",
    "Reached maximum number of turns (10)",
    "The file quota.ts resets at 3pm",
    "",
  ])("no usage limit: %s", (text) => {
    expect(readWordedLimit(text, now, "UTC")).toBeNull();
  });
});
