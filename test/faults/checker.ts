/**
 * Reads only what a user has (`evidence.ts`) and the witness, and says what of R1 to R6, J1, J2, F2 and F5 does not
 * hold. The state that is folded from the journal is one of the things looked at. For projects that have been
 * completed.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { RunEvent } from "../../src/core/events.ts";
import { sqliteJournal } from "../../src/journals/sqlite.ts";
import { readState } from "../../src/loop/ledger.ts";
import {
  acknowledged,
  agentMarks,
  notedSessions,
  type Row,
  readList,
  readRefs,
  readRows,
  sessionDirectories,
} from "./evidence.ts";
import { orphansOf } from "./orphans.ts";
import type { Scene } from "./scene.ts";
import { wrongCounters, wrongRecords } from "./spending.ts";
import { wrongStarts, wrongWaits } from "./underway.ts";

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
  /** The clock was set while managers were at work; default false. */
  readonly clockJumps?: boolean;
}

export async function check(scene: Scene, options: CheckOptions = {}): Promise<Findings> {
  const { complete = true, refsKept = true, notesKept = true, listKept = true, clockJumps = false } = options;
  const rows = readRows(scene);
  const events = rows.map(({ event }) => event);
  const sessions = sessionsOf(events);
  const overlaps = agentMarks(scene).filter(({ what }) => what.startsWith("OVERLAP"));
  return {
    lost: [...lostEvents(scene, rows), ...damagedRows(rows)],
    doubled: [
      ...doubledSessions(scene, events),
      ...overlaps.map(({ marker, what }) => `${marker} ${what}`),
      ...(notesKept ? wrongNotes(scene, sessions) : []),
    ],
    missing: missingEnds(sessions, complete),
    orphans: await orphansOf(markersOf(events)),
    other: [
      ...wrongRecords(scene, events),
      ...(await wrongState(scene, events)),
      ...wrongStarts(events),
      ...(clockJumps ? [] : wrongWaits(events)),
      ...(refsKept ? missingRefs(scene, events) : []),
      ...(complete ? unconfirmedPasses(scene, events) : []),
      ...(listKept ? restoredLists(events) : []),
      ...strangeDirectories(scene, sessions),
    ],
  };
}

export function isClean({ lost, doubled, missing, orphans, other }: Findings): boolean {
  return [lost, doubled, missing, orphans, other].every((found) => found.length === 0);
}

interface Recorded {
  readonly number: number;
  readonly types: readonly string[];
}

function sessionsOf(events: readonly RunEvent[]): readonly Recorded[] {
  const found = new Map<number, string[]>();
  for (const event of events) {
    // What an agent told of its work stands between them.
    if (!("number" in event) || !event.type.startsWith("session.")) continue;
    const types = found.get(event.number) ?? [];
    types.push(event.type === "session.settled" ? event.settled.step : event.type);
    found.set(event.number, types);
  }
  return [...found].map(([number, types]) => ({ number, types }));
}

/** What the next manager would begin with, if it could. */
async function wrongState(scene: Scene, events: readonly RunEvent[]): Promise<readonly string[]> {
  try {
    const file = join(scene.dir, ".onward", "journal.db");
    await using journal = await sqliteJournal({ file, readOnly: true });
    return wrongCounters(scene, events, (await readState(journal)).state.run);
  } catch (error) {
    return [`no manager could begin: ${error instanceof Error ? error.message : error}`];
  }
}

/** J1, J2: the journal holds each event that the witness saw, in that order; in between there may be more. */
function lostEvents(scene: Scene, rows: readonly Row[]): readonly string[] {
  let next = 0;
  return acknowledged(scene).filter((line) => {
    const found = rows.findIndex(({ body }, index) => index >= next && body === line);
    if (found >= 0) next = found + 1;
    return found < 0;
  });
}

/** J2: no gap, nothing twice, and the columns by which it is searched say what the event says. */
function damagedRows(rows: readonly Row[]): readonly string[] {
  const bodies = new Set<string>();
  return rows.flatMap(({ version, type, at, body, event }, index) => {
    // People may ask for the same twice in a moment.
    const twice = event.type !== "asked" && bodies.has(body);
    bodies.add(body);
    const sound = version === index + 1 && type === event.type && at === event.at;
    return [
      ...(twice ? [`event ${version} is there before: ${body}`] : []),
      ...(sound ? [] : [`event ${index + 1} is ${type} at ${at}, version ${version}: ${body}`]),
    ];
  });
}

function doubledSessions(scene: Scene, events: readonly RunEvent[]): readonly string[] {
  const numbers = events.flatMap((event) => (event.type === "session.starting" ? [event.number] : []));
  const gaps = numbers.flatMap((number, index) =>
    number === index + 1 ? [] : [`start ${index + 1} has number ${number}`],
  );
  const started = agentMarks(scene).flatMap(({ marker, what }) =>
    what.startsWith("START ") ? [marker] : [],
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

/** Older checkpoints are thinned out; those that are there are what was recorded, and the newest is there. */
function missingRefs(scene: Scene, events: readonly RunEvent[]): readonly string[] {
  const refs = readRefs(scene);
  const recorded = events.flatMap((event) =>
    event.type === "session.settled" && event.settled.step === "checkpoint" ? [event.settled] : [],
  );
  const newest = recorded.at(-1);
  return recorded
    .filter(({ ref, commit }) => (refs.has(ref) || ref === newest?.ref) && refs.get(ref) !== commit)
    .map(({ ref, commit }) => `${ref} is not at ${commit}`);
}

/** F2, F5: the list is valid, and each pass is what a verification last found, and true. */
function unconfirmedPasses(scene: Scene, events: readonly RunEvent[]): readonly string[] {
  const list = readList(scene);
  if (list === null) return ["there is no list"];
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
  const passing = list.filter((feature) => feature.passes);
  return [
    ...(list.length === scene.features ? [] : [`the list has ${list.length} features`]),
    ...passing.filter(({ id }) => confirmed.get(id) !== true).map(({ id }) => `${id} passes unconfirmed`),
    ...passing
      .filter(({ id }) => !existsSync(join(scene.dir, `${id}.txt`)))
      .map(({ id }) => `${id} is not there`),
  ];
}

/** Each ended session once, and no other. */
function wrongNotes(scene: Scene, sessions: readonly Recorded[]): readonly string[] {
  const noted = notedSessions(scene);
  const expected = sessions.filter(({ types }) => types.includes("notes")).map(({ number }) => number);
  return noted.join() === expected.join()
    ? []
    : [`notes hold sessions ${noted.join()} in place of ${expected.join()}`];
}

/** Nobody damaged it: an older one in its place takes work back. */
function restoredLists(events: readonly RunEvent[]): readonly string[] {
  return events.flatMap((event) =>
    event.type === "list.restored" ? [`the list was restored: ${event.problem}`] : [],
  );
}

function strangeDirectories(scene: Scene, sessions: readonly Recorded[]): readonly string[] {
  const last = sessions.at(-1)?.number ?? 0;
  return sessionDirectories(scene)
    .filter((name) => !(Number(name) >= 1 && Number(name) <= last))
    .map((name) => `sessions/${name} belongs to no session`);
}

function markersOf(events: readonly RunEvent[]): readonly string[] {
  return events.flatMap((event): string[] => {
    if (event.type === "session.starting") return [event.marker];
    return event.type === "run.started" ? [event.runId] : [];
  });
}
