import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type ErrorMemory, learn, nothingLearnt, recall } from "../../src/core/error-memory.ts";
import type { SessionWork, VerificationResult } from "../../src/core/event-parts.ts";

const check = (featureId: string | null, ok: boolean, outputTail = "", command = "npm test") =>
  ({ featureId, command, ok, exitCode: ok ? 0 : 1, durationMs: 5, outputTail }) satisfies VerificationResult;
const port = "Error: listen EADDRINUSE 127.0.0.1:8080";
const fix: SessionWork = { commits: ["Close the server"], files: ["src/server.ts"] };

/** Sessions 2, 3, …: what was found after each, and what it did. */
function told(...sessions: readonly (readonly [readonly VerificationResult[], SessionWork | null])[]) {
  return sessions.reduce<ErrorMemory>(
    (memory, [results, work], index) => learn(memory, results, index + 2, work),
    nothingLearnt,
  );
}

describe("the memory of errors", () => {
  const learnt = told([[check("a", false, port)], null], [[check("a", true)], fix]);

  test("learns from a check that fails and then holds, and tells it when the error returns", () => {
    expect(learnt.open).toEqual([]);
    const again = learn(learnt, [check("b", false, port.replace("8080", "9090"))], 5, null);
    expect(recall(again, new Set(["b"]))).toEqual([{ featureId: "b", session: 3, ...fix }]);
    expect(recall(again, new Set(["a"]))).toEqual([]);
  });

  test("tells nothing of an error that it has not seen resolved", () => {
    const other = learn(learnt, [check("a", false, "Error: no such user")], 5, null);
    expect(recall(other, new Set(["a"]))).toEqual([]);
    const open = told([[check("a", false, port)], null], [[check("a", false, port)], fix]);
    expect(recall(open, new Set(["a"]))).toEqual([]);
  });

  test("a success answers a failure of the same command only", () => {
    const memory = told([[check("a", false, port)], null], [[check("a", true, "", "true")], fix]);
    expect(memory.open).toHaveLength(1);
    expect(memory.resolved).toEqual([]);
  });

  test("what several sessions did since the failure counts, the last one first", () => {
    const later = { commits: ["Claim it"], files: ["src/server.ts", "README.md"] };
    const memory = told([[check("a", false, port)], null], [[], fix], [[check("a", true)], later]);
    expect(memory.resolved).toMatchObject([
      { session: 4, commits: ["Claim it", "Close the server"], files: ["src/server.ts", "README.md"] },
    ]);
  });

  test("another error of the same check is another failure: only the last one was resolved", () => {
    const memory = told(
      [[check("a", false, port)], null],
      [[check("a", false, "Error: no such user")], fix],
      [[check("a", true)], { commits: ["Add users"], files: [] }],
    );
    expect(memory.resolved).toMatchObject([{ session: 4, commits: ["Add users"] }]);
  });

  test("the latest way is the one that is told; a command without output is known by itself", () => {
    const silent = (ok: boolean) => [check("a", ok, "", "test -f a.txt")];
    const memory = told(
      [silent(false), null],
      [silent(true), fix],
      [silent(false), null],
      [silent(true), { commits: ["Write a.txt"], files: ["a.txt"] }],
      [silent(false), null],
    );
    expect(memory.resolved).toHaveLength(1);
    expect(recall(memory, new Set(["a"]))).toMatchObject([{ session: 5, files: ["a.txt"] }]);
  });

  test("has a bound, however much fails and is mended (J4)", () => {
    const text = fc.string({ maxLength: 3000 });
    const some = fc.array(
      fc
        .tuple(fc.integer({ min: 0, max: 99 }), fc.boolean(), text)
        .map(([id, ok, tail]) => check(`f${id}`, ok, tail)),
      { maxLength: 60 },
    );
    // As a session's settling hands it over.
    const work = fc.constant({
      commits: Array.from({ length: 4 }, () => "c".repeat(80)),
      files: Array.from({ length: 6 }, () => "f".repeat(80)),
    });
    fc.assert(
      fc.property(fc.array(fc.tuple(some, work), { maxLength: 40 }), (sessions) => {
        expect(JSON.stringify(told(...sessions)).length).toBeLessThan(90_000);
      }),
      { numRuns: 30 },
    );
  });
});
