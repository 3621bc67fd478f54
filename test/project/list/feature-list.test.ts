import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  maxListBytes,
  parseListText,
  readFeatureList,
  writeFeatureList,
} from "../../../src/project/list/feature-list.ts";
import { scratch, write } from "../scratch.ts";

const valid = '[{"description": "a", "passes": false}]\n';
const reading = async (content: string | Uint8Array) => {
  const dir = scratch();
  writeFileSync(join(dir, "feature_list.json"), content);
  return readFeatureList(dir);
};

describe("readFeatureList", () => {
  it("tells absent and valid, and keeps the exact text", async () => {
    expect(await readFeatureList(scratch())).toEqual({ type: "absent" });
    expect(await reading(valid)).toMatchObject({
      type: "valid",
      text: valid,
      features: [{ description: "a" }],
    });
  });

  it("tolerates a byte order mark, and keeps it", async () => {
    expect(await reading(`\uFEFF${valid}`)).toMatchObject({ type: "valid", text: `\uFEFF${valid}` });
  });

  it.each([
    ["", "is empty"],
    [" \n", "is empty"],
    ["[]", "no features"],
    ['{"features": 1}', "array of features"],
    ['[{"passes": true}]', "feature 1"],
    ['[\n  {"description": "a",}\n]', "line 2, column 23 (byte 24)"],
    ['[{"description": "ä" "passes": 1}]', "line 1, column 22 (byte 22)"],
    ['\uFEFF[{"description": "a"]', "line 1, column 21 (byte 23)"],
    ['[{"description": "a"}', "line 1, column 22 (byte 21)"],
    ["// a comment\n[]", "line 1, column 1"],
    ["\0\0\0\0", "line 1, column 1 (byte 0)"],
    [
      Uint8Array.of(0x5b, 0x22, 0xc3, 0x28, 0x22, 0x5d),
      "not UTF-8 text: the first wrong byte is at position 2",
    ],
    [Buffer.from(`\uFEFF${valid}`, "utf16le"), "not UTF-8"],
  ])("says what is wrong with %j, and where", async (content, problem) => {
    expect(await reading(content)).toEqual({ type: "damaged", problem: expect.stringContaining(problem) });
  });

  it("never follows or waits for what is no plain file", async () => {
    const dir = scratch();
    const path = join(dir, "feature_list.json");
    write(dir, { "real.json": valid });
    const attempts = [
      () => mkdirSync(path),
      () => symlinkSync("nowhere", path),
      () => symlinkSync("real.json", path),
      () => execFileSync("mkfifo", [path]),
    ];
    for (const attempt of attempts) {
      execFileSync("rm", ["-rf", path]);
      attempt();
      expect(await readFeatureList(dir)).toMatchObject({ type: "damaged" });
    }
  });

  it("does not read a file that is too large, and says the limit", async () => {
    const dir = scratch();
    writeFileSync(join(dir, "feature_list.json"), "");
    truncateSync(join(dir, "feature_list.json"), maxListBytes + 1);
    expect(await readFeatureList(dir)).toEqual({
      type: "damaged",
      problem: expect.stringContaining(`${maxListBytes}`),
    });
  });

  it("says at which line an element that is none begins, in both forms of the list", () => {
    const good = '    {"description": "a"},\n';
    const bad = '    {"passes": true}\n';
    for (const [before, after] of [
      ["[\n", "]\n"],
      ['{"title": "x", "features": [\n', "]}\n"],
    ]) {
      expect(parseListText(`${before}${good}${good}${bad}${after}`)).toEqual({
        type: "damaged",
        problem: 'is no feature list: feature 3: "description" must be a text, but is missing (line 4)',
      });
    }
  });

  it("survives nesting that no parser's stack holds", () => {
    const deep = "[".repeat(200_000);
    expect(parseListText(deep).type).toBe("damaged");
    const list = `[{"description": "a", "more": ${deep}${"]".repeat(200_000)}}]`;
    expect(["valid", "damaged"]).toContain(parseListText(list).type);
  });

  it("has an answer to any text, cut anywhere", () => {
    fc.assert(fc.property(fc.string(), (text) => void parseListText(text)));
    for (let end = 0; end < valid.length - 2; end++)
      expect(parseListText(valid.slice(0, end)).type).toBe("damaged");
  });
});

describe("writeFeatureList (F4)", () => {
  it("replaces a file and a link, and moves a directory aside without deleting it", async () => {
    const dir = scratch();
    const path = join(dir, "feature_list.json");
    await writeFeatureList(dir, valid);
    expect(readFileSync(path, "utf8")).toBe(valid);
    execFileSync("rm", [path]);
    write(dir, { "feature_list.json/kept.txt": "kept" });
    await writeFeatureList(dir, valid);
    expect(readFileSync(path, "utf8")).toBe(valid);
    const aside = readdirSync(dir).find((name) => name.startsWith("feature_list.json.moved-aside"));
    expect(readFileSync(join(dir, aside ?? "", "kept.txt"), "utf8")).toBe("kept");
  });
});
