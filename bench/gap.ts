/**
 * From one agent's exit to the next agent's start with no delay between them: what Onward itself takes, without
 * the time in which git or a verification command was running. Two projects are measured in turns, one with ten
 * sessions behind it and one with ten thousand, so that whatever else the machine does hits both alike. What
 * Onward does beside a running git counts as git's.
 *
 * Starting one git process in between tells how fast the machine is just then.
 */
import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { openProject } from "../src/compose.ts";
import { defaults } from "../src/config/defaults.ts";
import type { Feature } from "../src/core/features.ts";
import { type ChildSpans, childSpans } from "./child-spans.ts";
import { median, timed } from "./figures.ts";
import { type HeldSession, heldAgent } from "./held-agent.ts";
import { feature, makeProject, type Past, writeList } from "./past.ts";
import type { BenchRow } from "./row.ts";
import { git, scratch } from "./scratch.ts";

const rounds = 40;
const warmUp = 3;
const allowedMs = 25;

export async function gapBench(): Promise<readonly BenchRow[]> {
  using spans = childSpans();
  await using young = await openSubject({ runs: 1, sessionsPerRun: 10 }, spans);
  await using old = await openSubject({ runs: 100, sessionsPerRun: 100 }, spans);
  const gaps = { young: [] as Gap[], old: [] as Gap[] };
  const yardstick: number[] = [];
  for (let round = 0; round < warmUp + rounds; round += 1) {
    const [one, other] = [await young.gap(), await old.gap()];
    const start = await timed(() => promisify(execFile)("git", ["--version"]));
    if (round < warmUp) continue;
    gaps.young.push(one);
    gaps.old.push(other);
    yardstick.push(start);
  }

  const p50 = (which: keyof typeof gaps, part: keyof Gap) => median(gaps[which].map((gap) => gap[part]));
  const own = p50("young", "own");
  const whole = p50("young", "whole");
  return [
    row("gap, Onward's share p50 : allowed", own, allowedMs, 1),
    row("gap, Onward's share, 10,000 sessions : 10", p50("old", "own"), own, 1.2),
    row("gap, Onward's share : one git --version", own, median(yardstick), null),
    row("gap, git : whole", p50("young", "git"), whole, null),
    row("gap, git, 10,000 sessions : 10", p50("old", "git"), p50("young", "git"), null),
    row("gap, one verification command : whole", p50("young", "verification"), whole, null),
  ];
}

function row(name: string, value: number, reference: number, limit: number | null): BenchRow {
  return { name, value, reference, ratio: value / reference, unit: "ms", limit };
}

/** Milliseconds. */
interface Gap {
  readonly whole: number;
  readonly git: number;
  readonly verification: number;
  /** The rest. */
  readonly own: number;
}

interface Subject extends AsyncDisposable {
  /** Has the session work, ends it, and waits for the next one. */
  gap(): Promise<Gap>;
}

async function openSubject(past: Omit<Past, "features">, spans: ChildSpans): Promise<Subject> {
  await using opened = new AsyncDisposableStack();
  const { dir } = opened.use(await scratch("gap"));
  const features = Array.from({ length: 100 }, (_, index) => feature(index, "test -f feature_list.json"));
  await makeProject(dir, { ...past, features });
  const agent = heldAgent();
  const project = opened.use(
    await openProject({
      dir,
      driver: agent,
      config: { ...defaults, delayMs: 0 },
      env: { PATH: process.env.PATH, HOME: dir },
    }),
  );
  const run = project.start();
  opened.defer(async () => {
    run.kill();
    await run.ended;
  });
  const tooEarly = run.ended.then(({ detail }) => {
    throw new Error(`the run ended in the middle of the benchmark: ${detail}`);
  });
  tooEarly.catch(() => {}); // the end that we ask for ourselves
  const next = () => Promise.race([agent.next(), tooEarly]);
  let session = await next();
  let passing = 0;
  const kept = opened.move();

  return {
    async gap() {
      passing += 1;
      work(session, features, passing);
      spans.clear();
      const from = performance.now();
      session.end();
      session = await next();
      return gapOf(from, session.startedAt, spans);
    },
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

/** What a session of an agent leaves: a new file, a claim, a commit. */
export function work({ spec }: HeldSession, features: readonly Feature[], passing: number): void {
  writeFileSync(join(spec.cwd, `work-${passing}.txt`), "done\n");
  writeList(
    spec.cwd,
    features.map((feature, index) => (index < passing ? { ...feature, passes: true } : feature)),
  );
  git(spec.cwd, ["add", "--all"]);
  git(spec.cwd, ["commit", "--quiet", "--message=One more feature"]);
}

function gapOf(from: number, to: number, spans: ChildSpans): Gap {
  // Not every child: the reaper lives as long as the manager.
  const during = (...programs: readonly string[]) => spans.within(from, to, programs);
  const whole = to - from;
  return {
    whole,
    git: during("git"),
    verification: during("/bin/sh"),
    own: whole - during("git", "/bin/sh"),
  };
}

if (import.meta.main) console.table(await gapBench());
