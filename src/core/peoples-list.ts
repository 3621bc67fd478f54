/** Folds what people do to the feature list. It belongs to the project: there need not be a run. */
import type { RunEvent } from "./events.ts";
import type { ListEdit } from "./list-edits.ts";
import type { ProjectState, RunState } from "./run.ts";

type OfPeople = Extract<RunEvent, { type: "list.edit-asked" | "list.edited" | "list.changed" }>;

export function isOfPeople(event: RunEvent): event is OfPeople {
  return event.type === "list.edit-asked" || event.type === "list.edited" || event.type === "list.changed";
}

export function withPeoplesList(state: ProjectState, event: OfPeople): ProjectState {
  const { list, run } = state;
  switch (event.type) {
    case "list.edit-asked": {
      const lastCommand = event.command ?? list.lastCommand;
      return { ...state, list: { ...list, edits: [...list.edits, event.edit], lastCommand } };
    }
    case "list.edited": {
      const left = { ...list, edits: list.edits.slice(1) };
      if (event.done.type === "refused") return { ...state, list: left };
      const { digest } = event.done;
      return {
        ...state,
        list: { ...left, digest },
        run: run === null ? null : triedAnew(run, event.edit),
      };
    }
    case "list.changed":
      return { ...state, list: { ...list, digest: event.digest } };
    default:
      return event satisfies never;
  }
}

/** What a person has said more clearly deserves new tries. */
function triedAnew(run: RunState, edit: ListEdit): RunState {
  if (edit.type !== "edit") return run;
  const { [edit.id]: _forgotten, ...attempts } = run.attempts;
  return { ...run, attempts };
}
