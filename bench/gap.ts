/**
 * From one agent's exit to the next agent's start with no delay between them: what Onward itself takes, without
 * the time in which git or a verification command was running. Two projects are measured in turns, one with ten
 * sessions behind it and one with ten thousand, so that whatever else the machine does hits both alike.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { openProject } from "../src/compose.ts";
import { defaults } from "../src/config/defaults.ts";
import type { Feature } from "../src/core/features.ts";
import { type ChildSpans, childSpans } from "./child-spans.ts";
import { median } from "./figures.ts";
import { type HeldAgent, type HeldSession, heldAgent } from "./held-agent.ts";
import { feature, makeProject, writeList } from "./past.ts";
import type { BenchRow } from "./row.ts";
import { git, scratch } from "./scratch.ts";

const rounds = 40;
const warmUp = 3;
/** What a person does not notice between two agents that take half a second to start. */
const allowedMs = 25;

export async function gapBench(): Promise<readonly BenchRow[]> {
  using spans = childSpans();
  await using young = await openSubject({ runs: 1, sessionsPerRun: 10 }, spans);
  await using old = await openSubject({ runs: 100, sessionsPerRun: 100 }, spans);
  for (let round = 0; round < warmUp; round += 1) {
    await young.gap();
    await old.gap();
  }
  const gaps: { young: Gap[]; old: Gap[] } = { young: [], old: [] };
  for (let round = 0; round < rounds; round += 1) {
    gaps.young.push(await young.gap());
    gaps.old.push(await old.gap());
  }
  const p50 = (of: readonly Gap[], figure: keyof Gap) => median(of.map((gap) => gap[figure]));
  const ms = (name: string, value: number, reference: number, limit: number | null): BenchRow => ({
    name,
    value,
    reference,
    ratio: value / reference,
    unit: "ms",
    limit,
  });
  const own = p50(gaps.young, "own");
  const whole = p50(gaps.young, "whole");
  return [
    ms("gap between agents, Onward's share p50 : allowed", own, allowedMs, 1),
    ms("gap, Onward's share, 10,000 sessions : 10", p50(gaps.old, "own"), own, 1.2),
    ms("gap, git : whole gap", p50(gaps.young, "git"), whole, null),
    ms("gap, verification command : whole gap", p50(gaps.young, "verification"), whole, null),
    ms("gap, git, 10,000 sessions : 10", p50(gaps.old, "git"), p50(gaps.young, "git"), null),
  ];
}

interface Gap {
  readonly whole: number;
  readonly git: number;
  readonly verification: number;
  readonly own: number;
}

interface Subject extends AsyncDisposable {
  /** Has the session work, ends it, and waits for the next one. */
  gap(): Promise<Gap>;
}

async function openSubject(
  past: { readonly runs: number; readonly sessionsPerRun: number },
  spans: ChildSpans,
): Promise<Subject> {
  await using opened = new AsyncDisposableStack();
  const { dir } = opened.use(await scratch("gap"));
  const features = Array.from({ length: 100 }, (_, index) => feature(index, "test -f feature_list.json"));
  await makeProject(dir, { ...past, features });
  const agent: HeldAgent = heldAgent();
  const project = opened.use(
    await openProject({
      dir,
      driver: agent,
      config: { ...defaults, delayMs: 0 },
      env: { PATH: process.env.PATH, HOME: dir },
    }),
  );
  const run = project.start();
  const over = run.ended.then((end) => {
    throw new Error(`the run ended in the middle of the benchmark: ${end.detail}`);
  });
  over.catch(() => {});
  opened.defer(() => run.ended.then(() => {}));
  opened.defer(() => run.kill());
  let session = await Promise.race([agent.next(), over]);
  let passing = 0;
  const kept = opened.move();

  return {
    async gap() {
      passing += 1;
      work(session, features, passing);
      spans.clear();
      const from = performance.now();
      session.end();
      session = await Promise.race([agent.next(), over]);
      return gapOf(from, session.startedAt, spans);
    },
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

/** What a session of an agent leaves: a new file, a claim, a commit. */
function work({ spec }: HeldSession, features: readonly Feature[], passing: number): void {
  writeFileSync(join(spec.cwd, `work-${passing}.txt`), "done\n");
  writeList(
    spec.cwd,
    features.map((feature, index) => (index < passing ? { ...feature, passes: true } : feature)),
  );
  git(spec.cwd, ["add", "--all"]);
  git(spec.cwd, ["commit", "--quiet", "--message=One more feature"]);
}

function gapOf(from: number, to: number, spans: ChildSpans): Gap {
  const during = (...programs: readonly string[]) =>
    spans.within(from, to, (program) => programs.includes(program));
  const whole = to - from;
  // Not every child: the reaper lives as long as the manager.
  return { whole, git: during("git"), verification: during("/bin/sh"), own: whole - during("git", "/bin/sh") };
}

if (import.meta.main) console.table(await gapBench());
