/**
 * People's changes of the feature list. Where no session is at work they are made at once, under the lock; else
 * they wait in the journal for the session's end. Either way they are recorded before anything is written.
 */
import { realpath } from "node:fs/promises";
import { nearest } from "../../config/suggest.ts";
import { OnwardError } from "../../core/errors.ts";
import type { RunEvent } from "../../core/events.ts";
import type { FeatureFields, ListEdit } from "../../core/list-edits.ts";
import type { ProjectState } from "../../core/run.ts";
import { openLocalEngine } from "../../engines/local.ts";
import { readLockOwner } from "../../engines/lock.ts";
import { requireDirectory } from "../../inspect.ts";
import { sqliteJournal } from "../../journals/sqlite.ts";
import { systemClock } from "../../loop/clock.ts";
import { readState } from "../../loop/ledger.ts";
import { listActivities } from "../../loop/list-activities.ts";
import { takeInPeoplesList } from "../../loop/peoples-list.ts";
import { editList } from "../../project/list/edit-list.ts";
import { readFeatureList } from "../../project/list/feature-list.ts";
import { ensureStateDirectory, featureListName, statePaths } from "../../project/paths.ts";
import type { CommonFlags } from "../common-flags.ts";
import { print, printJson } from "../output.ts";
import { oneLine } from "../text/terminal-text.ts";
import { type FieldFlags, featuresIn, fieldsOf, type NewFeature } from "./feature-fields.ts";
import { freeId } from "./feature-id.ts";
import { damagedList } from "./features.ts";

export interface EditFlags extends CommonFlags {
  readonly json: boolean;
}

export interface AddFlags extends FieldFlags {
  readonly id?: string | undefined;
  readonly from?: string | undefined;
}

/** Throws `usage` where it makes no sense, `feature-list-damaged`, and `nothing-to-do` without a list. */
export async function addFeatures(
  dir: string,
  { id, from, ...flags }: AddFlags,
  how: EditFlags,
): Promise<void> {
  const given = fieldsOf(flags);
  if (from !== undefined && (id !== undefined || Object.keys(given).length > 0)) {
    throw new OnwardError("usage", "Give a feature either with flags or with --from, not with both.");
  }
  const said = from === undefined ? [newFeature(id ?? null, given)] : await featuresIn(from);
  const taken = new Set((await expected(dir)).ids);
  const edits = said.map((feature): ListEdit => {
    const name = feature.id ?? freeId(feature.fields.description, taken);
    taken.add(name);
    return { type: "add", id: name, fields: feature.fields };
  });
  await applyEdits(dir, edits, how);
}

/** Throws what `addFeatures` throws. */
export async function editFeature(dir: string, id: string, flags: FieldFlags, how: EditFlags): Promise<void> {
  const fields = fieldsOf(flags);
  if (Object.keys(fields).length === 0) {
    throw new OnwardError("usage", `Nothing was said that ${id} should change to.`, {
      hint: `For example: onward features edit ${id} --step "Start it" --step "See the list"`,
    });
  }
  await applyEdits(dir, [{ type: "edit", id, fields }], how);
}

/** All of them, or, where one makes no sense, none. */
export async function applyEdits(dir: string, edits: readonly ListEdit[], how: EditFlags): Promise<void> {
  if (process.env.ONWARD_SESSION !== undefined) {
    throw new OnwardError("usage", "The feature list is changed by people, not from within a session.", {
      hint: 'Set a feature\'s "passes" instead, or write into claude-progress.txt what should change.',
    });
  }
  const held = (await readLockOwner(statePaths(dir).lock)).type === "held";
  requireSense(await expected(dir), edits, held);
  const done = held ? await queue(dir, edits) : await whileHeld(dir, edits);
  if (how.json) printJson({ ...done, edits: edits.map(({ type, id }) => ({ type, featureId: id })) });
  else if (!how.quiet) for (const line of told(done, edits)) print(line);
  const refused = done.state === "applied" ? done.refused : [];
  if (refused[0] !== undefined) throw new OnwardError("usage", refused[0]);
}

type Done =
  | { readonly state: "applied"; readonly unpassed: readonly string[]; readonly refused: readonly string[] }
  | { readonly state: "queued"; readonly when: string };

/** Into the inbox of the manager; if that one has just gone, what it left is taken in here. */
async function queue(dir: string, edits: readonly ListEdit[]): Promise<Done> {
  const paths = statePaths(dir);
  {
    await using journal = await sqliteJournal({ file: paths.journal });
    for (const edit of edits) await journal.post({ type: "edit-list", edit }, Date.now());
  }
  if ((await readLockOwner(paths.lock)).type === "free") return await whileHeld(dir, []);
  const { phase } = (await pastOf(dir)).state.run ?? {};
  const atWork = phase?.type === "session";
  return {
    state: "queued",
    when: atWork ? `when session ${phase.session.number} ends` : "before the next session",
  };
}

async function whileHeld(given: string, edits: readonly ListEdit[]): Promise<Done> {
  const dir = await realpath(given);
  const paths = await ensureStateDirectory(dir);
  const events: RunEvent[] = [];
  const openJournal = (file: string) => sqliteJournal({ file });
  const onEvent = (event: RunEvent) => void events.push(event);
  await using engine = await openLocalEngine({ paths, clock: systemClock, openJournal, onEvent });
  const { ledger } = engine;
  for (const edit of edits) await ledger.give({ type: "edit-asked", edit, command: null });
  const { phase } = ledger.state.run ?? {};
  // What its agent left is not to be trusted before it is settled, and settling would undo this (F1).
  if (phase?.type === "session") {
    return { state: "queued", when: `once \`onward run\` has settled session ${phase.session.number}` };
  }
  const state = () => ledger.state;
  const place = listActivities({ dir, paths, state, beforeWrite: async () => {} });
  await takeInPeoplesList({ state, give: ledger.give }, place);
  const made = events.flatMap((event) => (event.type === "list.edited" ? [event] : []));
  return {
    state: "applied",
    unpassed: made.flatMap(({ edit, done }) => (done.type === "made" && done.unpassed ? [edit.id] : [])),
    refused: made.flatMap(({ done }) => (done.type === "refused" ? [done.problem] : [])),
  };
}

interface Expected {
  readonly dir: string;
  /** The list's text once everything has been made that was asked for before. */
  readonly text: string | null;
  readonly ids: readonly string[];
}

async function expected(dir: string): Promise<Expected> {
  await requireDirectory(dir);
  const list = await readFeatureList(dir);
  if (list.type === "damaged") throw damagedList(dir, list.problem);
  const { edits } = await pastOf(dir);
  const asked = edits.flatMap((edit) => (edit.type === "add" ? [edit.id] : []));
  if (list.type === "absent") return { dir, text: null, ids: asked };
  const text = edits.reduce((text, edit) => after(text, edit) ?? text, list.text);
  return { dir, text, ids: [...list.features.map(({ id }) => id), ...asked] };
}

function after(text: string, edit: ListEdit): string | null {
  const edited = editList(text, edit);
  return edited.ok ? edited.text : null;
}

/** What the journal says, and what still waits to be said in it. */
async function pastOf(dir: string): Promise<{ state: ProjectState; edits: readonly ListEdit[] }> {
  const file = statePaths(dir).journal;
  await using journal = await sqliteJournal({ file, readOnly: true });
  const { state } = await readState(journal);
  const waiting = (await journal.waitingCommands()).flatMap(({ id, command }) =>
    command.type === "edit-list" && id > state.list.lastCommand ? [command.edit] : [],
  );
  return { state, edits: [...state.list.edits, ...waiting] };
}

function requireSense({ dir, text, ids }: Expected, edits: readonly ListEdit[], held: boolean): void {
  if (text === null) {
    // The first session is writing it just now.
    if (held && edits.every(({ type }) => type === "add")) return;
    throw new OnwardError("nothing-to-do", `There is no ${featureListName} in ${dir} yet.`, {
      hint: "`onward run` has one written in its first session; or write it by hand, beginning with a single feature.",
    });
  }
  edits.reduce((before, edit) => {
    const edited = editList(before, edit);
    if (edited.ok) return edited.text;
    const meant = ids.includes(edit.id) ? null : nearest(edit.id, ids);
    const hint = edit.type !== "add" && meant !== null ? { hint: `Did you mean ${oneLine(meant)}?` } : {};
    throw new OnwardError("usage", edited.problem, hint);
  }, text);
}

function newFeature(id: string | null, given: Partial<FeatureFields>): NewFeature {
  const { description } = given;
  if (description === undefined) {
    throw new OnwardError("usage", "A new feature needs at least a description.", {
      hint: 'For example: onward features add --description "Finished tasks can be hidden" --step "Hide them"',
    });
  }
  const none = { steps: [], category: null, priority: null, dependsOn: [], verify: null };
  return { id, fields: { ...none, ...given, description } };
}

function told(done: Done, edits: readonly ListEdit[]): readonly string[] {
  const all = edits.map(({ type, id }) => `${type} ${oneLine(id)}`).join(", ");
  if (done.state === "queued") return [`${all}: queued; applied ${done.when}`];
  if (done.refused.length > 0) return [];
  const again = done.unpassed.map(
    (id) => `${oneLine(id)} passed before; it says something else now, so it has to prove itself again`,
  );
  return [`${all}: done`, ...again];
}
