import { describe, expect, it } from "vitest";
import { parseListText } from "../../../src/project/list/feature-list.ts";
import { restoreIntegrity } from "../../../src/project/list/guardian.ts";

const before = `[
  { "id": "a", "description": "log in", "passes": false, "owner": "Ada" },
  { "id": "b", "description": "log out", "passes": true }
]
`;
const settled = (text: string) => restoreIntegrity(before, parseListText(text));

describe("restoreIntegrity", () => {
  it("lets flips through in both directions (F1, F3)", () => {
    const edited = before.replace("false", "TRUE").replace("true", "false").replace("TRUE", "true");
    expect(settled(edited)).toEqual({ text: edited, violations: [], claimed: ["a"], regressed: ["b"] });
    expect(settled(before)).toEqual({ text: before, violations: [], claimed: [], regressed: [] });
  });

  it("undoes every other change, and keeps the flips made beside it", () => {
    const claimed = before.replace("false", "true");
    const found = settled(claimed.replace("log in", "do nothing"));
    expect(found).toMatchObject({ text: claimed, claimed: ["a"] });
    expect(found.violations).toEqual([
      { what: expect.stringContaining('"description" was changed'), featureId: "a" },
    ]);
    expect(settled('[{"id": "a", "description": "log in", "passes": true}]')).toMatchObject({
      text: claimed,
    });
  });

  it("does not let an added feature pass, nor a removed one count", () => {
    const found = settled(
      before.replace("\n]", ',\n  {"id": "c", "description": "free", "passes": true}\n]'),
    );
    expect(found).toMatchObject({ text: before, claimed: [], violations: [{ featureId: "c" }] });
  });

  it("tells a new format from changes in fields that it does not know", () => {
    const whats = (text: string) => settled(text).violations.map(({ what }) => what);
    const compact = JSON.stringify(JSON.parse(before.replace("false", "true")));
    expect(whats(compact)).toEqual([expect.stringContaining("formatting")]);
    expect(settled(compact)).toMatchObject({ text: before.replace("false", "true"), claimed: ["a"] });
    expect(whats(before.replace("Ada", "Bob"))).toEqual([expect.stringContaining("other than `passes`")]);
  });

  it("restores a list that was deleted or destroyed", () => {
    expect(restoreIntegrity(before, { type: "absent" })).toEqual({
      text: before,
      violations: [{ what: "The feature list was deleted.", featureId: null }],
      claimed: [],
      regressed: [],
    });
    const destroyed = restoreIntegrity(before, parseListText("[]"));
    expect(destroyed).toMatchObject({
      text: before,
      violations: [{ what: expect.stringContaining("no features") }],
    });
  });

  it("tells a bounded number of violations", () => {
    const list = (word: string) =>
      JSON.stringify(
        Array.from({ length: 500 }, (_, index) => ({ id: `f${index}`, description: `${word} ${index}` })),
      );
    const { violations } = restoreIntegrity(list("do"), parseListText(list("skip")));
    expect(violations).toHaveLength(20);
    expect(violations.at(-1)?.what).toContain("481 more");
  });
});
