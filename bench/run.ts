/**
 * `npm run bench [-- --json] [name…]`: runs the benchmarks one after another, so that none disturbs another, and
 * prints what they found. Exit code 1 when a limit does not hold or a benchmark could not be run, 2 when there is
 * none of that name.
 */
import { parseArgs } from "node:util";
import type { BenchRow } from "./row.ts";

const benchmarks: ReadonlyMap<string, () => Promise<readonly BenchRow[]>> = new Map([
  ["guard", async () => (await import("./guard.ts")).guardBench()],
  ["startup", async () => (await import("./startup.ts")).startupBench()],
  ["journal", async () => (await import("./journal.ts")).journalBench()],
  ["gap", async () => (await import("./gap.ts")).gapBench()],
  ["recovery", async () => (await import("./recovery.ts")).recoveryBench()],
  ["detect", async () => (await import("./detect.ts")).detectBench()],
  ["guardian", async () => (await import("./guardian.ts")).guardianBench()],
  ["briefing", async () => (await import("./briefing.ts")).briefingBench()],
  ["orientation", async () => (await import("./orientation.ts")).orientationBench()],
  ["flood", async () => (await import("./flood.ts")).floodBench()],
  ["verification", async () => (await import("./verification.ts")).verificationBench()],
  ["stop", async () => (await import("./stop.ts")).stopBench()],
]);

process.exitCode = await main();

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    options: { json: { type: "boolean" } },
    allowPositionals: true,
  });
  const names = positionals.length === 0 ? [...benchmarks.keys()] : positionals;
  const unknown = names.find((name) => !benchmarks.has(name));
  if (unknown !== undefined) {
    console.error(`There is no benchmark "${unknown}", but ${[...benchmarks.keys()].join(", ")}.`);
    return 2;
  }
  const rows: BenchRow[] = [];
  let failed = false;
  for (const name of names) {
    console.error(`measuring ${name}`);
    try {
      rows.push(...((await benchmarks.get(name)?.()) ?? []));
    } catch (error) {
      failed = true;
      console.error(error);
    }
  }
  console.log(values.json === true ? JSON.stringify(rows, null, 2) : table(rows));
  return failed || rows.some(isOver) ? 1 : 0;
}

function isOver({ ratio, limit }: BenchRow): boolean {
  // Written so that a ratio that is no number is over, too.
  return limit !== null && !(ratio <= limit);
}

function table(rows: readonly BenchRow[]): string {
  const cells = rows.map((row) => [
    row.name,
    `${round(row.value)} ${row.unit}`,
    `${round(row.reference)} ${row.unit}`,
    row.ratio.toFixed(2),
    row.limit?.toFixed(2) ?? "",
    row.limit === null ? "" : isOver(row) ? "over" : "ok",
  ]);
  const all = [["benchmark", "value", "reference", "ratio", "limit", ""], ...cells];
  const widths = all[0]?.map((_, column) => Math.max(...all.map((line) => line[column]?.length ?? 0))) ?? [];
  const shown = (line: readonly string[]) =>
    line.map((cell, column) =>
      column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0),
    );
  return all.map((line) => shown(line).join("  ").trimEnd()).join("\n");
}

/** Three digits are all that a benchmark is worth. */
function round(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}
