/**
 * What a verification costs beside its bare command: in place, where the project is looked at before and after it,
 * and in a copy, where that many files are written first. The command is one that does nothing, so that all there
 * is beside it shows; that of a real test suite is a thousand times as long.
 */
import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { defaults } from "../src/config/defaults.ts";
import { workTree } from "../src/project/git/work-tree.ts";
import { runVerification } from "../src/verify/verification.ts";
import { median, timed } from "./figures.ts";
import { feature } from "./past.ts";
import type { BenchRow } from "./row.ts";
import { git, scratch } from "./scratch.ts";

/** Cheap, and of its subject: an agent's command that cannot fail is not run. */
const check = "test -d src";
const rounds = 15;
const warmUp = 2;
const protect = ["test/**"];

export async function verificationBench(): Promise<readonly BenchRow[]> {
  const few = await measure(100);
  const many = await measure(5_000);
  return [
    row("verification in place, 100 files : bare command", few.inPlace, few.bare),
    row("verification in place, 5,000 files : bare command", many.inPlace, many.bare),
    row("verification with protect, 100 files : bare command", few.copied, few.bare),
    row("verification with protect, 5,000 files : bare command", many.copied, many.bare),
    row("verification with protect, 5,000 files : cp -r of them", many.copied, many.copy),
  ];
}

/** Milliseconds, medians. */
interface Measured {
  readonly bare: number;
  readonly copy: number;
  readonly inPlace: number;
  readonly copied: number;
}

/** In turns, so that whatever else the machine does hits all alike. */
async function measure(count: number): Promise<Measured> {
  using place = await scratch("verification");
  const dir = join(place.dir, "project");
  fill(dir, count);
  const before = await workTree(dir);
  const found: Record<keyof Measured, number[]> = { bare: [], copy: [], inPlace: [], copied: [] };
  const run = promisify(execFile);
  for (let round = 0; round < warmUp + rounds; round += 1) {
    writeFileSync(join(dir, "src", "changed.txt"), `round ${round}\n`);
    const bare = await timed(() => run("/bin/sh", ["-c", check], { cwd: dir }));
    const copy = await timed(() => run("cp", ["-r", join(dir, "src"), join(place.dir, `copy-${round}`)]));
    const inPlace = await timed(() => verify(dir, before, []));
    const copied = await timed(() => verify(dir, before, protect));
    if (round < warmUp) continue;
    for (const [name, ms] of Object.entries({ bare, copy, inPlace, copied })) {
      found[name as keyof Measured].push(ms);
    }
  }
  const { bare, copy, inPlace, copied } = found;
  return { bare: median(bare), copy: median(copy), inPlace: median(inPlace), copied: median(copied) };
}

function fill(dir: string, count: number): void {
  for (let index = 0; index < count; index += 1) {
    const folder = join(dir, index % 10 === 0 ? "test" : "src", `part-${index % 50}`);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, `file-${index}.ts`), `export const value = ${index};\n`.repeat(40));
  }
  git(dir, ["init", "--quiet"]);
  git(dir, ["add", "--all"]);
  git(dir, ["commit", "--quiet", "--message=begin"]);
}

async function verify(dir: string, before: string, protect: readonly string[]): Promise<void> {
  const subject = feature(0, check);
  const { results } = await runVerification(
    {
      features: [subject],
      claimed: new Set([subject.id]),
      gate: false,
      protectedFrom: { handedOver: [before], session: null },
      alone: true,
    },
    {
      dir,
      env: { PATH: process.env.PATH },
      marker: `bench_${randomUUID()}`,
      signal: new AbortController().signal,
      mayRun: () => ({ allow: true, rule: "benchmark" }),
      settings: { ...defaults.verify, protect },
    },
  );
  if (results[0]?.ok !== true) throw new Error(`the verification failed: ${results[0]?.outputTail}`);
}

function row(name: string, value: number, reference: number): BenchRow {
  return { name, value, reference, ratio: value / reference, unit: "ms", limit: null };
}

if (import.meta.main) console.table(await verificationBench());
