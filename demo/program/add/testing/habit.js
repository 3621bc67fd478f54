import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run } from "../src/cli.js";

/** A habit of one's own for a test: an empty directory, a fixed today, and what it says with its exit code. */
export function habitFor(t, today = "2026-03-14") {
  const dir = mkdtempSync(join(tmpdir(), "habit-"));
  t.after(() => rmSync(dir, { recursive: true }));
  const file = join(dir, "habits.json");

  function habit(...args) {
    const lines = [];
    const take = (text) => lines.push(...text.split("\n"));
    const code = run(["--file", file, "--today", today, ...args], { print: take, warn: take });
    return { code, lines };
  }
  return Object.assign(habit, { file });
}
