/**
 * A project with sessions behind it: journal, session directories, notes, commits and the checkpoints that
 * retention keeps of them, as so many sessions leave them. The journal's events come from the decision table
 * itself, told of sessions that never were.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { defaults } from "../src/config/defaults.ts";
import { decide } from "../src/core/decide.ts";
import type { RunEvent, SettledStep } from "../src/core/events.ts";
import { evolve } from "../src/core/evolve.ts";
import type { Feature } from "../src/core/features.ts";
import { newAgentSessionId, newRunId, newSessionMarker } from "../src/core/ids.ts";
import type { Input } from "../src/core/input.ts";
import { noProject, type ProjectState, stateSchema } from "../src/core/run.ts";
import { noUsage } from "../src/core/session.ts";
import { sqliteJournal } from "../src/journals/sqlite.ts";
import { retention } from "../src/project/checkpoints/retention.ts";
import { ensureStateDirectory, featureListName, notesName, statePaths } from "../src/project/paths.ts";
import { git } from "./scratch.ts";

export interface Past {
  readonly features: readonly Feature[];
  readonly runs: number;
  /** At most as many as there are features. */
  readonly sessionsPerRun: number;
}

/** In an empty directory; none of the features pass. */
export async function makeProject(dir: string, past: Past): Promise<void> {
  const paths = await ensureStateDirectory(dir);
  const { events, state, notes } = tell(past);
  {
    await using journal = await sqliteJournal({ file: paths.journal });
    const batch = 10_000;
    for (let version = 0; version < events.length; ) {
      version = await journal.append(version, events.slice(version, version + batch));
    }
    await journal.saveSnapshot(stateSchema, { version: events.length, state });
  }
  const numbers = Array.from({ length: state.lastNumber }, (_, index) => index + 1);
  for (const number of numbers) mkdirSync(statePaths(dir).session(number));
  writeFileSync(join(dir, notesName), notes);
  writeList(dir, past.features);
  git(dir, ["init", "--quiet", "--initial-branch=main"]);
  const commits = numbers.map((number) => commit(number) + (isKept(number, past) ? checkpoint(number) : ""));
  git(dir, ["fast-import", "--quiet"], commits.join(""));
  git(dir, ["add", "--all"]);
  git(dir, ["commit", "--quiet", "--message=The project as it is"]);
}

export function writeList(dir: string, features: readonly Feature[]): void {
  writeFileSync(join(dir, featureListName), `${JSON.stringify(features, null, 2)}\n`);
}

export function feature(number: number, verify: string | null): Feature {
  return {
    id: `feature-${number}`,
    description: `Feature ${number} of the project works as its specification says`,
    steps: ["Start the project", `Use feature ${number}`, "See that it answers as specified"],
    passes: false,
    category: `area-${number % 7}`,
    priority: null,
    dependsOn: [],
    verify,
  };
}

/** Each session passes the next feature; every run ends at its cap, and somebody begins anew. */
function tell({ features, runs, sessionsPerRun }: Past) {
  const events: RunEvent[] = [];
  const notes: string[] = [];
  let state: ProjectState = noProject;
  let at = Date.now() - runs * sessionsPerRun * 600_000;
  const give = (input: Input) => {
    at += 60_000;
    for (const event of decide(state, input, at)) {
      events.push(event);
      state = evolve(state, event);
    }
  };
  const survey = (passing: number) =>
    give({
      type: "surveyed",
      survey: { list: { type: "valid", features: passed(features, passing) }, finalPass: null },
      agentSessionId: newAgentSessionId(crypto.randomUUID()),
      marker: newSessionMarker(crypto.randomUUID()),
      chance: 0.5,
    });

  for (let run = 0; run < runs; run += 1) {
    const settings = { ...defaults, delayMs: 0, maxIterations: sessionsPerRun };
    give({ type: "opened", runId: newRunId(crypto.randomUUID()), settings });
    for (let passing = 0; passing < sessionsPerRun; passing += 1) {
      survey(passing);
      give({ type: "session-up", pid: 4711 });
      give({ type: "session-exited", result, estimatedCostUsd: 0, recoveredMs: null });
      for (const settled of steps(features, passing, state.lastNumber)) {
        if (settled.step === "notes") notes.push(note(state.lastNumber));
        give({ type: "step-settled", settled });
      }
    }
    survey(sessionsPerRun);
  }
  if (state.run?.phase.type !== "ended") throw new Error("the last run of a made-up past has not ended");
  return { events, state, notes: notes.join("\n") };
}

function passed(features: readonly Feature[], passing: number): readonly Feature[] {
  return features.map((feature, index) => (index < passing ? { ...feature, passes: true } : feature));
}

const result = {
  outcome: { type: "done", detail: "The feature is implemented and its tests pass." },
  resumable: true,
  turns: 40,
  usage: { ...noUsage, inputTokens: 120_000, outputTokens: 9000 },
  cumulativeCostUsd: 0.4,
  denials: 0,
} as const;

function steps(features: readonly Feature[], passing: number, number: number): readonly SettledStep[] {
  const { id = "", verify = null } = features[passing] ?? {};
  const verdict = { featureId: id, ok: true, exitCode: 0, durationMs: 900, outputTail: "ok 12 tests\n" };
  const total = features.length;
  return [
    { step: "integrity", violations: [], claimed: [id], regressed: [], total },
    { step: "verification", results: verify === null ? [] : [{ ...verdict, command: String(verify) }] },
    { step: "list", passed: [id], failed: [], passing: passing + 1, total },
    { step: "notes" },
    { step: "checkpoint", ref: `refs/onward/past/${number}`, commit: hash, changed: true, head: hash },
  ];
}

const hash = "0123456789abcdef0123456789abcdef01234567";

/** As long as Onward's own entries are. */
function note(number: number): string {
  return [
    `--- Onward: session ${number} ---`,
    "continue · done · 40 turns · $0.40",
    "Passed: one more feature (verified)",
    "Now: more features pass than before",
    "",
  ].join("\n");
}

/** Whether its checkpoint has not been thinned out. */
function isKept(number: number, { runs, sessionsPerRun }: Past): boolean {
  const back = runs - Math.ceil(number / sessionsPerRun);
  const ofRun = number % sessionsPerRun;
  return back === 0 ? sessionsPerRun - ofRun <= retention.current : back <= retention.runs && ofRun <= 1;
}

/** For git fast-import. */
function commit(number: number): string {
  const message = `Session ${number}: one more feature`;
  return [
    "commit refs/heads/main",
    `mark :${number}`,
    `committer Agent <agent@example.com> ${1_760_000_000 + number * 600} +0000`,
    `data ${message.length}`,
    message,
    ...(number === 1 ? [] : [`from :${number - 1}`]),
    "",
  ].join("\n");
}

function checkpoint(number: number): string {
  return `reset refs/onward/past/${number}\nfrom :${number}\n`;
}
