/** Detection on a list of 10,000 features, against reading and parsing the same file as plain JSON. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { inspectProject } from "../src/inspect.ts";
import { featureListName } from "../src/project/paths.ts";
import { median, timed } from "./figures.ts";
import { feature, writeList } from "./past.ts";
import type { BenchRow } from "./row.ts";
import { scratch } from "./scratch.ts";

const features = 10_000;
const rounds = 25;

export async function detectBench(): Promise<readonly BenchRow[]> {
  using place = await scratch("detect");
  const { dir } = place;
  writeList(
    dir,
    Array.from({ length: features }, (_, index) => feature(index, "npm test")),
  );
  const parse = () => JSON.parse(readFileSync(join(dir, featureListName), "utf8"));
  const detect = () => inspectProject(dir);

  const [values, references]: [number[], number[]] = [[], []];
  for (let round = 0; round < rounds; round += 1) {
    references.push(await timed(parse));
    values.push(await timed(detect));
  }
  const [value, reference] = [median(values), median(references)];
  const name = `detect, ${features.toLocaleString("en")} features : read + JSON.parse`;
  return [{ name, value, reference, ratio: value / reference, unit: "ms", limit: null }];
}

if (import.meta.main) console.table(await detectBench());
