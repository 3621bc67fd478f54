/** What people do to the feature list while a run is on, and what crashes leave of it. */
import { readFileSync, writeFileSync } from "node:fs";
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import type { RunEvent } from "../../src/core/events.ts";
import { evidenceOf } from "../../src/core/evidence-fold.ts";
import type { ListEdit } from "../../src/core/list-edits.ts";
import { sqliteJournal } from "../../src/journals/sqlite.ts";
import { listActivities } from "../../src/loop/list-activities.ts";
import { statePaths } from "../../src/project/paths.ts";
import {
  honest,
  type ListedFeature,
  newProject,
  type Opened,
  open,
  readList,
  work,
  writeList,
} from "./project.ts";
import { puppet } from "./puppet.ts";

const none = { steps: [], category: null, priority: null, dependsOn: [], verify: null };
const addC: ListEdit = {
  type: "add",
  id: "c",
  fields: { ...none, description: "c.txt exists", verify: "test -f c.txt" },
};

async function post(dir: string, edit: ListEdit): Promise<void> {
  await using journal = await sqliteJournal({ file: statePaths(dir).journal });
  await journal.post({ type: "edit-list", edit }, Date.now());
}

const ofType = <Type extends RunEvent["type"]>(events: readonly RunEvent[], type: Type) =>
  events.filter((event): event is Extract<RunEvent, { type: Type }> => event.type === type);
const violations = (events: readonly RunEvent[]) =>
  ofType(events, "session.settled").flatMap(({ settled }) =>
    settled.step === "integrity" ? settled.violations : [],
  );
const idsIn = async (dir: string) => (await readList(dir)).map(({ id }) => id);

/** Init and one of two features; the run is at its limit. */
async function begun(): Promise<string> {
  const dir = await newProject();
  const { project } = await open(dir, honest(), { maxIterations: 2 });
  await using _ = project;
  expect(await project.start().ended).toMatchObject({ reason: "limit" });
  return dir;
}

async function toTheEnd({ project, events }: Opened): Promise<readonly RunEvent[]> {
  await using _ = project;
  expect(await project.start().ended).toMatchObject({ reason: "complete" });
  return events;
}

/** The journal's events, whichever manager wrote them. */
async function recorded(dir: string): Promise<readonly RunEvent[]> {
  await using journal = await sqliteJournal({ file: statePaths(dir).journal, readOnly: true });
  return (await journal.read(0)).map(({ event }) => event);
}

test("an edit that is asked for in a session is made when it ends, and is no violation", async () => {
  const dir = await newProject();
  const lists: string[][] = [];
  const agent = puppet(async (act) => {
    await work(act);
    if (agent.sessions.length === 2) {
      await post(dir, addC);
      await vi.waitFor(() => expect(opened.project.ledger.state.list.edits).toEqual([addC]), 10_000);
    }
    lists.push(await idsIn(dir));
    return undefined;
  });
  const opened = await open(dir, agent);
  const events = await toTheEnd(opened);
  expect(lists.slice(0, 3)).toEqual([
    ["a", "b"],
    ["a", "b"],
    ["a", "b", "c"],
  ]);
  expect(ofType(events, "list.edited")).toMatchObject([{ edit: addC, done: { type: "made" } }]);
  expect(ofType(events, "list.changed")).toEqual([]);
  expect(violations(events)).toEqual([]);
  expect((await readList(dir)).map(({ passes }) => passes)).toEqual([true, true, true]);
  await using journal = await sqliteJournal({ file: statePaths(dir).journal });
  expect(await journal.waitingCommands()).toEqual([]);
});

test("a feature that passed and means something else now is worked on again", async () => {
  const dir = await begun();
  const edit: ListEdit = { type: "edit", id: "a", fields: { verify: "test -s a.txt" } };
  await post(dir, edit);
  const events = await toTheEnd(await open(dir, honest()));
  expect(ofType(events, "list.edited")).toMatchObject([{ done: { unpassed: true } }]);
  expect(ofType(events, "session.starting").map(({ offered }) => offered)).toEqual(["a", "b"]);
});

test("an edit that has lost its sense is recorded with the reason", async () => {
  const dir = await begun();
  await post(dir, { type: "edit", id: "gone", fields: { category: "x" } });
  const events = await toTheEnd(await open(dir, honest()));
  expect(ofType(events, "list.edited")).toMatchObject([
    { done: { type: "refused", problem: "There is no feature gone." } },
  ]);
});

test("edits wait for a list that a person has broken", async () => {
  const dir = await newProject();
  await writeFile(join(dir, "feature_list.json"), '[{"id": "a", ');
  const { project } = await open(dir, honest());
  {
    await using _ = project;
    await project.ledger.give({ type: "edit-asked", edit: addC, command: null });
    expect(await project.start().ended).toMatchObject({ reason: "blocked" });
    expect(project.ledger.state.list.edits).toEqual([addC]);
  }
  await writeList(dir, [{ id: "a", description: "a.txt exists", passes: false }]);
  await toTheEnd(await open(dir, honest()));
  expect(await idsIn(dir)).toEqual(["a", "c"]);
});

test.each([
  [
    "before it is forgotten there",
    async ({ project }: Opened, dir: string) => {
      expect(project.ledger.state.list.edits).toEqual([addC]);
      await using journal = await sqliteJournal({ file: statePaths(dir).journal });
      expect(await journal.waitingCommands()).toEqual([]);
      // As if the row were still there: its number says that it has been taken.
      await project.ledger.give({ type: "edit-asked", edit: addC, command: 1 });
    },
  ],
  ["before it is made", async () => {}],
  [
    "before it is recorded as made",
    async (opened: Opened, dir: string) => {
      await activitiesOf(opened, dir).editList(addC);
      expect(await idsIn(dir)).toEqual(["a", "b", "c"]);
    },
  ],
  [
    "before the list is kept",
    async (opened: Opened, dir: string) => {
      const done = await activitiesOf(opened, dir).editList(addC);
      if (done === null) throw new Error("there is no list");
      await opened.project.ledger.give({ type: "list-edited", done });
    },
  ],
])("a manager that dies %s: it is made once, and nothing else is recorded", async (_when, half) => {
  const dir = await begun();
  await post(dir, addC);
  const opened = await open(dir, honest());
  await half(opened, dir);
  await opened.project[Symbol.asyncDispose]();
  await toTheEnd(await open(dir, honest()));
  const events = await recorded(dir);
  expect(ofType(events, "list.edit-asked")).toHaveLength(1);
  expect(ofType(events, "list.edited")).toMatchObject([{ edit: addC, done: { type: "made" } }]);
  expect(ofType(events, "list.changed")).toEqual([]);
  expect(violations(events)).toEqual([]);
  expect(await idsIn(dir)).toEqual(["a", "b", "c"]);
});

function activitiesOf({ project }: Opened, dir: string) {
  const state = () => project.ledger.state;
  return listActivities({ dir, paths: statePaths(dir), state, beforeWrite: async () => {} });
}

test("what people change by hand between two runs is the new baseline, and recorded once", async () => {
  const dir = await begun();
  const [a, b] = await readList(dir);
  if (a === undefined || b === undefined) throw new Error("the list is shorter than it was");
  const changed = [
    { ...b, description: "b.txt is there" },
    { ...a, passes: false },
    { id: "d", description: "d", passes: true },
  ];
  await writeList(dir, changed);
  const events = await toTheEnd(await open(dir, honest()));
  expect(ofType(events, "list.changed")).toMatchObject([
    { change: { added: ["d"], removed: [], edited: ["b"], failing: ["a"], reordered: true, more: 0 } },
  ]);
  expect(violations(events)).toEqual([]);
  expect(await idsIn(dir)).toEqual(["b", "a", "d"]);
});

test("by hand while a run waits, and back again: each is told, and a crash does not tell it twice", async () => {
  const dir = await begun();
  const text = await readFile(join(dir, "feature_list.json"), "utf8");
  const opened = await open(dir, honest());
  const before = text.replace("b.txt exists", "b.txt stands");
  await writeFile(join(dir, "feature_list.json"), before);
  const change = await activitiesOf(opened, dir).listChange();
  if (change === null) throw new Error("nothing was found");
  await opened.project.ledger.give({ type: "list-changed", ...change });
  await opened.project[Symbol.asyncDispose]();

  const again = await open(dir, honest());
  expect(await activitiesOf(again, dir).listChange()).toBeNull();
  await activitiesOf(again, dir).keepList();
  await writeFile(join(dir, "feature_list.json"), text);
  expect(await activitiesOf(again, dir).listChange()).toMatchObject({ change: { edited: ["b"] } });
  await again.project[Symbol.asyncDispose]();
});

test("without any good copy there is nothing to compare with, and one is made", async () => {
  const dir = await begun();
  await rm(statePaths(dir).snapshots, { recursive: true });
  await writeList(dir, await readList(dir));
  const events = await toTheEnd(await open(dir, honest()));
  expect(ofType(events, "list.changed")).toEqual([]);
});

test("what decides a feature, changed from outside while a run is alive, is in its evidence and told to the agent", async () => {
  const dir = await begun();
  const agent = puppet(async () => {
    if (agent.sessions.length !== 1) return undefined;
    await post(dir, { type: "edit", id: "a", fields: { verify: "test -d ." } });
    await vi.waitFor(() => expect(opened.project.ledger.state.list.edits).toHaveLength(1), 10_000);
    return undefined;
  });
  const opened = await open(
    dir,
    agent,
    { maxIterations: 2, delayMs: 300 },
    {
      onEvent: (event) => {
        events.push(event);
        if (event.type !== "wait.started") return;
        // As a program does that has left its session.
        const list = JSON.parse(readFileSync(join(dir, "feature_list.json"), "utf8")) as ListedFeature[];
        const weaker = list.map((feature) =>
          feature.id === "b" ? { ...feature, passes: true, verify: "test -d /" } : feature,
        );
        writeFileSync(join(dir, "feature_list.json"), JSON.stringify(weaker));
      },
    },
  );
  const events: RunEvent[] = [];
  await using _ = opened.project;
  await opened.project.start().ended;

  const prompt = agent.sessions[1]?.prompt;
  expect(prompt).toContain("Changed by people:\n- by command: edit a");
  expect(prompt).toContain("- a is decided by `test -d .`, before by `test -f a.txt`");
  expect(prompt).toContain("- by hand: edited b; set to passing (unverified) b");
  expect(prompt).toContain("- b is decided by `test -d /`, before by `test -f b.txt`");
  const { features } = evidenceOf(events);
  const [number] = events.flatMap((event) => (event.type === "session.starting" ? [event.number] : []));
  expect(features.get("a")?.changes).toMatchObject([
    {
      how: "command",
      askedDuring: number,
      what: ["edited"],
      command: { from: "test -f a.txt", to: "test -d ." },
    },
  ]);
  expect(features.get("b")?.changes).toMatchObject([
    { how: "hand", session: number, what: ["edited", "set to passing"], command: { to: "test -d /" } },
  ]);
  // It is news for one session that works.
  expect(opened.project.ledger.state.list.news).toEqual([]);
});
