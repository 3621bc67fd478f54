import { describe, expect, it } from "vitest";
import { columnsOf, fitted, folded, padded } from "../../src/cli/text/columns.ts";
import { table } from "../../src/cli/text/terminal-text.ts";

const red = (text: string) => `\x1b[31m${text}\x1b[39m`;

describe("columns", () => {
  it.each([
    ["plain", 5],
    ["日本語", 6],
    ["한국어", 6],
    ["ｆｕｌｌ", 8],
    ["e\u0301a\u0300", 2],
    ["🚀 go", 5],
    ["café ✓ ✗ ●", 10],
    [red("red"), 3],
  ])("of %j are %d", (text, columns) => {
    expect(columnsOf(text)).toBe(columns);
  });

  it("decide where a line is cut, and how far it is filled", () => {
    expect(fitted("日本語", 6)).toBe("日本語");
    expect(fitted("日本語です", 6)).toBe("日本…");
    expect(fitted(red("a long line"), 7)).toBe("\x1b[31ma long…\x1b[0m");
    expect(padded("日本", 6)).toBe("日本  ");
  });

  it("decide where a line is broken; a word that is too wide is left whole", () => {
    expect(folded("  one two three", 10)).toBe("  one two\n    three");
    expect(folded(`see /a/very/long/path or ${red("this")}`, 10)).toBe(
      `see\n  /a/very/long/path\n  or ${red("this")}`,
    );
  });

  it("leave what stands between backticks in one piece", () => {
    expect(folded("kept: `git reset abc` undoes it, `lone", 14)).toBe(
      "kept:\n  `git reset abc`\n  undoes it,\n  `lone",
    );
  });

  it("keep the cells of a table below each other", () => {
    const rows = table(
      ["name", "of"],
      [
        ["日本語", 1],
        ["plain", 22],
      ],
    )
      .split("\n")
      .slice(1);
    expect(rows).toEqual(["日本語   1", "plain   22"]);
  });
});
