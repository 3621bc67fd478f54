import { addDays, todayOf } from "../days.js";
import { load } from "../store.js";

const LONGEST_BAR = 21;

export const streak = {
  usage: "streak",
  summary: "how long each habit has held",
  run({ options, print }) {
    const habits = load(options.file);
    if (habits.length === 0) return print("No habits yet. Start one: habit add Read a book");
    const today = todayOf(options);
    const rows = habits.map(({ name, done }) => ({ name, current: current(done, today), best: best(done) }));
    rows.sort((a, b) => b.current - a.current || b.best - a.best);
    const nameWidth = Math.max(...rows.map(({ name }) => name.length));
    const barWidth = Math.max(...rows.map(({ current }) => bar(current).length));
    for (const row of rows) {
      const days = `${row.current} ${row.current === 1 ? "day" : "days"}`;
      print(`${row.name.padEnd(nameWidth)}  ${bar(row.current).padEnd(barWidth)}  ${days}, best ${row.best}`);
    }
  },
};

/** Days in a row up to today. */
function current(done, today) {
  return lengthUpTo(today, new Set(done));
}

function best(done) {
  const days = new Set(done);
  const lastDays = done.filter((day) => !days.has(addDays(day, 1)));
  return Math.max(0, ...lastDays.map((day) => lengthUpTo(day, days)));
}

function lengthUpTo(last, days) {
  let length = 0;
  for (let day = last; days.has(day); day = addDays(day, -1)) length += 1;
  return length;
}

function bar(length) {
  return "█".repeat(Math.min(length, LONGEST_BAR)) || "·";
}
