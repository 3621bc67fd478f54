import { appendFileSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { appendNote, lastNotes } from "../../../src/project/notes/notes.ts";
import { scratch, write } from "../scratch.ts";

const append = (dir: string, tag = "session 7") => appendNote(dir, tag, "Passed: log in.\n");
const text = "--- Onward: session 7 ---\nPassed: log in.\n\n";
const notes = (dir: string) => readFileSync(join(dir, "claude-progress.txt"), "utf8");

describe("appendNote", () => {
  it("appends after what is there, once", async () => {
    const dir = scratch();
    write(dir, { "claude-progress.txt": "the agent's own words" });
    expect(await append(dir)).toBe("written");
    expect(await append(dir)).toBe("present");
    expect(notes(dir)).toBe(`the agent's own words\n\n${text}`);
    await append(dir, "session 77");
    expect(notes(dir)).toContain(`${text}--- Onward: session 77`);
  });

  it("ends in an empty line, so that what an agent appends is no part of it", async () => {
    const dir = scratch();
    await append(dir);
    appendFileSync(join(dir, "claude-progress.txt"), "the agent's next words\n");
    await append(dir, "session 8");
    expect(notes(dir).split("\n\n")).toEqual([
      text.trimEnd(),
      "the agent's next words",
      text.trimEnd().replace("7", "8"),
      "",
    ]);
  });

  it("completes an entry that was cut anywhere, its last empty line included", async () => {
    for (let length = 5; length < text.length; length += 1) {
      const dir = scratch();
      write(dir, { "claude-progress.txt": `before\n\n${text.slice(0, length)}` });
      await append(dir);
      expect(notes(dir)).toBe(`before\n\n${text}`);
    }
  });

  it("starts the file where there is none", async () => {
    const dir = scratch();
    expect(await append(dir)).toBe("written");
    expect(notes(dir)).toBe(text);
  });

  it("does not write through a link, nor into what is no file", async () => {
    const dir = scratch();
    write(dir, { elsewhere: "mine" });
    symlinkSync("elsewhere", join(dir, "claude-progress.txt"));
    expect(await append(dir)).toBe("refused");
    expect(await lastNotes(dir, 100)).toBe("");
    expect(readFileSync(join(dir, "elsewhere"), "utf8")).toBe("mine");
    const other = scratch();
    mkdirSync(join(other, "claude-progress.txt"));
    expect(await append(other)).toBe("refused");
    expect(await lastNotes(other, 100)).toBe("");
  });
});

describe("lastNotes", () => {
  it("is the end of the notes in whole lines", async () => {
    const dir = scratch();
    expect(await lastNotes(dir, 100)).toBe("");
    write(dir, { "claude-progress.txt": "first\nsecond\nthird\n" });
    expect(await lastNotes(dir, 100)).toBe("first\nsecond\nthird\n");
    expect(await lastNotes(dir, 15)).toBe("second\nthird\n");
  });

  it("never cuts a character, and reads no more than the end of a large file", async () => {
    const dir = scratch();
    writeFileSync(join(dir, "claude-progress.txt"), "ä".repeat(1_000_000));
    expect(await lastNotes(dir, 101)).toBe("ä".repeat(50));
  });
});
