import { parseDay, todayOf } from "../days.js";
import { Problem } from "../problem.js";
import { load, save } from "../store.js";

export const done = {
  usage: "done <name> [--on <day>]",
  summary: "mark it as done",
  run({ words, options, print }) {
    if (words.length === 0) throw new Problem("which habit? As in: habit done read");
    const today = todayOf(options);
    const day = options.on === undefined ? today : parseDay(options.on);
    if (day > today) throw new Problem(`${day} is still to come`);
    const habits = load(options.file);
    const habit = find(habits, words.join(" "));
    if (habit.done.includes(day)) return print(`✓ ${habit.name}: ${day} was marked already`);
    habit.done = [...habit.done, day].sort();
    save(options.file, habits);
    print(`✓ ${habit.name}: ${day}`);
  },
};

/** The habit whose name is this, or the only one whose name begins with it. */
function find(habits, start) {
  const wanted = start.toLowerCase();
  const exact = habits.find(({ name }) => name.toLowerCase() === wanted);
  const fits = exact ? [exact] : habits.filter(({ name }) => name.toLowerCase().startsWith(wanted));
  if (fits.length === 1) return fits[0];
  if (fits.length === 0) throw new Problem(`no habit begins with "${start}"; start one with habit add ${start}`);
  throw new Problem(`which one: ${fits.map(({ name }) => name).join(", ")}?`);
}
