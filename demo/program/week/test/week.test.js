import assert from "node:assert/strict";
import { test } from "node:test";
import { save } from "../src/store.js";
import { habitFor } from "../testing/habit.js";

test("done, missed and open days differ, under the names of the days", (t) => {
  const habit = habitFor(t, "2026-03-14");
  save(habit.file, [
    { name: "Read a book", since: "2026-01-01", done: ["2026-03-07", "2026-03-08", "2026-03-10", "2026-03-13"] },
    { name: "Stretch", since: "2026-01-01", done: ["2026-03-14"] },
  ]);
  assert.deepEqual(habit("week").lines, [
    "             Su Mo Tu We Th Fr Sa",
    "Read a book   ●  ·  ●  ·  ·  ●  ○   3 of 7",
    "Stretch       ·  ·  ·  ·  ·  ·  ●   1 of 7",
    "",
    "● done   · missed   ○ still open",
  ]);
});

test("days before a habit began are not missed", (t) => {
  const habit = habitFor(t, "2026-03-01");
  save(habit.file, [{ name: "Read", since: "2026-02-27", done: ["2026-02-28"] }]);
  assert.equal(habit("week").lines[1], "Read               ·  ●  ○   1 of 3");
});

test("a day marked before the habit began counts", (t) => {
  const habit = habitFor(t, "2026-03-14");
  save(habit.file, [{ name: "Read", since: "2026-03-14", done: ["2026-03-12", "2026-03-14"] }]);
  assert.match(habit("week").lines[1], /2 of 2$/);
});

test("without habits it says how to begin", (t) => {
  assert.deepEqual(habitFor(t)("week"), {
    code: 0,
    lines: ["No habits yet. Start one: habit add Read a book"],
  });
});
