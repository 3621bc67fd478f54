import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatDuration, parseDuration, roughDuration } from "../../src/config/duration.ts";

describe("durations", () => {
  it.each([
    ["0", 0],
    ["0s", 0],
    ["500ms", 500],
    ["3s", 3000],
    ["10m", 600_000],
    ["2h", 7_200_000],
    ["1h30m", 5_400_000],
    ["1h 30m", 5_400_000],
    ["1.5h", 5_400_000],
    ["7d", 604_800_000],
  ])("reads %s", (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
  });

  it.each(["", "5", "3 s s", "-1s", "1y", "1h30", "m", "s3", "400d", "1e3s", "3S"])("refuses %j", (text) => {
    expect(parseDuration(text)).toBeNull();
  });

  it("reads back what it writes", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 365 * 86_400_000 }),
        (ms) => parseDuration(formatDuration(ms)) === ms,
      ),
    );
  });

  it.each([
    [0, "0s"],
    [180, "180ms"],
    [59_400, "59s"],
    [59_600, "1m 00s"],
    [185_000, "3m 05s"],
    [8_040_000, "2h 14m"],
    [93_600_000, "1d 02h"],
  ])("tells %d ms to people", (ms, text) => {
    expect(roughDuration(ms)).toBe(text);
  });
});
