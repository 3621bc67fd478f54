import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { appendNote } from "../../../src/project/notes/notes.ts";
import { type NotesLimits, rotateNotes } from "../../../src/project/notes/notes-archive.ts";
import { ensureStateDirectory } from "../../../src/project/paths.ts";
import { scratch } from "../scratch.ts";

const limits: NotesLimits = { maxBytes: 400, keptBytes: 200, archives: 3 };
const notesFile = (dir: string) => join(dir, "claude-progress.txt");
const notes = (dir: string) => readFileSync(notesFile(dir), "utf8");
const folder = (dir: string) => join(dir, ".onward/notes");
const archives = (dir: string) => readdirSync(folder(dir)).sort();
const pointer = /^\[Onward has put older notes away: .*\]\n\n/gm;

/** All that was ever written, without our own pointers. */
function everything(dir: string): string {
  const old = archives(dir).map((name) => readFileSync(join(folder(dir), name), "utf8"));
  return [...old, notes(dir)].join("").replaceAll(pointer, "");
}

async function project(text: string): Promise<string> {
  const dir = scratch();
  await ensureStateDirectory(dir);
  writeFileSync(notesFile(dir), text);
  return dir;
}

const entry = (number: number) =>
  `--- Onward: session ${number} ---\nPassed: feature-${number}\nNow: all is well\n`;

test("short notes stay as they are", async () => {
  const dir = await project(entry(1));
  expect(await rotateNotes(dir, limits)).toBe("short");
  expect(notes(dir)).toBe(entry(1));
  expect(await rotateNotes(scratch(), limits)).toBe("short");
});

test("the oldest part moves away, between two entries, and the last entry stays", async () => {
  const text = [
    "# Notes\n",
    ...Array.from({ length: 9 }, (_, index) => `- by hand ${index}\n\n${entry(index)}`),
  ].join("\n");
  const dir = await project(text);
  await appendNote(dir, "session 9", "Passed: feature-9\nNow: all is well");
  const before = notes(dir);
  expect(await rotateNotes(dir, limits)).toBe("rotated");
  const [archive] = archives(dir);
  expect(notes(dir)).toContain(`.onward/notes/${archive}]`);
  expect(notes(dir)).toContain(entry(9));
  expect(notes(dir).length).toBeLessThan(300);
  expect(everything(dir)).toBe(before);
  expect(await appendNote(dir, "session 9", "Passed: feature-9\nNow: all is well")).toBe("present");
});

test("after a crash between the two writes nothing is put away twice", async () => {
  const text = Array.from({ length: 12 }, (_, index) => entry(index)).join("\n");
  const dir = await project(text);
  await rotateNotes(dir, limits);
  const done = [notes(dir), archives(dir)];
  writeFileSync(notesFile(dir), text);
  writeFileSync(join(folder(dir), ".draft"), "half of");
  await rotateNotes(dir, limits);
  expect([notes(dir), archives(dir)]).toEqual(done);
});

test("archives are bounded in number; the oldest goes", async () => {
  const dir = await project("");
  for (let round = 0; round < 5; round += 1) {
    writeFileSync(
      notesFile(dir),
      Array.from({ length: 12 }, (_, index) => entry(100 * round + index)).join("\n"),
    );
    await rotateNotes(dir, limits);
  }
  expect(archives(dir).map((name) => name.slice(0, 4))).toEqual(["0003", "0004", "0005"]);
});

test("what is no plain file is left alone", async () => {
  const dir = scratch();
  const elsewhere = "x".repeat(1000);
  writeFileSync(join(dir, "elsewhere"), elsewhere);
  symlinkSync("elsewhere", notesFile(dir));
  expect(await rotateNotes(dir, limits)).toBe("short");
  const other = scratch();
  mkdirSync(notesFile(other));
  expect(await rotateNotes(other, limits)).toBe("short");
  expect(readFileSync(join(dir, "elsewhere"), "utf8")).toBe(elsewhere);
});

test("whatever agents write, not a byte is lost and no entry of Onward's is cut in two", async () => {
  const words = fc.string({ unit: fc.constantFrom("a", "ä", " ", "\n", "-", "😀"), maxLength: 300 });
  const story = fc.array(fc.oneof(words, fc.nat(999).map(entry)), { minLength: 1, maxLength: 30 });
  await fc.assert(
    fc.asyncProperty(story, async (parts) => {
      const text = `${parts.join("\n")}\n\n${entry(1000)}`;
      const dir = await project(text);
      if ((await rotateNotes(dir, limits)) === "short") return;
      expect(everything(dir)).toBe(text);
      expect(notes(dir)).toContain(entry(1000));
      const whole = (some: string) => [...some.matchAll(/^--- Onward: session \d+ ---$/gm)].length;
      const rests = (some: string) => [...some.matchAll(/^Passed: feature-\d+\nNow: all is well$/gm)].length;
      expect(rests(notes(dir))).toBe(whole(notes(dir)));
    }),
    { numRuns: 60 },
  );
});
