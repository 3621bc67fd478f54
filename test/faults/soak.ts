/** (f) Many fast sessions in one manager: memory, descriptors and the time a session takes stay what they were. */
import { spawnSync } from "node:child_process";
import { appendFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { openProject } from "../../src/compose.ts";
import { defaults } from "../../src/config/defaults.ts";
import { quickAgent } from "./quick-agent.ts";
import { conclude, newTally, type Tally } from "./report.ts";
import { newScene } from "./scene.ts";

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

const mostHeapGrowth = 8 * 2 ** 20;
/**
 * What the process holds: V8 gives its young generation up to 96 MiB where much is made and thrown away, and keeps
 * it. (Measured over 300 sessions: by 84 MiB, with 16 MiB of live objects and nothing outside the heap.)
 */
const mostMemoryGrowth = 128 * 2 ** 20;
const mostNewDescriptors = 4;
/** Of a session beside the start of a process, because other work on the machine comes and goes. */
const mostSlowdown = 2;

interface Sample {
  readonly heap: number;
  /** Resident: all that the process holds. */
  readonly memory: number;
  readonly descriptors: number;
}

export async function soak(sessions: number): Promise<Tally> {
  const tally = newTally("soak");
  // More than are done, so that all sessions are alike, and the list does not grow.
  const scene = await newScene(sessions + 10);
  const ends: number[] = [];
  const yardsticks: number[] = [];
  const samples: Sample[] = [];
  const sampleEvery = Math.floor(sessions / 5);
  await using project = await openProject({
    dir: scene.dir,
    env: { PATH: process.env.PATH, HOME: scene.witness },
    config: { ...defaults, delayMs: 0, maxIterations: sessions, regression: { type: "off" } },
    driver: quickAgent(scene.features, () => ({ type: "done", detail: "" })),
    onEvent(event) {
      appendFileSync(join(scene.witness, "events.log"), `${JSON.stringify(event)}\n`);
      if (event.type !== "session.ended") return;
      ends.push(performance.now());
      yardsticks.push(timeOfOneProcess());
      if (event.number % sampleEvery === 0) samples.push(sample());
    },
  });
  const { reason, detail } = await project.start().ended;
  const [first, last] = [samples[0] ?? sample(), samples.at(-1) ?? sample()];
  const third = Math.floor(ends.length / 3);
  const parts = [[0, third] as const, [-third] as const];
  const [early = 0, late = 0] = parts.map((part) => median(intervals(ends.slice(...part))));
  const [earlyStart = 1, lateStart = 1] = parts.map((part) => median(yardsticks.slice(...part)));
  const complaints = [
    ends.length === sessions ? "" : `${ends.length} of ${sessions} sessions, then ${reason}: ${detail}`,
    last.heap - first.heap <= mostHeapGrowth
      ? ""
      : `the heap grew from ${mib(first.heap)} to ${mib(last.heap)}`,
    last.memory - first.memory <= mostMemoryGrowth
      ? ""
      : `the process grew from ${mib(first.memory)} to ${mib(last.memory)}`,
    last.descriptors - first.descriptors <= mostNewDescriptors
      ? ""
      : `${first.descriptors} descriptors became ${last.descriptors}`,
    late / lateStart <= (early / earlyStart) * mostSlowdown
      ? ""
      : `a session took ${early.toFixed(0)} ms, then ${late.toFixed(0)} ms`,
  ];
  await conclude(tally, scene, sessions, [], { complete: false });
  tally.failures.push(...complaints.filter((text) => text !== "").map((text) => `soak: ${text}`));
  tally.note = [
    `heap ${mib(first.heap)} to ${mib(last.heap)}`,
    `memory ${mib(first.memory)} to ${mib(last.memory)}`,
    `descriptors ${first.descriptors} to ${last.descriptors}`,
    `session ${early.toFixed(0)} to ${late.toFixed(0)} ms`,
  ].join(", ");
  return tally;
}

function sample(): Sample {
  collect();
  const { heapUsed, rss } = process.memoryUsage();
  return { heap: heapUsed, memory: rss, descriptors: readdirSync("/proc/self/fd").length };
}

function timeOfOneProcess(): number {
  const from = performance.now();
  spawnSync("git", ["--version"]);
  return performance.now() - from;
}

function intervals(times: readonly number[]): readonly number[] {
  return times.slice(1).map((time, index) => time - (times[index] ?? time));
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

function mib(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(1)} MiB`;
}
