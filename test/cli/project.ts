/** Projects made by hand: a directory, a feature list, and a journal that tells a plausible history. */
import { mkdir, mkdtemp, readFile, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { RunSettings, VerificationAuthor, VerificationResult } from "../../src/core/event-parts.ts";
import type { SettledStep } from "../../src/core/events.ts";
import { newAgentSessionId, newRunId, newSessionMarker } from "../../src/core/ids.ts";
import type { Input } from "../../src/core/input.ts";
import type { Outcome, Usage } from "../../src/core/session.ts";
import { acquireLock } from "../../src/engines/lock.ts";
import { sqliteJournal } from "../../src/journals/sqlite.ts";
import { openLedger } from "../../src/loop/ledger.ts";
import { sessionFiles } from "../../src/loop/session-files.ts";
import { readFeatureList } from "../../src/project/list/feature-list.ts";
import { ensureStateDirectory, featureListName, statePaths } from "../../src/project/paths.ts";

export interface MadeProject extends AsyncDisposable {
  readonly dir: string;
  write(name: string, text: string): Promise<void>;
  read(name: string): Promise<string>;
  list(features: readonly object[]): Promise<void>;
  /** Opens the journal and the run; close it before the project is looked at as that of a dead manager. */
  history(settings?: Partial<RunSettings>): Promise<MadeHistory>;
}

interface MadeHistory extends AsyncDisposable {
  give(input: Input): Promise<void>;
  /** Looks at the project, and decides what follows. */
  survey(): Promise<void>;
  /** Serves the waits and starts the session that follows; it is left running. */
  begin(): Promise<void>;
  /** Ends and settles the session that was begun. The claims are set in the feature list, and their verification is recorded. */
  exit(told: Told): Promise<void>;
  /** A whole session. */
  session(told: Told): Promise<void>;
  pass(ms: number): void;
}

interface Told {
  readonly outcome?: Outcome;
  readonly turns?: number;
  readonly costUsd?: number;
  readonly workedMs?: number;
  readonly denials?: number;
  readonly passed?: readonly string[];
  /** Claims that did not hold. */
  readonly failed?: readonly string[];
  /** Passing features that did not hold when they were checked again. */
  readonly broke?: readonly string[];
  readonly verified?: boolean;
  /** Of the commands that decide; a person where nothing is said. */
  readonly author?: VerificationAuthor;
  readonly head?: string;
  readonly violations?: readonly string[];
}

export const startedAt = Date.UTC(2026, 10, 20, 8, 0, 0);

export const fiveFeatures: readonly object[] = [
  { id: "add", category: "cli", description: "Add a task", steps: ["add it"], passes: false },
  { id: "list", category: "cli", description: "List the tasks", steps: [], passes: false },
  { id: "done", category: "cli", description: "Finish a task", steps: [], passes: false },
  { id: "save", category: "storage", description: "Tasks outlive the program", steps: [], passes: false },
  {
    id: "lock",
    category: "storage",
    description: "Two programs at once lose nothing",
    steps: [],
    passes: false,
  },
];

const settings: RunSettings = {
  ...{ maxIterations: null, maxCostUsd: 5, maxTokens: null, maxDurationMs: null },
  ...{ delayMs: 3000, maxTurns: 1000, maxWaitMs: 8 * 3_600_000, waitForReset: true, fresh: false },
};

export async function makeProject(): Promise<MadeProject> {
  const dir = await realpath(await mkdtemp(join(tmpdir(), "onward-cli-")));
  const write = (name: string, text: string) => writeFile(join(dir, name), text);
  return {
    dir,
    write,
    read: (name) => readFile(join(dir, name), "utf8"),
    list: (features) => write(featureListName, `${JSON.stringify(features, null, 2)}\n`),
    history: (over = {}) => tell(dir, { ...settings, ...over }),
    [Symbol.asyncDispose]: () => rm(dir, { recursive: true, force: true }),
  };
}

/** Holds the project as a living manager would. */
export async function hold(dir: string): Promise<AsyncDisposable> {
  const { lock } = await ensureStateDirectory(dir);
  return acquireLock(lock, { pid: process.pid, host: "here", pidNamespace: null, since: startedAt });
}

export async function writeTranscript(
  dir: string,
  number: number,
  messages: readonly object[],
): Promise<void> {
  const files = sessionFiles(statePaths(dir), number);
  await mkdir(files.dir, { recursive: true });
  await writeFile(files.transcript, messages.map((message) => `${JSON.stringify(message)}\n`).join(""));
}

async function tell(dir: string, over: RunSettings): Promise<MadeHistory> {
  const paths = await ensureStateDirectory(dir);
  const journal = await sqliteJournal({ file: paths.journal });
  let now = startedAt;
  let serial = await journal.version();
  const uuid = () => `${(++serial).toString(16).padStart(8, "0")}-0000-4000-8000-000000000000`;
  const ledger = await openLedger(
    journal,
    () => now,
    () => {},
  );
  await ledger.give({ type: "opened", runId: newRunId(uuid()), settings: over });

  const survey = async () => {
    const list = await readFeatureList(dir);
    const seen = { list: list.type === "valid" ? list : ({ type: "absent" } as const), finalPass: null };
    const ids = { agentSessionId: newAgentSessionId(uuid()), marker: newSessionMarker(uuid()) };
    await ledger.give({ type: "surveyed", survey: seen, ...ids, chance: 0.5 });
  };
  const begin = async () => {
    for (let phase = ledger.state.run?.phase; phase?.type !== "session"; phase = ledger.state.run?.phase) {
      if (phase?.type === "ended") throw new Error(`the run has ended: ${phase.detail}`);
      if (phase?.type === "waiting") {
        now = Math.max(now, phase.wait.until);
        await ledger.give({ type: "wait-over" });
      } else await survey();
    }
    await ledger.give({ type: "session-up", pid: 1 });
  };

  const exit = async (told: Told) => {
    now += told.workedMs ?? 60_000;
    const number = ledger.state.lastNumber;
    const { turns = 9, costUsd = 0.1, denials = 0, passed = [], outcome = done } = told;
    const cumulativeCostUsd = (ledger.state.conversation?.cumulativeCostUsd ?? 0) + costUsd;
    const result = { outcome, resumable: true, turns, usage, cumulativeCostUsd, denials };
    await ledger.give({ type: "session-exited", result, estimatedCostUsd: 0, recoveredMs: null });
    const { passing, total } = await setPassing(dir, passed);
    for (const settled of steps(number, told, passing, total)) {
      await ledger.give({ type: "step-settled", settled });
    }
  };

  return {
    survey,
    begin,
    give: (input) => ledger.give(input),
    pass(ms) {
      now += ms;
    },
    exit,
    async session(told) {
      await begin();
      await exit(told);
    },
    [Symbol.asyncDispose]: () => journal[Symbol.asyncDispose](),
  };
}

const done: Outcome = { type: "done", detail: "end of turn" };
const usage: Usage = { inputTokens: 1000, outputTokens: 200, cacheReadTokens: 5000, cacheWriteTokens: 0 };

async function setPassing(
  dir: string,
  passed: readonly string[],
): Promise<{ passing: number; total: number }> {
  const list = await readFeatureList(dir);
  if (list.type !== "valid") return { passing: 0, total: 0 };
  const after = list.features.map((feature) => ({
    ...feature,
    passes: feature.passes || passed.includes(feature.id),
  }));
  await writeFile(join(dir, featureListName), `${JSON.stringify(after, null, 2)}\n`);
  return { passing: after.filter((feature) => feature.passes).length, total: after.length };
}

function steps(number: number, told: Told, passing: number, total: number): readonly SettledStep[] {
  const {
    passed = [],
    failed = [],
    broke = [],
    verified = true,
    head = null,
    violations = [],
    author,
  } = told;
  const result = (id: string) => verification(id, author);
  const results = [
    ...(verified ? passed.map(result) : []),
    ...[...failed, ...broke].map((id) => ({
      ...result(id),
      ok: false,
      exitCode: 1,
      outputTail: "1 test failed\n",
    })),
  ];
  return [
    {
      step: "integrity",
      violations: violations.map((what) => ({ what, featureId: null })),
      claimed: [...passed, ...failed],
      regressed: [],
      total: total === 0 ? null : total,
    },
    { step: "verification", results },
    { step: "list", passed, failed: [...failed, ...broke], passing, total },
    { step: "notes" },
    { step: "checkpoint", ref: `refs/onward/run/${number}`, commit: commitOf(number), changed: true, head },
  ];
}

export const commitOf = (number: number): string => number.toString(16).padStart(40, "c");

function verification(featureId: string, author: VerificationAuthor = "person"): VerificationResult {
  return {
    featureId,
    command: `npm test -- ${featureId}`,
    author,
    ok: true,
    exitCode: 0,
    durationMs: 900,
    outputTail: "ok",
  };
}
