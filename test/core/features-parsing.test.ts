import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseFeatures } from "../../src/core/feature-parsing.ts";

const features = (json: unknown) => {
  const parsed = parseFeatures(json);
  if (!parsed.ok) throw new Error(parsed.problem);
  return parsed.features;
};
const problem = (json: unknown) => {
  const parsed = parseFeatures(json);
  return parsed.ok ? null : parsed.problem;
};

describe("parseFeatures", () => {
  it("takes what the origin's agents write", () => {
    const written = [
      { category: "functional", description: "User can log in", steps: ["Open /", "Type"], passes: false },
      { category: "style", description: "Headings are blue", steps: [], passes: true },
    ];
    expect(features(written)).toEqual([
      { ...written[0], id: "f-9f76f714c3a0", priority: null, dependsOn: [], verify: null },
      {
        ...written[1],
        id: expect.stringMatching(/^f-[0-9a-f]{12}$/),
        priority: null,
        dependsOn: [],
        verify: null,
      },
    ]);
  });

  it("takes the wrapped form, all fields, numbers as ids, and one text for a list of one", () => {
    const written = {
      project: "ignored",
      features: [
        {
          id: 7,
          description: "a",
          steps: "one",
          passes: null,
          category: null,
          priority: 1.5,
          owner: "ignored",
        },
        { id: "b", description: "b", dependsOn: [7], verify: "npm test" },
        { id: "c", description: "c", dependsOn: "b", verify: ["npm", "test"] },
        { id: "d", description: "d", verify: "" },
      ],
    };
    expect(features(written)).toMatchObject([
      { id: "7", steps: ["one"], passes: false, priority: 1.5 },
      { id: "b", dependsOn: ["7"], verify: "npm test" },
      { id: "c", dependsOn: ["b"], verify: ["npm", "test"] },
      { id: "d", verify: null },
    ]);
  });

  it("derives an id from the description and the ordinal among equals, wherever it stands", () => {
    const [a, twin, other] = features([{ description: "x" }, { description: "x" }, { description: "y" }]);
    expect(twin?.id).toBe(`${a?.id}-2`);
    const [first, second] = features([
      { description: "y" },
      { description: "x", passes: true, steps: ["s"] },
    ]);
    expect([first?.id, second?.id]).toEqual([other?.id, a?.id]);
    const [, stillTwin] = features([{ id: "named now", description: "x" }, { description: "x" }]);
    expect(stillTwin?.id).toBe(twin?.id);
  });

  it.each([
    [[], "no features"],
    [{ features: [] }, "no features"],
    [{}, "array of features"],
    ["text", "array of features"],
    [null, "null"],
    [[{ description: "a" }, "b"], "feature 2"],
    [[{ passes: true }], '"description"'],
    [[{ description: " " }], '"description"'],
    [[{ description: "Log in", passes: "yes" }], 'feature 1 ("Log in"): "passes"'],
    [[{ description: "a", id: "" }], '"id"'],
    [[{ description: "a", id: {} }], '"id"'],
    [[{ description: "a", category: 1 }], '"category"'],
    [[{ description: "a", priority: "high" }], '"priority"'],
    [[{ description: "a", steps: [1] }], '"steps"'],
    [[{ description: "a", dependsOn: [{}] }], '"dependsOn"'],
    [[{ description: "a", verify: 1 }], '"verify"'],
    [
      [
        { description: "a", id: "x" },
        { description: "b", id: "x" },
      ],
      "features 1 and 2",
    ],
  ])("says where %j cannot be understood", (json, where) => {
    expect(problem(json)).toContain(where);
  });

  it("gives every list unique ids, and never throws", () => {
    fc.assert(
      fc.property(fc.array(fc.record({ description: fc.string({ minLength: 1, maxLength: 2 }) })), (list) => {
        const parsed = parseFeatures(list);
        if (parsed.ok) expect(new Set(parsed.features.map(({ id }) => id)).size).toBe(list.length);
      }),
    );
    fc.assert(fc.property(fc.jsonValue(), (json) => void parseFeatures(json)));
  });
});
