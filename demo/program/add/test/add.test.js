import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "../src/store.js";
import { habitFor } from "../testing/habit.js";

test("a habit begins today, with nothing done", (t) => {
  const habit = habitFor(t, "2026-03-14");
  assert.deepEqual(habit("add", "Read", "a  book"), { code: 0, lines: ["+ Read a book"] });
  assert.deepEqual(load(habit.file), [{ name: "Read a book", since: "2026-03-14", done: [] }]);
});

test("the same name in other letters is refused", (t) => {
  const habit = habitFor(t);
  habit("add", "Read");
  assert.deepEqual(habit("add", "READ"), { code: 1, lines: ['habit: "Read" is already a habit'] });
  assert.equal(load(habit.file).length, 1);
});

test("a habit without a name is refused with an example", (t) => {
  const { code, lines } = habitFor(t)("add", " ");
  assert.equal(code, 1);
  assert.match(lines[0], /as in: habit add/);
});

test("a today that is no day is refused", (t) => {
  assert.equal(habitFor(t, "2026-02-30")("add", "Read").code, 1);
});

test("--help names the command", (t) => {
  assert.match(habitFor(t)("--help").lines.join("\n"), /habit add <name>/);
});
