/** The picture in the README shows what the program says today. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { play } from "../../docs/cast/play.ts";
import { readDocument } from "./commands.ts";

test("a new recording says the same, figures aside; otherwise `npm run cast` makes another picture", async () => {
  const place = await mkdtemp(join(tmpdir(), "onward-picture-"));
  onTestFinished(() => rm(place, { recursive: true, force: true, maxRetries: 5 }));
  const recorded = wordsOf((await play(join(place, "habit"))).replaceAll(place, "/tmp"));
  expect(recorded).toContain("did not hold export #");
  expect(wordsOf(await readDocument("docs/cast/demo.svg"))).toEqual(recorded);
}, 300_000);

/** What stands in each row, with `#` for what another machine, or another day, has others of. */
function wordsOf(svg: string): readonly string[] {
  const rows = svg.split("\n").filter((line) => line.includes("<text "));
  return rows.map((row) => {
    const pieces = [...row.matchAll(/<text[^>]*>([^<]*)/g)].map(([, text]) => text);
    return pieces.join(" ").replaceAll(/\d[\d.,:]*( ?(ms|s|m|h|k|M)\b)?( \d+s\b)?/g, "#");
  });
}
