/**
 * `claude-progress.txt`: the notes that sessions leave for each other. Agents write what they like; Onward
 * appends one factual entry per session, with an empty line before and after it. Links are not followed: what an agent wrote must not be appended to
 * a file elsewhere, nor a file elsewhere be read into a briefing.
 */
import { appendFileSync, closeSync, constants, fstatSync, fsyncSync, openSync, readSync } from "node:fs";
import { join } from "node:path";
import { fileError } from "../atomic-write.ts";
import { notesName } from "../paths.ts";

/** An entry that was written before a crash is found this far from the end. */
const searchedBytes = 256 * 1024;

/**
 * Appends an entry unless it is there already; one that was cut in the middle is completed. `tag` names the
 * session and no other of the project, in one line: `session 7`. `refused`: something that is no plain file
 * stands in its place. Throws `disk` or `directory-not-writable`; a repeated call mends what that left.
 */
export async function appendNote(
  dir: string,
  tag: string,
  text: string,
): Promise<"written" | "present" | "refused"> {
  const path = join(dir, notesName);
  try {
    const file = openPlain(path, constants.O_RDWR | constants.O_APPEND | constants.O_CREAT);
    if (file === null) return "refused";
    try {
      const end = tail(file, searchedBytes);
      const title = `--- Onward: ${tag} ---`;
      // What an agent appends (`echo … >>`) must not look like a part of it.
      const entry = Buffer.from(`${title}\n${text.trimEnd()}\n\n`);
      const there = lengthOfTornCopy(end, entry);
      const complete = there === 0 ? linesOf(end).includes(title) : there === entry.length;
      if (!complete) appendFileSync(file, there === 0 ? withGap(end, entry) : entry.subarray(there));
      // Also for an entry that is there: a crash may have come before its fsync.
      fsyncSync(file);
      return complete ? "present" : "written";
    } finally {
      closeSync(file);
    }
  } catch (error) {
    throw fileError(path, error);
  }
}

/** How much of the entry a write that was cut has left at the very end; less than a word of it is no copy. */
function lengthOfTornCopy(end: Buffer, entry: Buffer): number {
  for (let length = Math.min(entry.length, end.length); length > "--- ".length; length -= 1) {
    if (end.subarray(end.length - length).equals(entry.subarray(0, length))) return length;
  }
  return 0;
}

function withGap(end: Buffer, entry: Buffer): Buffer {
  const gap = end.length === 0 || endsWith(end, "\n\n") ? "" : endsWith(end, "\n") ? "\n" : "\n\n";
  return Buffer.concat([Buffer.from(gap), entry]);
}

function endsWith(bytes: Buffer, text: string): boolean {
  return bytes.subarray(-text.length).equals(Buffer.from(text));
}

function linesOf(bytes: Buffer): readonly string[] {
  return bytes.toString("utf8").split(/\r?\n/);
}

/** The end of the notes in whole lines, at most `maxBytes` of UTF-8; "" where there are none to read. */
export async function lastNotes(dir: string, maxBytes: number): Promise<string> {
  let file: number | null = null;
  try {
    file = openPlain(join(dir, notesName), constants.O_RDONLY);
    return file === null ? "" : wholeLines(tail(file, maxBytes), fstatSync(file).size);
  } catch {
    return "";
  } finally {
    if (file !== null) closeSync(file);
  }
}

/** null when it is a link, a directory, a pipe. */
function openPlain(path: string, flags: number): number | null {
  let file: number;
  try {
    file = openSync(path, flags | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    if (special.has((error as NodeJS.ErrnoException).code ?? "")) return null;
    throw error;
  }
  if (fstatSync(file).isFile()) return file;
  closeSync(file);
  return null;
}

const special: ReadonlySet<string> = new Set(["ELOOP", "EISDIR", "ENXIO"]);

function tail(file: number, maxBytes: number): Buffer {
  const { size } = fstatSync(file);
  const bytes = Buffer.alloc(Math.min(size, maxBytes));
  return bytes.subarray(0, readSync(file, bytes, 0, bytes.length, size - bytes.length));
}

/** The end of a file of `size` bytes, without the line that was cut at its beginning. */
function wholeLines(end: Buffer, size: number): string {
  if (end.length === size) return end.toString("utf8");
  // It may be cut in the middle of a character; without any break only the character goes.
  const lineEnd = end.indexOf(0x0a);
  if (lineEnd !== -1 && lineEnd + 1 < end.length) return end.toString("utf8", lineEnd + 1);
  const start = end.findIndex((byte) => (byte & 0xc0) !== 0x80);
  return end.toString("utf8", Math.max(start, 0));
}
