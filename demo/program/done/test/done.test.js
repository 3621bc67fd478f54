import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "../src/store.js";
import { habitFor } from "../testing/habit.js";

function habitWith(t, ...names) {
  const habit = habitFor(t, "2026-03-14");
  for (const name of names) habit("add", name);
  return habit;
}

const daysOf = (habit) => load(habit.file).map(({ done }) => done);

test("the first letters of a name are enough", (t) => {
  const habit = habitWith(t, "Read a book", "Stretch");
  assert.deepEqual(habit("done", "rea"), { code: 0, lines: ["✓ Read a book: 2026-03-14"] });
  assert.deepEqual(daysOf(habit), [["2026-03-14"], []]);
});

test("a day counts once", (t) => {
  const habit = habitWith(t, "Read");
  habit("done", "read");
  assert.equal(habit("done", "read").code, 0);
  assert.deepEqual(daysOf(habit), [["2026-03-14"]]);
});

test("earlier days can be marked, and stay in order", (t) => {
  const habit = habitWith(t, "Read");
  for (const day of ["2026-03-14", "2026-02-28", "2026-03-02"]) habit("done", "read", "--on", day);
  assert.deepEqual(daysOf(habit), [["2026-02-28", "2026-03-02", "2026-03-14"]]);
});

test("letters that fit two habits ask which one, a whole name never does", (t) => {
  const habit = habitWith(t, "Read", "Read the news");
  assert.deepEqual(habit("done", "re"), { code: 1, lines: ["habit: which one: Read, Read the news?"] });
  assert.equal(habit("done", "read").code, 0);
});

test("without a name nothing is marked", (t) => {
  const habit = habitWith(t, "Read");
  assert.equal(habit("done").code, 1);
  assert.deepEqual(daysOf(habit), [[]]);
});

test("an unknown habit says how to start it", (t) => {
  assert.match(habitWith(t, "Read")("done", "juggle").lines[0], /habit add juggle/);
});

for (const day of ["2026-03-15", "2026-02-30", "yesterday"]) {
  test(`no mark for ${day}`, (t) => {
    const habit = habitWith(t, "Read");
    assert.equal(habit("done", "read", "--on", day).code, 1);
    assert.deepEqual(daysOf(habit), [[]]);
  });
}
