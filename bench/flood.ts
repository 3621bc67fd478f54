/** The manager's memory while an agent emits 1 GB of output, against a node process that does nothing. */
import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { feature, writeList } from "./past.ts";
import type { BenchRow } from "./row.ts";
import { scratch } from "./scratch.ts";

const floodBytes = 1e9;
const lineBytes = 64 * 1024;

export async function floodBench(): Promise<readonly BenchRow[]> {
  using place = await scratch("flood");
  const project = join(place.dir, "project");
  mkdirSync(project);
  writeList(project, [feature(1, null)]);
  const agent = (bytes: number) => agentProgram(join(place.dir, `agent-${bytes}`), bytes);
  const built = build(join(place.dir, "built"));
  const manager = join(built, "flood-manager.js");
  const quiet = peakOf(manager, project, agent(0));
  const flooded = peakOf(manager, project, agent(floodBytes));
  const idle = peakOf(join(built, "peak-memory.js"));
  return [
    row("manager's peak memory, 1 GB of agent output : idle node", flooded, idle),
    row("manager's peak memory, a quiet agent : idle node", quiet, idle),
  ];
}

/** The driver starts a program: one that is `flood-agent.ts` with its arguments. */
function agentProgram(file: string, bytes: number): string {
  const words = [process.execPath, fileURLToPath(import.meta.resolve("./flood-agent.ts")), bytes, lineBytes];
  writeFileSync(file, `#!/bin/sh\nexec ${words.map((word) => `'${word}'`).join(" ")}\n`, { mode: 0o755 });
  return file;
}

/**
 * The programs as JavaScript, as people have Onward: removing the types of a whole checkout takes 30 MB alone.
 * Answers the directory.
 */
function build(dir: string): string {
  const root = join(import.meta.dirname, "..");
  const config = {
    extends: join(root, "tsconfig.json"),
    compilerOptions: { noEmit: false, noCheck: true, rootDir: root, outDir: dir },
    files: [import.meta.resolve("./flood-manager.ts"), import.meta.resolve("./peak-memory.ts")].map((url) =>
      fileURLToPath(url),
    ),
    include: [],
  };
  mkdirSync(dir);
  writeFileSync(join(dir, "tsconfig.json"), JSON.stringify(config));
  writeFileSync(join(dir, "package.json"), JSON.stringify({ type: "module" }));
  execFileSync(join(root, "node_modules", ".bin", "tsc"), ["-p", dir], { stdio: "inherit" });
  return join(dir, "bench");
}

/** What the program prints, having measured itself. */
function peakOf(...words: readonly string[]): number {
  return Number(execFileSync(process.execPath, words, { stdio: ["ignore", "pipe", "inherit"] }));
}

function row(name: string, value: number, reference: number): BenchRow {
  return { name, value, reference, ratio: value / reference, unit: "MB", limit: null };
}

if (import.meta.main) console.table(await floodBench());
