import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ListEdit } from "../../../src/core/list-edits.ts";
import { editList } from "../../../src/project/list/edit-list.ts";
import { parseListText } from "../../../src/project/list/feature-list.ts";

const lines = `[
  {
    "id": "a",
    "description": "log in",
    "passes": true, "owner": 1.50
  },
  {
    "id": "b",
    "description": "log out",
    "steps": [
      "log out"
    ],
    "passes": false
  }
]
`;
const made = (text: string, edit: ListEdit): string => {
  const edited = editList(text, edit);
  if (!edited.ok) throw new Error(edited.problem);
  return edited.text;
};
const refusal = (text: string, edit: ListEdit) => {
  const edited = editList(text, edit);
  return edited.ok ? "done" : edited.problem;
};
const none = { steps: [], category: null, priority: null, dependsOn: [], verify: null };
const add = (id: string, more: object = {}): ListEdit => ({
  type: "add",
  id,
  fields: { ...none, description: `${id} works`, ...more },
});

describe("editList leaves every other byte alone (F4)", () => {
  it("adds a feature in the style of the last one", () => {
    expect(made(lines, add("c", { steps: ["one", "two"], priority: 2, verify: "npm test" }))).toBe(
      lines.replace(
        "\n]\n",
        `,
  {
    "id": "c",
    "description": "c works",
    "steps": [
      "one",
      "two"
    ],
    "passes": false,
    "priority": 2,
    "verify": "npm test"
  }
]
`,
      ),
    );
  });

  it("keeps a byte order mark, CRLF, tabs, the other shape and what is around it", () => {
    const text = `\uFEFF{"note": [1],\r\n\t"features": [\r\n\t\t{\r\n\t\t\t"id": "a",\r\n\t\t\t"description": "log in"\r\n\t\t}\r\n\t], "after": {}}\r\n`;
    expect(made(text, add("b", { steps: ["x", "y"] }))).toBe(
      text.replace(
        '\r\n\t], "after"',
        ',\r\n\t\t{\r\n\t\t\t"id": "b",\r\n\t\t\t"description": "b works",\r\n\t\t\t"steps": [\r\n\t\t\t\t"x",\r\n\t\t\t\t"y"\r\n\t\t\t],\r\n\t\t\t"passes": false\r\n\t\t}\r\n\t], "after"',
      ),
    );
    expect(made(text, { type: "edit", id: "a", fields: { category: "cli" } })).toBe(
      text.replace('"log in"', '"log in",\r\n\t\t\t"category": "cli"'),
    );
  });

  it("writes compact lists compactly", () => {
    const text = '[{"id":"a","description":"x"},{"id":"b","description":"y"}]';
    expect(made(text, add("c"))).toBe(
      text.replace(/]$/, ',{"id": "c", "description": "c works", "steps": [], "passes": false}]'),
    );
  });

  it("changes, adds and takes out fields; an unknown one stays", () => {
    const edit: ListEdit = { type: "edit", id: "b", fields: { steps: [], category: "auth", verify: "x" } };
    expect(made(lines, edit)).toBe(
      lines.replace(
        `"steps": [
      "log out"
    ],
    "passes": false`,
        `"passes": false,
    "category": "auth",
    "verify": "x"`,
      ),
    );
    const first = '[{"verify": "x", "id": "a", "description": "d", "verify": "y"}]';
    expect(made(first, { type: "edit", id: "a", fields: { verify: null } })).toBe(
      '[{"id": "a", "description": "d"}]',
    );
    expect(made(first, { type: "edit", id: "a", fields: { verify: "z" } })).toBe(
      '[{"verify": "z", "id": "a", "description": "d", "verify": "z"}]',
    );
  });

  it("puts a feature behind all others by moving its text", () => {
    const text = made(lines, { type: "reprioritise", id: "a", to: "last" });
    expect(text.indexOf('"owner": 1.50')).toBeGreaterThan(text.indexOf("log out"));
    expect([...text].sort()).toEqual([...lines].sort());
    expect(made(text, { type: "reprioritise", id: "a", to: "last" })).toBe(text);
    const prior = made(lines, { type: "reprioritise", id: "b", to: "first" });
    expect(prior).toContain('"priority": 1');
    expect(made(prior, { type: "reprioritise", id: "b", to: "first" })).toBe(prior);
    expect(made(prior, { type: "reprioritise", id: "a", to: "first" })).toContain('"priority": 0');
  });

  it("lets a passing feature prove itself again when it means something else", () => {
    expect(editList(lines, { type: "edit", id: "a", fields: { steps: ["new"] } })).toMatchObject({
      text: expect.stringContaining('"passes": false, "owner"'),
      unpassed: true,
    });
    const other: ListEdit = { type: "edit", id: "a", fields: { category: "x", description: "log in" } };
    expect(editList(lines, other)).toMatchObject({ unpassed: false });
  });

  it("writes down an id that was derived from the description that changes", () => {
    const text = '[{"description": "x", "passes": false}, {"description": "y", "dependsOn": ["f-0"]}]';
    const list = parseListText(text);
    const id = list.type === "valid" ? (list.features[0]?.id ?? "") : "";
    const edited = made(text, { type: "edit", id, fields: { description: "z" } });
    expect(JSON.parse(edited)[0]).toEqual({ description: "z", passes: false, id });
  });

  it("refuses what makes no sense, and what would damage the list", () => {
    expect(refusal(lines, add("a"))).toBe("There is already a feature a.");
    expect(refusal(lines, add("c", { description: "log in" }))).toBe("a already has this description.");
    expect(refusal(lines, add("c", { dependsOn: ["d"] }))).toMatch("c cannot depend on d");
    const waits = made(lines, { type: "edit", id: "a", fields: { dependsOn: ["b"] } });
    expect(refusal(waits, { type: "edit", id: "b", fields: { dependsOn: ["a"] } })).toMatch(
      "b would wait for itself",
    );
    expect(refusal(lines, { type: "edit", id: "x", fields: {} })).toBe("There is no feature x.");
    expect(refusal(lines, { type: "reprioritise", id: "x", to: 1 })).toBe("There is no feature x.");
    const twins = '[{"description": "x"}, {"description": "x"}]';
    const list = parseListText(twins);
    const id = list.type === "valid" ? (list.features[0]?.id ?? "") : "";
    expect(refusal(twins, { type: "edit", id, fields: { description: "y" } })).toMatch("ids of their own");
  });
});

it("makes of any list what was said, and of everything else nothing (F4)", () => {
  const words = fc.string({ unit: fc.constantFrom(...'ab"\\{}[],: \u{1F600}') });
  const optional = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });
  const elements = fc.array(
    fc.record(
      { steps: fc.array(words), passes: fc.boolean(), extra: fc.jsonValue(), verify: words },
      { requiredKeys: [] },
    ),
    { minLength: 1, maxLength: 6 },
  );
  const fields = fc.record(
    {
      description: words.map((text) => `new ${text}`),
      steps: fc.array(words, { maxLength: 3 }),
      category: fc.option(words.map((text) => `c${text}`)),
      priority: fc.option(fc.integer()),
      verify: fc.option(words.map((text) => `v${text}`)),
    },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(
      elements,
      fields,
      fc.nat(),
      fc.constantFrom(0, 1, 4, "\t"),
      fc.boolean(),
      optional(fc.constant("\r\n")),
      (made, said, pick, indent, wrapped, lineEnd) => {
        const list = made.map((element, index) => ({
          id: `f${index}`,
          description: `d${index}`,
          ...element,
        }));
        const json = JSON.stringify(
          wrapped ? { before: [1], features: list, after: {} } : list,
          null,
          indent,
        );
        const text = lineEnd === undefined ? json : json.replaceAll("\n", lineEnd);
        const id = `f${pick % list.length}`;
        const edited = editList(text, { type: "edit", id, fields: said });
        if (!edited.ok) throw new Error(edited.problem);
        const before = parseListText(text);
        const after = parseListText(edited.text);
        if (before.type !== "valid" || after.type !== "valid") throw new Error("no list");
        for (const [index, feature] of before.features.entries()) {
          const now = after.features[index];
          if (feature.id !== id) expect(now).toEqual(feature);
          else expect({ ...now, passes: null }).toEqual({ ...feature, ...said, passes: null });
        }
        const untold = (value: string) =>
          JSON.parse(value, (key, part: unknown) =>
            ["description", "steps", "category", "priority", "verify", "passes"].includes(key)
              ? undefined
              : part,
          ) as unknown;
        expect(untold(edited.text)).toEqual(untold(text));
        const added = editList(text, {
          type: "add",
          id: "new",
          fields: { ...none, description: "n", steps: ["s", "t"] },
        });
        if (!added.ok) throw new Error(added.problem);
        const [head, tail] = [
          text.slice(0, text.lastIndexOf(`"d${list.length - 1}"`)),
          wrapped ? '"after"' : "]",
        ];
        expect(added.text.startsWith(head)).toBe(true);
        expect(added.text.endsWith(text.slice(text.lastIndexOf(tail)))).toBe(true);
      },
    ),
  );
});
