import { describe, expect, it } from "vitest";
import { circlesOf } from "../../src/core/dependency-circles.ts";
import { type LintQuestions, lintFeatures } from "../../src/core/list-lint.ts";
import { isVague, meaningOf } from "../../src/core/wording.ts";
import { feature } from "./story.ts";

const lenient: LintQuestions = { isDecided: () => true, refusal: () => null, isEmptyCheck: () => false };
const good = { description: "A task can be added", steps: ["Add a task", "See it in the list"] };
const rules = (features: Parameters<typeof lintFeatures>[0], ask = lenient) =>
  lintFeatures(features, ask).map(({ rule, featureId }) => [rule, featureId]);

describe("lintFeatures", () => {
  it("finds nothing in a good list", () => {
    const other = { ...good, description: "A task can be removed" };
    expect(rules([feature("a", good), feature("b", { ...other, dependsOn: ["a"] })])).toEqual([]);
  });

  it("finds what is said twice, also in other words", () => {
    const again = { ...good, description: "Users should be adding tasks!" };
    const found = lintFeatures([feature("a", good), feature("b", good), feature("c", again)], lenient);
    expect(found.map(({ featureId, what }) => [featureId, what])).toEqual([
      ["b", "It says the same as a."],
      ["c", "It says nearly the same as a."],
    ]);
    expect(meaningOf("Add a task")).toBe(meaningOf("adding tasks"));
    expect(meaningOf("Add a task")).not.toBe(meaningOf("Remove a task"));
    expect(meaningOf("Page 1 loads")).not.toBe(meaningOf("Page 2 loads"));
  });

  it("finds circles once each, and dependencies on nothing", () => {
    const list = [
      feature("a", { ...good, description: "one thing", dependsOn: ["b"] }),
      feature("b", { ...good, description: "two things", dependsOn: ["a", "x", "x"] }),
      feature("c", { ...good, description: "three stones", dependsOn: ["c"] }),
      feature("d", { ...good, description: "four trees", dependsOn: ["a"] }),
    ];
    expect(rules(list)).toEqual([
      ["circle", "a"],
      ["unknown-dependency", "b"],
      ["circle", "c"],
    ]);
    expect(lintFeatures(list, lenient)[0]?.what).toBe("They wait for each other: a, b.");
  });

  it.each([
    ["Everything works correctly", /works correctly/],
    ["Lists, tables, etc.", /etc\./],
    ["Login", /too short/],
  ])("finds %s vague", (description, why) => {
    expect(isVague(description)).toMatch(why);
  });

  it("finds nothing vague in clear words", () => {
    expect(isVague("A finished task is struck through")).toBeNull();
    expect(isVague("`todo add` prints the number of the task")).toBeNull();
    expect(isVague("open /login", "step")).toBeNull();
    expect(isVague("x", "step")).toMatch("too short");
  });

  it("asks about the commands", () => {
    const own = feature("a", { ...good, steps: [], verify: "true" });
    const bare = feature("b", { ...good, description: "Nothing proves it", steps: [] });
    const ask: LintQuestions = {
      isDecided: ({ verify }) => verify !== null,
      refusal: () => "P1: no",
      isEmptyCheck: () => true,
    };
    expect(rules([own, bare], ask)).toEqual([
      ["empty-verify", "a"],
      ["no-steps", "b"],
      ["no-verification", "b"],
    ]);
    expect(rules([own], { ...ask, isEmptyCheck: () => false })).toEqual([["refused-verify", "a"]]);
  });
});

describe("circlesOf", () => {
  it("walks chains that are deeper than a stack, and large circles", () => {
    const chain = (last: number | null) =>
      Array.from({ length: 50_000 }, (_, index) =>
        feature(`f${index}`, {
          dependsOn: index === 49_999 ? (last === null ? [] : [`f${last}`]) : [`f${index + 1}`],
        }),
      );
    expect(circlesOf(chain(null))).toEqual([]);
    expect(circlesOf(chain(10))[0]).toHaveLength(49_990);
  });

  it("keeps circles that touch apart from those that share features", () => {
    const list = [
      feature("a", { dependsOn: ["b"] }),
      feature("b", { dependsOn: ["a", "c"] }),
      feature("c", { dependsOn: ["d"] }),
      feature("d", { dependsOn: ["c", "e"] }),
      feature("e"),
    ];
    expect(circlesOf(list)).toEqual([
      ["a", "b"],
      ["c", "d"],
    ]);
  });
});
