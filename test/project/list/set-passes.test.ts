import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseListText } from "../../../src/project/list/feature-list.ts";
import { setPasses } from "../../../src/project/list/set-passes.ts";

const flip = (text: string, changes: Readonly<Record<string, boolean>>) =>
  setPasses(text, new Map(Object.entries(changes)));
const passing = (text: string) => {
  const list = parseListText(text);
  if (list.type !== "valid") throw new Error(`the list is ${list.type}`);
  return Object.fromEntries(list.features.map((feature) => [feature.id, feature.passes]));
};

describe("setPasses", () => {
  it("changes the literal and no other byte", () => {
    const text =
      '\uFEFF{ "note" : "\\"passes\\": false",\r\n\t"features":[{"id":"a","description":"x]}\\\\","passes" :false , "n":1.50},\n' +
      '   {"id":"b","description":"y","extra":{"passes":false},"passes":true}] ,"passes":false}\n\n';
    expect(flip(text, { a: true, b: false })).toBe(
      text.replace('"passes" :false', '"passes" :true').replace('"passes":true', '"passes":false'),
    );
  });

  it("adds a missing field in the style of its surroundings, and only where it says something", () => {
    expect(flip('[{"id":"a","description":"x"}]', { a: true })).toBe(
      '[{"id":"a","description":"x", "passes": true}]',
    );
    const lines = '[\n  {\n    "id": "a",\n    "description": "x"\n  }\n]\n';
    expect(flip(lines, { a: true })).toBe(lines.replace('"x"', '"x",\n    "passes": true'));
    expect(flip(lines, { a: false })).toBe(lines);
  });

  it("leaves no double meaning: repeated and escaped keys are all set, the last list counts", () => {
    const text =
      '{"features":[{"description":"decoy"}],"features":[{"id":"a","description":"x","passes":false,"p\\u0061sses":null}]}';
    const set = flip(text, { a: true });
    expect(passing(set)).toEqual({ a: true });
    expect(set).toContain('"passes":true,"p\\u0061sses":true');
  });

  it("refuses an unknown feature and a text that is no list", () => {
    expect(() => flip('[{"id":"a","description":"x"}]', { b: true })).toThrow("unknown feature");
    expect(() => flip("[]", {})).toThrow("no valid feature list");
  });

  it("sets what it was told and keeps the rest, for any list in any formatting", () => {
    const texts = fc.string({ unit: fc.constantFrom(...'ab"\\{}[],: \u{1F600}') });
    const elements = fc.array(
      fc.record(
        {
          description: texts.map((text) => `x${text}`),
          steps: fc.array(texts),
          passes: fc.option(fc.boolean()),
          extra: fc.jsonValue(),
        },
        { requiredKeys: ["description"] },
      ),
      { minLength: 1, maxLength: 8 },
    );
    const shapes = fc.record({
      indent: fc.constantFrom(0, 1, 4, "\t"),
      wrapped: fc.boolean(),
      wanted: fc.array(fc.boolean(), { minLength: 8, maxLength: 8 }),
    });
    fc.assert(
      fc.property(elements, shapes, (list, { indent, wrapped, wanted }) => {
        const text = JSON.stringify(
          wrapped ? { before: [1], features: list, after: {} } : list,
          null,
          indent,
        );
        const ids = Object.keys(passing(text));
        const changes = Object.fromEntries(ids.map((id, index) => [id, wanted[index] === true]));
        const set = flip(text, changes);
        expect(passing(set)).toEqual(changes);
        expect(flip(set, changes)).toBe(set);
        const without = (json: string) =>
          JSON.parse(json, (key, value: unknown) => (key === "passes" ? undefined : value)) as unknown;
        expect(without(set)).toEqual(without(text));
      }),
    );
  });

  it("edits ten thousand features in one pass", () => {
    const list = Array.from({ length: 10_000 }, (_, index) => ({
      id: `f${index}`,
      description: "x".repeat(200),
      passes: false,
    }));
    const text = JSON.stringify(list, null, 2);
    const set = setPasses(text, new Map(list.map(({ id }) => [id, true])));
    expect(set).toBe(text.replaceAll('"passes": false', '"passes": true'));
  });
});
