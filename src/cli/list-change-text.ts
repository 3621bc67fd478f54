import type { EditDone, ListChange } from "../core/events.ts";
import type { ListEdit } from "../core/list-edits.ts";

/** `added a, b; removed c; and 40 more`: one line, as long as the change is. */
export function changeText(change: ListChange): string {
  const { added, removed, edited, passing, failing, reordered, more } = change;
  const parts = [
    ["added", added],
    ["removed", removed],
    ["edited", edited],
    ["set to passing (unverified)", passing],
    ["set to failing", failing],
  ] as const;
  const said = parts.flatMap(([what, ids]) => (ids.length === 0 ? [] : [`${what} ${ids.join(", ")}`]));
  if (reordered) said.push("reordered");
  if (more > 0) said.push(`and ${more} more`);
  return said.length === 0 ? "formatting, or fields that Onward does not know" : said.join("; ");
}

export function editText({ type, id }: ListEdit, done: EditDone): string {
  if (done.type === "refused") return `${type} ${id}: not done. ${done.problem}`;
  return done.unpassed ? `${type} ${id}, which has to prove itself again` : `${type} ${id}`;
}
