import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compareLists } from "../../src/core/feature-comparison.ts";
import type { Feature } from "../../src/core/features.ts";

const feature = (id: string, over: Partial<Feature> = {}): Feature => ({
  id,
  description: `what ${id} does`,
  steps: ["look"],
  passes: false,
  category: null,
  priority: null,
  dependsOn: [],
  verify: null,
  ...over,
});
const before = [feature("a"), feature("b", { passes: true }), feature("c")];
const sentences = (after: readonly Feature[]) =>
  compareLists(before, after).violations.map(({ what }) => what);

describe("compareLists", () => {
  it("finds claims and regressions, which are no violations (F2, F3)", () => {
    const after = [feature("a", { passes: true }), feature("b"), feature("c")];
    expect(compareLists(before, after)).toEqual({ claimed: ["a"], regressed: ["b"], violations: [] });
  });

  it.each([
    [{ description: "less" }, '"description"'],
    [{ steps: [] }, '"steps"'],
    [{ steps: ["glance"] }, '"steps"'],
    [{ category: "x" }, '"category"'],
    [{ priority: 1 }, '"priority"'],
    [{ dependsOn: ["b"] }, '"dependsOn"'],
    [{ verify: "true" }, '"verify"'],
    [{ description: "less", verify: ["true"] }, '"description", "verify"'],
  ])("tells that %j was changed (F1)", (over, named) => {
    const [what, ...others] = sentences(
      [feature("a", over), before[1], before[2]].filter((item) => item !== undefined),
    );
    expect(what).toContain(`${named} was changed`);
    expect(others).toEqual([]);
  });

  it("tells removal, addition and another order (F1)", () => {
    expect(sentences(before.slice(1))).toEqual(['Feature a ("what a does") was removed.']);
    expect(sentences([...before, feature("d", { passes: true })])).toEqual([
      'Feature d ("what d does") was added.',
    ]);
    expect(sentences(before.toReversed())).toEqual(["The order of the features was changed."]);
  });

  it("does not take an addition with passes for a claim", () => {
    expect(compareLists(before, [...before, feature("d", { passes: true })]).claimed).toEqual([]);
  });

  it("is silent about a list that only flips, whatever flips", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.boolean(), fc.boolean())), (flips) => {
        const old = flips.map(([passes], index) => feature(`f${index}`, { passes }));
        const now = flips.map(([, passes], index) => feature(`f${index}`, { passes }));
        const found = compareLists(old, now);
        expect(found.violations).toEqual([]);
        expect(found.claimed.length + found.regressed.length).toBe(flips.filter(([a, b]) => a !== b).length);
      }),
    );
  });
});
