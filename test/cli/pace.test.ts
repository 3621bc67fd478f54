import { expect, test } from "vitest";
import { forecastText } from "../../src/cli/status/pace.ts";

const minute = 60_000;

test.each([
  [0.2, 0.5, 0.9, "under a minute of work"],
  [0.4, 1, 3, "a few minutes of work"],
  [0.4, 3, 12, "about 3m of work, most likely 1m to 12m"],
  [20, 61, 150, "about 1h 01m of work, most likely 20m to 2h 30m"],
])("an estimate of %d, %d and %d minutes says no more than it knows", (low, likely, high, said) => {
  const eta = { lowMs: low * minute, likelyMs: likely * minute, highMs: high * minute };
  expect(forecastText({ type: "estimate", eta })).toBe(said);
});
