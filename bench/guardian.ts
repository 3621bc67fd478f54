/**
 * What keeping the feature list costs, against JSON.parse of the same text: the comparison and the restoring at
 * a session's end, the judgement of a tool call that edits the list, taking claims back, and a person's edit.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { judgeListChange } from "../src/guard/feature-list-change.ts";
import { editList } from "../src/project/list/edit-list.ts";
import { parseListText, readFeatureList } from "../src/project/list/feature-list.ts";
import { restoreIntegrity } from "../src/project/list/guardian.ts";
import { setPasses } from "../src/project/list/set-passes.ts";
import { featureListName } from "../src/project/paths.ts";
import { median, timed } from "./figures.ts";
import { feature } from "./past.ts";
import type { BenchRow } from "./row.ts";
import { scratch } from "./scratch.ts";

/** Features, and characters of text beside each: the last list is one of 20 MB. */
const lists = [
  { count: 10, padding: 0 },
  { count: 10_000, padding: 0 },
  { count: 10_000, padding: 1_700 },
] as const;
/** A few tens of parses, whatever the size, also on a machine that is busy; what grew with the square would take hundreds. */
const limit = 50;

export async function guardianBench(): Promise<readonly BenchRow[]> {
  using place = await scratch("guardian");
  const rows: BenchRow[] = [];
  for (const { count, padding } of lists) {
    const dir = join(place.dir, `${count}-${padding}`);
    mkdirSync(dir);
    rows.push(...(await ofList(dir, count, padding)));
  }
  return rows;
}

async function ofList(dir: string, count: number, padding: number): Promise<readonly BenchRow[]> {
  const features = Array.from({ length: count }, (_, index) => {
    const made = feature(index, `npm test -- ${index}`);
    return padding === 0 ? made : { ...made, note: "x".repeat(padding) };
  });
  const before = `${JSON.stringify(features, null, 2)}\n`;
  const middle = `feature-${count >> 1}`;
  const claimed = setPasses(before, new Map([[middle, true]]));
  const reformatted = JSON.stringify(JSON.parse(claimed));
  const reversed = JSON.stringify(features.toReversed());
  const file = join(dir, featureListName);
  writeFileSync(file, claimed);

  const flip = {
    oldText: before.slice(
      before.indexOf(`"${middle}"`),
      before.indexOf("false", before.indexOf(`"${middle}"`)) + 5,
    ),
    all: false,
  };
  const change = {
    type: "replacements",
    replacements: [{ ...flip, newText: flip.oldText.replace(/false$/, "true") }],
  } as const;
  const fileBefore = join(dir, "before.json");
  writeFileSync(fileBefore, before);

  const works: Readonly<Record<string, () => unknown>> = {
    "session end, a claim": async () => restoreIntegrity(before, await readFeatureList(dir)),
    "session end, reformatted": () => restoreIntegrity(before, parseListText(reformatted)),
    "session end, reversed": () => restoreIntegrity(before, parseListText(reversed)),
    "tool call that edits it": async () => {
      const verdict = await judgeListChange(fileBefore, change);
      if (!verdict.allow) throw new Error(verdict.reason);
    },
    "all claims taken back": () => setPasses(before, new Map(features.map(({ id }) => [id, false]))),
    "a person's edit": () => editList(before, { type: "edit", id: middle, fields: { category: "c" } }),
  };
  const megabytes = (before.length / 1e6).toFixed(1);
  const rows: BenchRow[] = [];
  for (const [name, work] of Object.entries(works)) {
    const { value, reference } = await beside(work, () => JSON.parse(before), count);
    rows.push({
      name: `${name}, ${count.toLocaleString("en")} features (${megabytes} MB) : JSON.parse`,
      ...{ value, reference, ratio: value / reference, unit: "ms" },
      // Of ten features a parse takes microseconds, and reading a file already more.
      limit: count > 10 ? limit : null,
    });
  }
  return rows;
}

async function beside(work: () => unknown, parse: () => unknown, count: number) {
  const rounds = count > 10 ? 9 : 200;
  const [values, references]: [number[], number[]] = [[], []];
  for (let round = 0; round < rounds; round += 1) {
    references.push(await timed(parse));
    values.push(await timed(work));
  }
  return { value: median(values), reference: median(references) };
}

if (import.meta.main) console.table(await guardianBench());
