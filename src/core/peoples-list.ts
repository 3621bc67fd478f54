/** Folds what people do to the feature list. It belongs to the project: there need not be a run. */
import type { EventOf, RunEvent } from "./events.ts";
import { peoplesChangeTexts } from "./list-change-text.ts";
import type { ListEdit } from "./list-edits.ts";
import type { PeoplesList, ProjectState, RunState } from "./run.ts";

type OfPeople = EventOf<"list.edit-asked" | "list.edited" | "list.changed">;

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
        list: { ...left, digest, news: withNews(list, event) },
        run: run === null ? null : triedAnew(run, event.edit),
      };
    }
    case "list.changed":
      return { ...state, list: { ...list, digest: event.digest, news: withNews(list, event) } };
    default:
      return event satisfies never;
  }
}

const maxNews = 10;
const maxLine = 300;

function withNews({ news }: PeoplesList, event: Parameters<typeof peoplesChangeTexts>[0]): readonly string[] {
  return [...news, ...peoplesChangeTexts(event).map((line) => line.slice(0, maxLine))].slice(-maxNews);
}

/** What a person has said more clearly deserves new tries. */
function triedAnew(run: RunState, edit: ListEdit): RunState {
  if (edit.type !== "edit") return run;
  const { [edit.id]: _forgotten, ...attempts } = run.attempts;
  return { ...run, attempts };
}
