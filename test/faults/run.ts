/**
 * The fault campaign: `node test/faults/run.ts [--seed N] [--only kills,calls…] [--short]`. Each part does
 * something terrible to real managers of real projects, and the one checker looks at what is left.
 */
import { parseArgs } from "node:util";
import { failingCalls } from "./calls.ts";
import { clockJumps } from "./jumps.ts";
import { killAtEvents, killAtRandom } from "./kills.ts";
import { misbehaviour } from "./misbehaviour.ts";
import { races } from "./races.ts";
import { printTable, type Tally } from "./report.ts";
import { soak } from "./soak.ts";

const { values } = parseArgs({
  options: { seed: { type: "string" }, only: { type: "string" }, short: { type: "boolean", default: false } },
});
const seed = values.seed === undefined ? Math.floor(Math.random() * 1e9) : Number(values.seed);
const lanes = 2;
const { short } = values;

const parts: Readonly<Record<string, () => Promise<readonly Tally[]>>> = {
  kills: async () => [
    await killAtEvents(seed, short ? 8 : 1, lanes),
    await killAtRandom(seed, short ? 30 : 300, short ? 700 : 1200, lanes),
  ],
  calls: async () => [await failingCalls(seed, short ? 4 : 48, lanes)],
  agent: async () => misbehaviour(seed, short ? 20 : 200, lanes),
  races: async () => [await races(seed, short ? [3] : [2, 3, 4, 5, 6, 7, 8])],
  clock: async () => [await clockJumps(seed, short ? 5 : 20)],
  soak: async () => [await soak(short ? 50 : 300)],
};

const chosen = values.only?.split(",") ?? Object.keys(parts);
const unknown = chosen.filter((name) => parts[name] === undefined);
if (unknown.length > 0) {
  console.error(`There is no part ${unknown.join(", ")}; there are ${Object.keys(parts).join(", ")}.`);
  process.exit(2);
}

console.log(`seed ${seed}${short ? ", short" : ""}`);
const tallies: Tally[] = [];
for (const name of chosen) {
  const startedAt = performance.now();
  const found = (await parts[name]?.()) ?? [];
  tallies.push(...found);
  console.log(`${name}: ${((performance.now() - startedAt) / 1000).toFixed(0)} s`);
}
printTable(tallies);
const failures = tallies.flatMap((tally) => tally.failures);
for (const failure of failures) console.log(`FAILED ${failure}`);
const failed = tallies.filter((tally) => tally.failures.length > 0).length;
console.log(`${tallies.length - failed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
