/**
 * From SIGTERM to the manager until it and everything that it had started is gone: in the middle of a tool, which
 * is given its grace first, against an agent that waits for its model. The command line as people run it, the
 * genuine agent, the scripted model.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type ScriptedModel, startScriptedModel, type Turn } from "../src/demo/scripted-model.ts";
import { isAlive, type ProcessEntry, processTable } from "../src/processes/table.ts";
import { median } from "./figures.ts";
import { feature, writeList } from "./past.ts";
import type { BenchRow } from "./row.ts";
import { scratch } from "./scratch.ts";

const rounds = 3;

export async function stopBench(): Promise<readonly BenchRow[]> {
  const inTool: number[] = [];
  const twice: number[] = [];
  const idle: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    inTool.push(await stopTime(endlessTool, 1));
    twice.push(await stopTime(endlessTool, 2));
    idle.push(await stopTime(silentModel, 1));
  }
  const reference = median(idle);
  return [
    row("SIGTERM to gone, in a tool : waiting for the model", median(inTool), reference),
    row("two SIGTERMs 100 ms apart, in a tool : one, waiting", median(twice), reference),
  ];
}

function row(name: string, value: number, reference: number): BenchRow {
  return { name, value, reference, ratio: value / reference, unit: "ms", limit: null };
}

/** How a session gets to the moment in which it is stopped. */
interface Moment {
  readonly turn: Turn;
  reached(project: string, model: ScriptedModel): boolean;
}

const endlessTool: Moment = {
  turn: { tools: [{ name: "Bash", input: { command: "node endless.mjs" } }] },
  reached: (project) => existsSync(join(project, "at-work")),
};

/** As a server that an agent starts in the foreground, and waits for. */
const endlessProgram = `import fs from "node:fs"; fs.writeFileSync("at-work", ""); setInterval(() => {}, 1000);`;

const silentModel: Moment = {
  turn: { hang: true },
  reached: (_, model) => model.calls().length > 0,
};

async function stopTime(moment: Moment, signals: 1 | 2): Promise<number> {
  using place = await scratch("stop");
  const project = join(place.dir, "project");
  mkdirSync(project);
  writeList(project, [feature(1, null)]);
  writeFileSync(join(project, "endless.mjs"), endlessProgram);
  await using model = await startScriptedModel({ turns: [moment.turn] });

  const onward = join(import.meta.dirname, "..", "bin", "onward.cjs");
  const manager = spawn(process.execPath, [onward, "run", project, "--delay", "0s", "--json"], {
    env: {
      PATH: process.env.PATH,
      HOME: place.dir,
      ANTHROPIC_BASE_URL: model.url,
      ANTHROPIC_API_KEY: "scripted",
    },
    stdio: ["ignore", "ignore", "inherit"],
  });
  const gone = once(manager, "exit");
  try {
    while (!moment.reached(project, model)) {
      if (manager.exitCode !== null) throw new Error(`onward run ended by itself: ${manager.exitCode}`);
      await sleep(pollMs);
    }
    const family = descendants(manager.pid ?? 0);
    const started = performance.now();
    manager.kill("SIGTERM");
    if (signals === 2) {
      await sleep(betweenSignalsMs);
      manager.kill("SIGTERM");
    }
    await gone;
    while (family.some(isAlive)) await sleep(pollMs);
    return performance.now() - started;
  } finally {
    manager.kill("SIGKILL");
  }
}

const pollMs = 10;
/** Two that arrive together are one to the kernel. */
const betweenSignalsMs = 100;

function descendants(pid: number): readonly ProcessEntry[] {
  const table = processTable("");
  const children = (parent: number): readonly ProcessEntry[] =>
    table.filter((entry) => entry.parent === parent).flatMap((entry) => [entry, ...children(entry.pid)]);
  return children(pid);
}

if (import.meta.main) console.table(await stopBench());
