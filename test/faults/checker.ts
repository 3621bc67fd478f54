/**
 * Reads only what a user has (the journal, the sessions' directories, git's refs, the list, the notes) and the
 * witness, and says what of R1 to R6, J1, J2, F2 and F5 does not hold. For projects that have been completed.
 */
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { exhaustedBudget } from "../../src/core/budget.ts";
import type { RunEvent } from "../../src/core/events.ts";
import { evolve } from "../../src/core/evolve.ts";
import { noProject, type ProjectState } from "../../src/core/run.ts";
import { totalTokens } from "../../src/core/session.ts";
import { sqliteJournal } from "../../src/journals/sqlite.ts";
import { readFeatureList } from "../../src/project/list/feature-list.ts";
import { statePaths } from "../../src/project/paths.ts";
import { orphansOf } from "./orphans.ts";
import type { Scene } from "./scene.ts";

export interface Findings {
  /** Acknowledged events that the journal has not (J1). */
  readonly lost: readonly string[];
  /** Sessions that were started, recorded or noted twice, or that overlapped (R1, R2). */
  readonly doubled: readonly string[];
  /** Sessions without their one end (R2). */
  readonly missing: readonly string[];
  /** Processes that outlived their session by more than 5 s (R5). */
  readonly orphans: readonly string[];
  readonly other: readonly string[];
}

export interface CheckOptions {
  /** The run was completed; default true. Without it what is claimed is not looked at. */
  readonly complete?: boolean;
  /** Agents may have removed the repository, and the refs with it. */
  readonly refsKept?: boolean;
  /** Agents may have removed the notes. */
  readonly notesKept?: boolean;
  /** Agents may have damaged the list. */
  readonly listKept?: boolean;
}

export async function check(scene: Scene, options: CheckOptions = {}): Promise<Findings> {
  const { complete = true, refsKept = true, notesKept = true, listKept = true } = options;
  await using journal = await sqliteJournal({ file: statePaths(scene.dir).journal, readOnly: true });
  const events = (await journal.read(0)).map((stored) => stored.event);
  const sessions = sessionsOf(events);
  const overlaps = agentLog(scene).filter((line) => line.includes("OVERLAP"));
  return {
    lost: lostEvents(scene, events),
    doubled: [
      ...doubledSessions(scene, events),
      ...overlaps,
      ...(notesKept ? wrongNotes(scene, sessions) : []),
    ],
    missing: missingEnds(sessions, complete),
    orphans: await orphansOf(markersOf(events)),
    other: [
      ...wrongCounters(events),
      ...wrongStarts(events),
      ...(refsKept ? missingRefs(scene, events) : []),
      ...(complete ? await unconfirmedPasses(scene, events) : []),
      ...(listKept ? restoredLists(events) : []),
      ...strangeDirectories(scene, sessions),
    ],
  };
}

export function isClean({ lost, doubled, missing, orphans, other }: Findings): boolean {
  return [lost, doubled, missing, orphans, other].every((found) => found.length === 0);
}

type EventOf<Type extends RunEvent["type"]> = Extract<RunEvent, { type: Type }>;

interface Recorded {
  readonly number: number;
  readonly types: readonly string[];
}

function sessionsOf(events: readonly RunEvent[]): readonly Recorded[] {
  const found = new Map<number, string[]>();
  for (const event of events) {
    if (!("number" in event)) continue;
    const types = found.get(event.number) ?? [];
    types.push(event.type === "session.settled" ? event.settled.step : event.type);
    found.set(event.number, types);
  }
  return [...found].map(([number, types]) => ({ number, types }));
}

/** J1, J2: the witness saw them in this order, and nobody else writes. */
function lostEvents(scene: Scene, events: readonly RunEvent[]): readonly string[] {
  const recorded = new Set(events.map((event) => JSON.stringify(event)));
  return linesOf(join(scene.witness, "events.log")).filter((line) => !recorded.has(line));
}

function doubledSessions(scene: Scene, events: readonly RunEvent[]): readonly string[] {
  const numbers = events.flatMap((event) => (event.type === "session.starting" ? [event.number] : []));
  const gaps = numbers.flatMap((number, index) =>
    number === index + 1 ? [] : [`start ${index + 1} has number ${number}`],
  );
  const started = agentLog(scene).flatMap((line) =>
    line.includes(" START ") ? [line.split(" ")[0] ?? ""] : [],
  );
  const twice = started.filter((marker, index) => started.indexOf(marker) !== index);
  const known = new Set(markersOf(events));
  return [
    ...gaps,
    ...twice.map((marker) => `${marker} was started twice`),
    ...started.filter((marker) => !known.has(marker)).map((marker) => `${marker} is in no journal`),
  ];
}

const steps = ["integrity", "verification", "list", "notes", "checkpoint"];

/** R2: one start, at most one `started`, one exit, each step once and in order, one end. */
function missingEnds(sessions: readonly Recorded[], complete: boolean): readonly string[] {
  const whole = ["session.starting", "session.exited", ...steps, "session.ended"];
  return sessions.flatMap(({ number, types }, index) => {
    const seen = types.filter((type) => type !== "session.started");
    const open = !complete && index === sessions.length - 1;
    const expected = open ? whole.slice(0, seen.length) : whole;
    const once = types.filter((type) => type === "session.started").length <= 1;
    return once && seen.join() === expected.join() ? [] : [`session ${number}: ${types.join(" ")}`];
  });
}

/** R3: the folded state says what the recorded sessions of the run sum up to. */
function wrongCounters(events: readonly RunEvent[]): readonly string[] {
  const state = events.reduce(evolve, noProject);
  const begun = events.findLastIndex((event) => event.type === "run.started" && !event.resumed);
  const exits = events
    .slice(begun)
    .filter((event): event is EventOf<"session.exited"> => event.type === "session.exited");
  const sums = {
    iterations: exits.filter(({ turns }) => turns > 0).length,
    costUsd: exits.reduce((sum, { costUsd }) => sum + costUsd, 0).toFixed(9),
    tokens: exits.reduce((sum, { usage }) => sum + totalTokens(usage), 0),
  };
  const { run } = state;
  const folded = {
    iterations: run?.iterations,
    costUsd: run?.costUsd.toFixed(9),
    tokens: run === null ? undefined : totalTokens(run.usage),
  };
  const same = JSON.stringify(sums) === JSON.stringify(folded);
  const time = run === null || run.activeMs >= 0 ? [] : [`${run.activeMs} ms of work`];
  return [...time, ...(same ? [] : [`counters are ${JSON.stringify(folded)}, sums ${JSON.stringify(sums)}`])];
}

/** R4: no session past a budget, after an end, while a pause or a stop is asked. */
function wrongStarts(events: readonly RunEvent[]): readonly string[] {
  let state: ProjectState = noProject;
  const wrong: string[] = [];
  for (const event of events) {
    const { run } = state;
    if (event.type === "session.starting" && run !== null) {
      const over = exhaustedBudget(run.settings, run);
      if (run.phase.type !== "choosing") wrong.push(`session ${event.number} in phase ${run.phase.type}`);
      if (over !== null) wrong.push(`session ${event.number} past ${over}`);
      if (run.stopAsked || run.pauseAsked) wrong.push(`session ${event.number} although asked not to`);
    }
    state = evolve(state, event);
  }
  return wrong;
}

/** Older checkpoints are thinned out; those that are there are what was recorded, and the newest is there. */
function missingRefs(scene: Scene, events: readonly RunEvent[]): readonly string[] {
  const args = ["for-each-ref", "--format=%(refname) %(objectname)", "refs/onward"];
  const lines = execFileSync("git", args, { cwd: scene.dir, encoding: "utf8" }).trim().split("\n");
  const refs = new Map(lines.map((line) => [line.split(" ")[0] ?? "", line.split(" ")[1] ?? ""]));
  const recorded = events.flatMap((event) =>
    event.type === "session.settled" && event.settled.step === "checkpoint" ? [event.settled] : [],
  );
  const newest = recorded.at(-1);
  return recorded
    .filter(({ ref, commit }) => (refs.has(ref) || ref === newest?.ref) && refs.get(ref) !== commit)
    .map(({ ref, commit }) => `${ref} is not at ${commit}`);
}

/** F2, F5: the list is valid, and each pass is what a verification last found, and true. */
async function unconfirmedPasses(scene: Scene, events: readonly RunEvent[]): Promise<readonly string[]> {
  const list = await readFeatureList(scene.dir);
  if (list.type !== "valid") return [`the list is ${list.type}`];
  const confirmed = new Map<string | null, boolean>();
  for (const event of events) {
    const results =
      event.type === "gate.ended"
        ? event.results
        : event.type === "session.settled" && event.settled.step === "verification"
          ? event.settled.results
          : [];
    for (const { featureId, ok } of results) confirmed.set(featureId, ok);
  }
  const passing = list.features.filter((feature) => feature.passes);
  return [
    ...(list.features.length === scene.features ? [] : [`the list has ${list.features.length} features`]),
    ...passing.filter(({ id }) => confirmed.get(id) !== true).map(({ id }) => `${id} passes unconfirmed`),
    ...passing
      .filter(({ id }) => !existsSync(join(scene.dir, `${id}.txt`)))
      .map(({ id }) => `${id} is not there`),
  ];
}

/** Each ended session once, and no other. */
function wrongNotes(scene: Scene, sessions: readonly Recorded[]): readonly string[] {
  const titles = linesOf(join(scene.dir, "claude-progress.txt")).filter((line) =>
    line.startsWith("--- Onward: "),
  );
  const expected = sessions
    .filter(({ types }) => types.includes("notes"))
    .map(({ number }) => `--- Onward: session ${number} ---`);
  return titles.join() === expected.join()
    ? []
    : [`notes hold ${titles.length} of ${expected.length} sessions`];
}

/** Nobody damaged it: an older one in its place takes work back. */
function restoredLists(events: readonly RunEvent[]): readonly string[] {
  return events.flatMap((event) =>
    event.type === "list.restored" ? [`the list was restored: ${event.problem}`] : [],
  );
}

function strangeDirectories(scene: Scene, sessions: readonly Recorded[]): readonly string[] {
  const last = sessions.at(-1)?.number ?? 0;
  return readdirSync(statePaths(scene.dir).sessions)
    .filter((name) => !(Number(name) >= 1 && Number(name) <= last))
    .map((name) => `sessions/${name} belongs to no session`);
}

function markersOf(events: readonly RunEvent[]): readonly string[] {
  return events.flatMap((event): string[] => {
    if (event.type === "session.starting") return [event.marker];
    return event.type === "run.started" ? [event.runId] : [];
  });
}

function agentLog(scene: Scene): readonly string[] {
  return linesOf(join(scene.witness, "agents.log"));
}

/** A last line that was cut is one that its writer did not finish, and so did not say. */
function linesOf(file: string): readonly string[] {
  if (!existsSync(file)) return [];
  return readFileSync(file, "utf8").split("\n").slice(0, -1);
}
