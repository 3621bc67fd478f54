import { Problem } from "./problem.js";

// A day is the text YYYY-MM-DD: it sorts, compares and reads well, and has no hours to get wrong.

/** The day that counts as today: what `--today` says, or the calendar on the wall. */
export function todayOf(options) {
  return options.today === undefined ? wallDay(new Date()) : parseDay(options.today);
}

export function parseDay(text) {
  const date = new Date(`${text}T00:00:00Z`);
  const exists = /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(date.getTime()) && utcDay(date) === text;
  if (!exists) throw new Problem(`"${text}" is not a day; write it like 2026-03-14`);
  return text;
}

export function addDays(day, count) {
  const date = new Date(`${day}T00:00:00Z`);
  date.setUTCDate(date.getUTCDate() + count);
  return utcDay(date);
}

function wallDay(date) {
  const two = (number) => String(number).padStart(2, "0");
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

function utcDay(date) {
  return date.toISOString().slice(0, 10);
}
