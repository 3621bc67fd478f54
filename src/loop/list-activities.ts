/**
 * The list between two sessions. What stands in it is known by the last good copy of it, or by the digest that
 * was recorded with a change; an edit is written, recorded, and only then kept as the good copy. So after a
 * crash between any two of these the edit is found asked for, and made in what the good copy holds: then it is
 * not made again; or recorded, and only the copy is missing.
 */
import { changeBetween } from "../core/list-change.ts";
import type { ProjectState } from "../core/run.ts";
import { lastForgotten } from "../project/checkpoints/forgotten.ts";
import { digestOf } from "../project/digest.ts";
import { type EditedList, editList } from "../project/list/edit-list.ts";
import {
  type ListState,
  parseListText,
  readFeatureList,
  writeFeatureList,
} from "../project/list/feature-list.ts";
import {
  isNewestSnapshot,
  lastGoodSnapshot,
  type Snapshot,
  saveSnapshot,
} from "../project/list/snapshots.ts";
import type { StatePaths } from "../project/paths.ts";
import type { Activities } from "./loop.ts";

export interface ListPlace {
  readonly dir: string;
  readonly paths: StatePaths;
  readonly state: () => ProjectState;
  /** Called before the list is written. */
  readonly beforeWrite: () => Promise<void>;
}

export function listActivities(place: ListPlace): Pick<Activities, "listChange" | "keepList" | "editList"> {
  const { dir, paths, state, beforeWrite } = place;
  return {
    async listChange() {
      const list = await readFeatureList(dir);
      const standing = await standingOf(place, list);
      if (list.type !== "valid" || standing.type !== "changed") return null;
      const change = changeBetween(standing.last.features, list.features);
      return { change, digest: digestOf(list.text) };
    },
    async keepList() {
      const list = await readFeatureList(dir);
      const { type } = await standingOf(place, list);
      if (list.type !== "valid" || (type !== "recorded" && type !== "first")) return;
      await saveSnapshot(paths, betweenKey(state().lastNumber), list.text);
    },
    async editList(edit) {
      const list = await readFeatureList(dir);
      if (list.type !== "valid") return null;
      const standing = await standingOf(place, list);
      const edited = standing.type === "edited" ? standing.edited : editList(list.text, edit);
      if (!edited.ok) return { type: "refused", problem: edited.problem };
      if (edited.text !== list.text) {
        await beforeWrite();
        await writeFeatureList(dir, edited.text);
      }
      const { unpassed, commands } = edited;
      return { type: "made", unpassed, commands, digest: digestOf(edited.text) };
    },
  };
}

/** Of a list that is kept while no session is at work. Sorts behind `settled`, what the last session left. */
export function betweenKey(lastNumber: number): string {
  return `${String(lastNumber).padStart(4, "0")}-start`;
}

type Standing =
  /** As it was kept, or not a list at all. */
  | { readonly type: "same" }
  /** Nothing has ever been kept. */
  | { readonly type: "first" }
  | { readonly type: "recorded" }
  /** The oldest edit has been made, and a crash came before it was recorded. */
  | { readonly type: "edited"; readonly edited: EditedList }
  | { readonly type: "changed"; readonly last: Kept };

type Kept = Pick<Snapshot, "text" | "features">;

/** The list as an earlier run left it, where every copy that was kept of it is gone. */
async function checkpointed(dir: string): Promise<Kept | null> {
  const text = (await lastForgotten(dir))?.listText ?? null;
  const list = text === null ? null : parseListText(text);
  return list?.type === "valid" ? list : null;
}

async function standingOf({ dir, paths, state }: ListPlace, list: ListState): Promise<Standing> {
  if (list.type !== "valid" || (await isNewestSnapshot(paths, list.text))) return { type: "same" };
  const snapshot = await lastGoodSnapshot(paths);
  const last = snapshot ?? (await checkpointed(dir));
  if (last === null) return { type: "first" };
  if (last.text === list.text) return { type: snapshot === null ? "first" : "same" };
  const { digest, edits } = state().list;
  if (digest === digestOf(list.text)) return { type: "recorded" };
  const [edit] = edits;
  const edited = edit === undefined ? null : editList(last.text, edit);
  if (edited?.ok === true && edited.text === list.text) return { type: "edited", edited };
  return { type: "changed", last };
}
