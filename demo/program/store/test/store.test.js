import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { Problem } from "../src/problem.js";
import { load, save } from "../src/store.js";

const habits = [{ name: "Read a book", since: "2026-03-01", done: ["2026-03-01", "2026-03-02"] }];

function scratch(t) {
  const dir = mkdtempSync(join(tmpdir(), "habit-"));
  t.after(() => rmSync(dir, { recursive: true }));
  return dir;
}

test("what was saved is loaded, and no draft is left behind", (t) => {
  const dir = scratch(t);
  const file = join(dir, "deep", "habits.json");
  save(file, habits);
  assert.deepEqual(load(file), habits);
  assert.deepEqual(readdirSync(join(dir, "deep")), ["habits.json"]);
});

test("no file means no habits yet", (t) => {
  assert.deepEqual(load(join(scratch(t), "habits.json")), []);
});

for (const damage of ["{ half a", '{"habits": 7}', '{"habits": [null]}', "null"]) {
  test(`a damaged file is refused and stays as it is: ${damage}`, (t) => {
    const file = join(scratch(t), "habits.json");
    writeFileSync(file, damage);
    assert.throws(() => load(file), (error) => error instanceof Problem && error.message.includes(file));
    assert.equal(readFileSync(file, "utf8"), damage);
  });
}

test("a place that cannot be written is a problem, not a crash", (t) => {
  const dir = scratch(t);
  writeFileSync(join(dir, "file"), "");
  assert.throws(() => save(join(dir, "file", "habits.json"), habits), Problem);
});
