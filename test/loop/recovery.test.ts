/**
 * What the next manager finds and makes of it. A journal that ends earlier than what was done is what a crash
 * between an effect and its record leaves; here it is cut at every such place of a session.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, truncateSync } from "node:fs";
import { readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import type { RunEvent } from "../../src/core/events.ts";
import { openDatabase } from "../../src/journals/database.ts";
import { sqliteJournal } from "../../src/journals/sqlite.ts";
import { readTurns, recordTurn } from "../../src/loop/turns.ts";
import { partMarker } from "../../src/processes/table.ts";
import { findMarked } from "../../src/processes/tree.ts";
import { appendNote } from "../../src/project/notes/notes.ts";
import { type StatePaths, statePaths } from "../../src/project/paths.ts";
import { emptyDirectory, honest, newProject, open, readList, twoFiles, work, writeList } from "./project.ts";
import { type Puppet, puppet } from "./puppet.ts";

vi.setConfig({ testTimeout: 60_000 });

/** An init session and one that continues; then the run is at its limit. */
async function twoSessions(agent: Puppet = honest()): Promise<{ dir: string; paths: StatePaths }> {
  const dir = await newProject();
  const { project } = await open(dir, agent, { maxIterations: 2 });
  await using _ = project;
  expect(await project.start().ended).toMatchObject({ reason: "limit" });
  return { dir, paths: statePaths(dir) };
}

/** Takes back what the journal says of session 2 from the given event on. */
async function forget(paths: StatePaths, from: (event: RunEvent) => boolean): Promise<void> {
  const version = (await eventsOf(paths)).findIndex(
    (event) => "number" in event && event.number === 2 && from(event),
  );
  using db = openDatabase(paths.journal, { busyMs: 0 });
  db.exec(`DELETE FROM events WHERE version > ${version}; DELETE FROM snapshots`);
}

async function eventsOf(paths: StatePaths): Promise<readonly RunEvent[]> {
  await using journal = await sqliteJournal({ file: paths.journal, readOnly: true });
  return (await journal.read(0)).map(({ event }) => event);
}

const isStep = (step: string) => (event: RunEvent) =>
  event.type === "session.settled" && event.settled.step === step;
const isType = (type: RunEvent["type"]) => (event: RunEvent) => event.type === type;

async function goOn(dir: string, agent: Puppet = honest()): Promise<RunEvent[]> {
  const { project, events } = await open(dir, agent);
  await using _ = project;
  expect(await project.start().ended).toMatchObject({ reason: "complete" });
  return events;
}

async function notesOf(dir: string): Promise<string[]> {
  const notes = await readFile(join(dir, "claude-progress.txt"), "utf8");
  return notes.split("\n").filter((line) => line.startsWith("--- Onward: "));
}

describe("a session is found in each of its lives (R2, R3)", () => {
  test.each([
    ["starting", isType("session.started")],
    ["running", isType("session.exited")],
    ["settling", isStep("integrity")],
    ["after integrity", isStep("verification")],
    ["after verification", isStep("list")],
    ["after the list", isStep("notes")],
    ["after the notes", isStep("checkpoint")],
  ])("%s", async (_name, from) => {
    const { dir, paths } = await twoSessions();
    await forget(paths, from);
    await goOn(dir);
    const events = await eventsOf(paths);
    const of = (type: RunEvent["type"]) =>
      events.flatMap((event) => (event.type === type && "number" in event ? [event.number] : []));
    expect(of("session.starting")).toEqual([1, 2, 3]);
    expect(of("session.exited")).toEqual([1, 2, 3]);
    expect(of("session.ended")).toEqual([1, 2, 3]);
    expect(of("session.settled")).toEqual([1, 2, 3].flatMap((number) => Array(5).fill(number)));
    expect(await notesOf(dir)).toEqual([1, 2, 3].map((number) => `--- Onward: session ${number} ---`));
    const { project } = await open(dir, honest());
    await using _ = project;
    expect(project.ledger.state.run).toMatchObject({ iterations: 3, usage: { inputTokens: 30 } });
  });

  test("what was undone before the crash is still recorded and told (F1)", async () => {
    let cheats = true;
    const cheat = puppet(async (act) => {
      await work(act);
      if (act.spec.prompt.includes("type: init") || !cheats) return undefined;
      cheats = false;
      await writeList(
        act.spec.cwd,
        (await readList(act.spec.cwd)).filter(({ id }) => id !== "b"),
      );
      return undefined;
    });
    const { dir, paths } = await twoSessions(cheat);
    await forget(paths, isStep("integrity"));
    expect(await readList(dir)).toHaveLength(2);
    const agent = honest();
    const events = await goOn(dir, agent);
    const found = events.find(isStep("integrity"));
    expect(found).toMatchObject({ settled: { violations: [{ featureId: "b" }], claimed: ["a"] } });
    expect(agent.sessions[0]?.prompt).toContain('"b');
  });

  test("what was undone while the session lived is recorded by the next manager, once (F1)", async () => {
    const cheat = puppet(async (act) => {
      await work(act);
      if (act.spec.prompt.includes("type: init")) return undefined;
      await act.tool(async () => writeList(act.spec.cwd, (await readList(act.spec.cwd)).slice(0, 1)));
      return undefined;
    });
    const { dir, paths } = await twoSessions(cheat);
    await forget(paths, isType("session.exited"));
    expect(await readList(dir)).toHaveLength(2);
    const agent = honest();
    const events = await goOn(dir, agent);
    const violations = [{ what: expect.stringContaining("was removed"), featureId: "b" }];
    expect(events.find(isStep("integrity"))).toMatchObject({ settled: { violations, claimed: ["a"] } });
    expect(agent.sessions[0]?.prompt).toContain("was removed");
  });

  test("nothing ran: nothing is claimed, and a list that a person broke meanwhile is not taken for a first one", async () => {
    const { dir, paths } = await twoSessions();
    await forget(paths, isType("session.started"));
    await rm(paths.session(2), { recursive: true });
    await writeFile(join(dir, "feature_list.json"), '[{"id": ');
    const events = await goOn(dir);
    expect(events.find(isStep("integrity"))).toMatchObject({ settled: { claimed: [], violations: [] } });
    expect(events.find(isType("list.restored"))).toBeDefined();
    expect(events.filter(isType("session.starting"))).toMatchObject([{ sessionType: "continue" }]);
  });

  test("what a dead manager's verification left is ended, and only that (R5)", async () => {
    const { dir, paths } = await twoSessions();
    const start = (await eventsOf(paths)).findLast(isType("session.starting"));
    const marker = start?.type === "session.starting" ? start.marker : "none";
    await forget(paths, isStep("verification"));
    const child = spawn("sleep", ["300"], {
      env: { ONWARD_SESSION: partMarker(marker, "x") },
      stdio: "ignore",
    });
    onTestFinished(() => void child.kill("SIGKILL"));
    const exit = once(child, "exit");
    expect(await findMarked(partMarker(marker, "y"))).toEqual([]);
    expect(await findMarked(marker)).toEqual([child.pid]);
    await goOn(dir);
    expect(await exit).toEqual([null, "SIGKILL"]);
  });

  test("what a claim was being checked with is ended, where no reaper has done it (R5)", async () => {
    const { dir, paths } = await twoSessions();
    const start = (await eventsOf(paths)).findLast(isType("run.started"));
    const runId = start?.type === "run.started" ? start.runId : "none";
    await forget(paths, isType("session.exited"));
    const env = { ONWARD_SESSION: partMarker(runId, "x") };
    const child = spawn("sleep", ["300"], { env, stdio: "ignore" });
    onTestFinished(() => void child.kill("SIGKILL"));
    const exit = once(child, "exit");
    await goOn(dir);
    expect(await exit).toEqual([null, "SIGKILL"]);
  });
});

describe("our files are damaged", () => {
  const portions = [0, 0.3, 0.9];

  test.each(portions)(
    "result.json cut to %d: the session counts as cut, with the turns that were seen",
    async (portion) => {
      const { dir, paths } = await twoSessions();
      await forget(paths, isType("session.exited"));
      await cut(join(paths.session(2), "result.json"), portion);
      const events = await goOn(dir);
      expect(events.find(isType("session.exited"))).toMatchObject({
        outcome: { type: "crashed" },
        turns: 1,
        usage: { inputTokens: 10 },
      });
    },
  );

  test.each(portions)("before.json cut to %d: the last good list takes its place (F1)", async (portion) => {
    const { dir, paths } = await twoSessions();
    await forget(paths, isStep("integrity"));
    await cut(join(paths.session(2), "before.json"), portion);
    await writeList(dir, [{ id: "c", description: "made up", passes: true }]);
    await rm(join(paths.session(2), "integrity.json"), { force: true });
    // What session 2 settled is not yet there at such a crash.
    await rm(join(paths.snapshots, "0002-settled.json"), { force: true });
    const events = await goOn(dir);
    expect((await readList(dir)).map(({ id }) => id)).toEqual(["a", "b"]);
    const found = events.find(isStep("integrity"));
    expect(found?.type === "session.settled" && found.settled).toMatchObject({
      violations: expect.arrayContaining([expect.objectContaining({ featureId: "c" })]),
    });
  });

  test("turns.jsonl cut at any byte counts the whole lines; what is no turn counts nothing", async () => {
    const file = join(await emptyDirectory(), "turns.jsonl");
    const usage = { inputTokens: 1, outputTokens: 1, cacheReadTokens: 0, cacheWriteTokens: 0 };
    recordTurn(file, 5, usage);
    recordTurn(file, 6, usage);
    const whole = await readFile(file, "utf8");
    for (let length = 0; length <= whole.length; length += 1) {
      await writeFile(file, whole.slice(0, length));
      // The last line is whole without its newline, too.
      const lines = `${whole.slice(0, length)}\n`.split("\n").filter((line) => line.endsWith("}}"));
      expect(readTurns(file).turns).toBe(lines.length);
    }
    await writeFile(file, '{}\nnull\n{"at":1,"usage":{"inputTokens":"x"}}\n7\n');
    expect(readTurns(file)).toMatchObject({ turns: 0, usage: { inputTokens: 0 } });
  });

  test("notes cut at any byte of the last entry are completed, without a second one", async () => {
    const dir = await emptyDirectory();
    const file = join(dir, "claude-progress.txt");
    const text = "2026-01-02 · done\nPassed: a\nNow: 1 of 2";
    await appendNote(dir, "session 1", text);
    const first = (await readFile(file)).length;
    await appendNote(dir, "session 12", text);
    const whole = await readFile(file);
    for (let length = first; length < whole.length; length += 1) {
      await writeFile(file, whole.subarray(0, length));
      await appendNote(dir, "session 12", text);
      const notes = await readFile(file, "utf8");
      expect(notes.split("--- Onward: session 12 ---\n")).toHaveLength(2);
      expect(notes.endsWith(`session 12 ---\n${text}\n\n`)).toBe(true);
      expect(await appendNote(dir, "session 12", text)).toBe("present");
    }
  });

  test.each(portions)("feature_list.json cut to %d is restored, and said", async (portion) => {
    const { dir } = await twoSessions();
    await cut(join(dir, "feature_list.json"), portion);
    const events = await goOn(dir);
    expect(events.find(isType("list.restored"))).toMatchObject({ from: "0002-settled" });
  });

  test("the list that a dying agent tore is held against the session's own beginning, not an older one", async () => {
    const { dir, paths } = await twoSessions();
    await forget(paths, isType("session.exited"));
    await rm(join(paths.session(2), "integrity.json"), { force: true });
    await cut(join(dir, "feature_list.json"), 0.5);
    const events = await goOn(dir);
    expect(events.find(isStep("integrity"))).toMatchObject({
      settled: { violations: [{ what: expect.stringContaining("destroyed") }] },
    });
    expect(events.find(isType("list.restored"))).toBeUndefined();
  });

  test.each([0, 0.2, 0.5, 0.9, 0.999])(
    "journal.db cut to %d is refused, with what to do (J3)",
    async (portion) => {
      const { dir, paths } = await twoSessions();
      await cut(paths.journal, portion);
      const size = (await readFile(paths.journal)).length;
      await expect(open(dir, honest())).rejects.toMatchObject({
        code: "journal-damaged",
        hint: expect.stringContaining("Move"),
      });
      expect(await readFile(paths.journal)).toHaveLength(size);
    },
  );

  test("a journal that was moved aside: no number is used again, and the newest list stays the newest", async () => {
    const { dir, paths } = await twoSessions();
    for (const name of await readdir(paths.root)) {
      if (name.startsWith("journal.db"))
        await rename(join(paths.root, name), join(paths.root, `old-${name}`));
    }
    const events = await goOn(dir);
    expect(events.filter(isType("session.starting"))).toMatchObject([{ number: 3, sessionType: "continue" }]);
    expect((await readdir(paths.sessions)).sort()).toEqual(["0001", "0002", "0003"]);
    expect(await readList(dir)).toMatchObject(twoFiles.map(({ id }) => ({ id, passes: true })));
    expect(await readdir(paths.snapshots)).toContain("0003-settled.json");
  });

  test.each([0, 0.5])("lock.db cut to %d or filled with something else holds nobody off", async (portion) => {
    const { dir, paths } = await twoSessions();
    await writeFile(paths.lock, "not a lock ".repeat(900));
    if (existsSync(paths.lock)) await cut(paths.lock, portion);
    await goOn(dir);
  });
});

async function cut(file: string, portion: number): Promise<void> {
  truncateSync(file, Math.floor((await readFile(file)).length * portion));
}
