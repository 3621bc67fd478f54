import { todayOf } from "../days.js";
import { Problem } from "../problem.js";
import { load, save } from "../store.js";

export const add = {
  usage: "add <name>",
  summary: "start a habit",
  run({ words, options, print }) {
    const name = words.join(" ").replace(/\s+/g, " ").trim();
    if (name === "") throw new Problem("a habit needs a name, as in: habit add Read a book");
    const habits = load(options.file);
    const twin = habits.find((habit) => habit.name.toLowerCase() === name.toLowerCase());
    if (twin) throw new Problem(`"${twin.name}" is already a habit`);
    save(options.file, [...habits, { name, since: todayOf(options), done: [] }]);
    print(`+ ${name}`);
  },
};
