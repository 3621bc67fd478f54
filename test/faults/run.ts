/**
 * The fault campaign: `node test/faults/run.ts [--seed N] [--only kills,calls…] [--short]`. Each part does
 * something terrible to real managers of real projects, and the one checker looks at what is left.
 */
import { parseArgs } from "node:util";
import { failingCalls } from "./calls.ts";
import { genuineMisbehaviour } from "./genuine.ts";
import { clockJumps } from "./jumps.ts";
import { killAtEvents, killAtRandom } from "./kills.ts";
import { inLanes } from "./lanes.ts";
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

/** The longest first: two of them are at work at any time, because most of their time they wait. */
const parts: Readonly<Record<string, () => Promise<readonly Tally[]>>> = {
  kills: () =>
    Promise.all([killAtRandom(seed, short ? 17 : 306, lanes), killAtEvents(seed, short ? 8 : 1, 1)]),
  agent: () =>
    Promise.all([
      misbehaviour(seed, short ? 10 : 60, lanes),
      genuineMisbehaviour(seed, short ? 10 : 136, lanes),
    ]),
  calls: async () => [await failingCalls(seed, short ? 10 : "every", lanes)],
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
const found = new Map<string, readonly Tally[]>();
// What is measured is measured alone.
await inLanes(
  chosen.filter((name) => name !== "soak"),
  2,
  play,
);
if (chosen.includes("soak")) await play("soak");
const tallies = chosen.flatMap((name) => found.get(name) ?? []);
for (const tally of tallies) {
  if (tally.injected === 0) tally.failures.push(`${tally.part}: no fault was injected`);
}
printTable(tallies);
const failures = tallies.flatMap((tally) => tally.failures);
for (const failure of failures) console.log(`FAILED ${failure}`);
const failed = tallies.filter((tally) => tally.failures.length > 0).length;
console.log(`${tallies.length - failed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;

async function play(name: string): Promise<void> {
  const startedAt = performance.now();
  found.set(name, (await parts[name]?.()) ?? []);
  console.log(`${name}: ${((performance.now() - startedAt) / 1000).toFixed(0)} s`);
}
