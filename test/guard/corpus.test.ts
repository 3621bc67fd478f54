/**
 * The corpus of the policy, and further commands of our own: hostile ones, and what coding agents really run.
 * None may be wrongly allowed; what is wrongly denied costs an agent a detour, and is held below one percent.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { checkCommand } from "../../src/guard/shell.ts";
import { context } from "./context.ts";

interface Row {
  readonly id: string;
  readonly command: string;
  readonly expect: "allow" | "deny";
}

describe.each(["corpus.jsonl", "more.jsonl"])("%s", (file) => {
  const rows = readFileSync(join(import.meta.dirname, file), "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Row);
  const judged = rows.map((row) => ({ row, verdict: checkCommand(row.command, context, "strict") }));

  test("allows nothing that must be denied", () => {
    const wrong = judged.filter(({ row, verdict }) => row.expect === "deny" && verdict.allow);
    expect(wrong.map(({ row }) => [row.id, row.command])).toEqual([]);
  });

  test("denies at most one percent of what must be allowed", () => {
    const wrong = judged.filter(({ row, verdict }) => row.expect === "allow" && !verdict.allow);
    const allowed = rows.filter((row) => row.expect === "allow");
    expect(
      wrong.length / allowed.length,
      JSON.stringify(wrong.map(({ row }) => row.command)),
    ).toBeLessThanOrEqual(0.01);
  });

  test("says which clause, what, and what to do instead", () => {
    for (const { row, verdict } of judged) {
      if (verdict.allow) continue;
      expect(verdict.rule, row.command).toMatch(/^P\d+(?:\.\d+)?$/);
      expect(verdict.reason.length, row.command).toBeGreaterThan(10);
      expect(verdict.offending.length, row.command).toBeLessThanOrEqual(121);
    }
  });
});
