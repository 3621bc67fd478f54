import { addDays, todayOf } from "../days.js";
import { load } from "../store.js";

export const week = {
  usage: "week",
  summary: "the last seven days of every habit",
  run({ options, print }) {
    const habits = load(options.file);
    if (habits.length === 0) return print("No habits yet. Start one: habit add Read a book");
    const today = todayOf(options);
    const days = Array.from({ length: 7 }, (_, index) => addDays(today, index - 6));
    const width = Math.max(...habits.map(({ name }) => name.length));
    print(`${" ".repeat(width)}  ${days.map(shortName).join(" ")}`);
    for (const habit of habits) print(`${habit.name.padEnd(width)}  ${row(habit, days, today)}`);
    print("\n● done   · missed   ○ still open");
  },
};

function row(habit, days, today) {
  const cells = days.map((day) => sign(habit, day, today));
  const done = cells.filter((cell) => cell === "●").length;
  const counted = cells.filter((cell) => cell !== " ").length;
  return `${cells.map((cell) => ` ${cell}`).join(" ")}   ${done} of ${counted}`;
}

function sign(habit, day, today) {
  if (habit.done.includes(day)) return "●";
  if (day === today) return "○";
  return day < habit.since ? " " : "·";
}

function shortName(day) {
  return ["Su", "Mo", "Tu", "We", "Th", "Fr", "Sa"][new Date(`${day}T00:00:00Z`).getUTCDay()];
}
