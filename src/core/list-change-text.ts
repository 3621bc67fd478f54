/** What people did to the feature list, or somebody in their name, in a line each. */
import type { CommandChange, EditDone, ListChange } from "./event-parts.ts";
import type { PeoplesChange } from "./events.ts";
import type { ListEdit } from "./list-edits.ts";

/** All of it, the first line saying how it was done. */
export function peoplesChangeTexts(event: PeoplesChange): readonly string[] {
  if (event.type === "list.changed") {
    return [`by hand: ${changeText(event.change)}`, ...commandTexts(event.change.commands)];
  }
  const { edit, done } = event;
  return [`by command: ${editText(edit, done)}`, ...commandTexts(done.type === "made" ? done.commands : [])];
}

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

function editText({ type, id }: ListEdit, done: EditDone): string {
  if (done.type === "refused") return `${type} ${id}: not done. ${done.problem}`;
  return done.unpassed ? `${type} ${id}, which has to prove itself again` : `${type} ${id}`;
}

/** Of each feature whose command is another one now. */
export function commandTexts(changes: readonly CommandChange[] = []): readonly string[] {
  return changes.map((change) => `${change.featureId} is decided by ${commandsText(change)}`);
}

/** `` `true`, before by `npm test` ``. */
export function commandsText({ from, to }: Pick<CommandChange, "from" | "to">): string {
  const named = (command: string | null) => (command === null ? "nothing of its own" : `\`${command}\``);
  return `${named(to)}, before by ${named(from)}`;
}
