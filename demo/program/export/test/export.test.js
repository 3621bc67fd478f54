import assert from "node:assert/strict";
import { test } from "node:test";
import { save } from "../src/store.js";
import { habitFor } from "../testing/habit.js";

test("a header and one line for each mark, oldest first", (t) => {
  const habit = habitFor(t);
  save(habit.file, [
    { name: "Stretch", since: "2026-03-01", done: ["2026-03-02"] },
    { name: "Read", since: "2026-03-01", done: ["2026-03-01", "2026-03-02"] },
  ]);
  assert.deepEqual(habit("export").lines, [
    "date,habit",
    "2026-03-01,Read",
    "2026-03-02,Read",
    "2026-03-02,Stretch",
  ]);
});

test("a name with a comma or quotes arrives as one field", (t) => {
  const habit = habitFor(t);
  save(habit.file, [{ name: 'Walk, then "stretch"', since: "2026-03-01", done: ["2026-03-01"] }]);
  assert.deepEqual(habit("export").lines, ["date,habit", '2026-03-01,"Walk, then ""stretch"""']);
});

test("without marks there is only the header", (t) => {
  assert.deepEqual(habitFor(t)("export").lines, ["date,habit"]);
});
