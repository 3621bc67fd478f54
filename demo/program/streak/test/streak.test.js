import assert from "node:assert/strict";
import { test } from "node:test";
import { save } from "../src/store.js";
import { habitFor } from "../testing/habit.js";

function streakOf(t, today, done) {
  const habit = habitFor(t, today);
  save(habit.file, [{ name: "Read", since: "2026-01-01", done }]);
  return habit("streak").lines[0];
}

test("days in a row up to today", (t) => {
  const line = streakOf(t, "2026-03-14", ["2026-03-12", "2026-03-13", "2026-03-14"]);
  assert.equal(line, "Read  ███  3 days, best 3");
});

test("a streak is not lost in the morning", (t) => {
  assert.equal(streakOf(t, "2026-03-14", ["2026-03-12", "2026-03-13"]), "Read  ██  2 days, best 2");
});

test("a missed day begins it anew, and the best is remembered", (t) => {
  const done = ["2026-03-01", "2026-03-02", "2026-03-03", "2026-03-14"];
  assert.equal(streakOf(t, "2026-03-14", done), "Read  █  1 day, best 3");
  assert.equal(streakOf(t, "2026-03-16", done), "Read  ·  0 days, best 3");
});

test("it counts across the end of a month, a leap day and a year", (t) => {
  assert.match(streakOf(t, "2028-03-01", ["2028-02-28", "2028-02-29", "2028-03-01"]), /3 days/);
  assert.match(streakOf(t, "2027-01-01", ["2026-12-31", "2027-01-01"]), /2 days/);
});

test("the longest streak comes first, and a bar has an end", (t) => {
  const habit = habitFor(t, "2026-03-31");
  const march = Array.from({ length: 31 }, (_, index) => `2026-03-${String(index + 1).padStart(2, "0")}`);
  save(habit.file, [
    { name: "Stretch", since: "2026-03-01", done: [] },
    { name: "Read", since: "2026-03-01", done: march },
  ]);
  assert.deepEqual(habit("streak").lines, [
    `Read     ${"█".repeat(21)}  31 days, best 31`,
    `Stretch  ·${" ".repeat(20)}  0 days, best 0`,
  ]);
});

test("without habits it says how to begin", (t) => {
  assert.match(habitFor(t)("streak").lines[0], /habit add/);
});
