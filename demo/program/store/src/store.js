import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { Problem } from "./problem.js";

// A habit is { name, since, done }: the day it began, and the days it was done, oldest first.

/** The habits in the file; none when there is no file yet. Throws a Problem when the file is damaged. */
export function load(file) {
  const text = read(file);
  if (text === undefined) return [];
  const habits = parse(file, text)?.habits;
  if (!Array.isArray(habits) || !habits.every(isHabit)) throw damaged(file, "it holds something else");
  return habits;
}

/** Replaces the file in one step, so that a crash leaves the old habits or the new ones, never half. */
export function save(file, habits) {
  const draft = `${file}.${process.pid}.tmp`;
  try {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(draft, `${JSON.stringify({ habits }, null, 2)}\n`);
    renameSync(draft, file);
  } catch (error) {
    throw new Problem(`cannot write ${file}: ${error.message}`);
  }
}

function read(file) {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    if (error.code === "ENOENT") return undefined;
    throw new Problem(`cannot read ${file}: ${error.message}`);
  }
}

function parse(file, text) {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw damaged(file, error.message);
  }
}

function isHabit(it) {
  return typeof it?.name === "string" && typeof it.since === "string" && Array.isArray(it.done);
}

function damaged(file, why) {
  return new Problem(`${file} is not a file of habits (${why}); mend it or move it away, it was not touched`);
}
