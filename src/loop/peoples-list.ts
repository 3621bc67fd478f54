/**
 * Takes in what people did to the feature list, where no session is at work on it: first what they changed by
 * hand, which becomes the new baseline, then what they asked for (`onward features add`) in its order.
 */
import type { Input } from "../core/input.ts";
import type { ProjectState } from "../core/run.ts";
import type { Activities } from "./loop.ts";

export interface PeoplesLedger {
  readonly state: () => ProjectState;
  readonly give: (input: Input) => Promise<void>;
}

/** Answers whether an edit was made. A list that is absent or damaged is left alone, and edits wait for it. */
export async function takeInPeoplesList(
  { state, give }: PeoplesLedger,
  activities: Pick<Activities, "listChange" | "keepList" | "editList">,
): Promise<boolean> {
  const change = await activities.listChange();
  if (change !== null) await give({ type: "list-changed", ...change });
  await activities.keepList();
  let made = false;
  for (let [edit] = state().list.edits; edit !== undefined; [edit] = state().list.edits) {
    const done = await activities.editList(edit);
    if (done === null) break;
    await give({ type: "list-edited", done });
    await activities.keepList();
    made ||= done.type === "made";
  }
  return made;
}
