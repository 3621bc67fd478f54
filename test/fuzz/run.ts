/**
 * `node test/fuzz/run.ts --seed N --count N`: makes commands, and has real bash execute `count` of those that
 * the guard allows. A failure is a program that ran and was not resolved (name, directory, words), or a file
 * that changed outside project and scratch or is protected. Needs bubblewrap.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import type { Call } from "../../src/guard/programs/program.ts";
import { examineCommand } from "../../src/guard/shell.ts";
import { command } from "./grammar.ts";
import { context, Machine } from "./machine.ts";
import { mutate } from "./mutate.ts";
import { judgeRun } from "./oracle.ts";
import { Random } from "./random.ts";

const batchSize = 500;
const maxLength = 600;

interface Allowed {
  readonly command: string;
  readonly calls: readonly Call[];
}

function main(): void {
  const { values } = parseArgs({
    options: { seed: { type: "string", default: "1" }, count: { type: "string", default: "2000" } },
  });
  const [seed, count] = [Number(values.seed), Number(values.count)];
  const random = new Random(seed);
  const seeds = readSeeds();
  const started = performance.now();
  let made = 0;
  let executed = 0;
  let programs = 0;
  const failures: string[] = [];
  using machine = new Machine();
  while (executed < count) {
    const batch: Allowed[] = [];
    while (batch.length < Math.min(batchSize, count - executed)) {
      made += 1;
      const allowed = tryOne(random, seeds);
      if (allowed !== null) batch.push(allowed);
    }
    const { ran, touched } = machine.execute(batch.map((one) => one.command));
    batch.forEach((one, index) => {
      for (const program of ran[index] ?? []) {
        programs += 1;
        const wrong = judgeRun(program, one.calls);
        if (wrong !== null) failures.push(`${wrong}: ${JSON.stringify(one.command)}`);
      }
    });
    if (touched.length > 0) failures.push(...culprits(machine, batch));
    executed += batch.length;
    process.stderr.write(
      `${executed} executed of ${made} made, ${programs} programs ran, ${failures.length} failures\n`,
    );
  }
  for (const failure of failures) console.log(`FAILED ${failure}`);
  const seconds = ((performance.now() - started) / 1000).toFixed(0);
  console.log(
    `seed ${seed}: ${made} commands made, ${executed} allowed and executed, ${programs} programs ran, ${seconds} s`,
  );
  console.log(`${executed - failures.length} passed, ${failures.length} failed`);
  process.exitCode = failures.length === 0 ? 0 : 1;
}

function tryOne(random: Random, seeds: readonly string[]): Allowed | null {
  const text = (random.chance(0.5) ? command(random) : mutate(random, seeds)).replace(/\n+$/, "");
  if (text.length > maxLength) return null;
  const { verdict, calls } = examineCommand(text, context, "strict");
  return verdict.allow ? { command: text, calls } : null;
}

/** A batch that touched something is run again, command by command. */
function culprits(machine: Machine, batch: readonly Allowed[]): readonly string[] {
  const found = batch.flatMap(({ command: text }) => {
    const { touched } = machine.execute([text]);
    return touched.length === 0 ? [] : [`touched ${touched.join(" ")}: ${JSON.stringify(text)}`];
  });
  return found.length > 0 ? found : ["a batch touched guarded files, and no single command of it did"];
}

function readSeeds(): readonly string[] {
  return ["corpus.jsonl", "more.jsonl"].flatMap((name) =>
    readFileSync(join(import.meta.dirname, "../guard", name), "utf8")
      .trim()
      .split("\n")
      .map((line) => (JSON.parse(line) as { command: string }).command)
      .filter((text) => text.length < maxLength),
  );
}

main();
