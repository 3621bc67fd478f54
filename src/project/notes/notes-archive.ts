/**
 * Keeps `claude-progress.txt` short enough to be read: what is oldest in it moves to `.onward/notes/`.
 *
 * N1 Nothing is lost: a part is on the disk in the archive before it leaves the notes. Only whole archives go, the
 *    oldest first, when there are too many.
 * N2 The cut is between paragraphs or before an entry of Onward's, which has no empty lines: no entry is cut in two.
 * N3 It may be done again after a crash at any point: an archive is named by what it holds, so that a part which
 *    was already put away is not put away twice.
 */
import { createHash } from "node:crypto";
import {
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  rmSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { atomicWrite, fileError, syncDirectory } from "../atomic-write.ts";
import { notesName, statePaths } from "../paths.ts";

export interface NotesLimits {
  /** Notes that are longer lose their oldest part … */
  readonly maxBytes: number;
  /** … and keep at most so much. */
  readonly keptBytes: number;
  readonly archives: number;
}

/** Agents read the whole file: this is some 64,000 tokens, a third of a usual context window. */
const defaults: NotesLimits = { maxBytes: 256 * 1024, keptBytes: 128 * 1024, archives: 100 };

/**
 * To be called while no agent is alive. `short`: there was nothing to do, or no plain file is there. Throws `disk`
 * or `directory-not-writable`; a repeated call mends what that left.
 */
export async function rotateNotes(dir: string, limits: NotesLimits = defaults): Promise<"short" | "rotated"> {
  const path = join(dir, notesName);
  const notes = openPlain(path);
  if (notes === null) return "short";
  try {
    const { size, isFile } = { size: fstatSync(notes).size, isFile: fstatSync(notes).isFile() };
    if (!isFile || size <= limits.maxBytes) return "short";
    const end = readAt(notes, size - limits.keptBytes, limits.keptBytes);
    const start = startOfKept(end);
    const archive = putAway(notes, size - end.length + start, join(statePaths(dir).root, "notes"));
    const pointer = `[Onward has put older notes away: .onward/notes/${archive}]\n\n`;
    await atomicWrite(path, Buffer.concat([Buffer.from(pointer), end.subarray(start)]));
    dropOldest(join(statePaths(dir).root, "notes"), limits.archives);
    return "rotated";
  } catch (error) {
    throw fileError(path, error);
  } finally {
    closeSync(notes);
  }
}

/** null when it is missing, a link, or cannot be read: then there is nothing that could be moved. */
function openPlain(path: string): number | null {
  try {
    return openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch {
    return null;
  }
}

/** N2; where an agent has written without end, at a line, or else between two characters. */
function startOfKept(end: Buffer): number {
  const paragraph = end.indexOf("\n\n");
  const entry = end.indexOf("\n--- Onward: ");
  const starts = [paragraph + 2, entry + 1].filter((start) => start > 1 || (start === 1 && entry === 0));
  if (starts.length > 0) return Math.min(...starts);
  const line = end.indexOf("\n");
  if (line !== -1 && line + 1 < end.length) return line + 1;
  return Math.max(
    end.findIndex((byte) => (byte & 0xc0) !== 0x80),
    0,
  );
}

/** Copies the first `length` bytes, and answers the archive's name. */
function putAway(notes: number, length: number, folder: string): string {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const draft = join(folder, ".draft");
  rmSync(draft, { force: true });
  const file = openSync(draft, "wx", 0o600);
  const hash = createHash("sha256");
  try {
    for (let at = 0; at < length; ) {
      const part = readAt(notes, at, Math.min(length - at, 1024 * 1024));
      hash.update(part);
      for (let written = 0; written < part.length; ) written += writeSync(file, part, written);
      at += part.length;
    }
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  const archives = archivesIn(folder);
  const mark = hash.digest("hex").slice(0, 16);
  const number = Number.parseInt(archives.at(-1) ?? "0", 10) + 1;
  const known = archives.find((name) => name.endsWith(`-${mark}.txt`));
  const name = known ?? `${String(number).padStart(4, "0")}-${mark}.txt`;
  renameSync(draft, join(folder, name));
  syncDirectory(folder);
  return name;
}

function dropOldest(folder: string, kept: number): void {
  for (const name of archivesIn(folder).slice(0, -kept)) rmSync(join(folder, name), { force: true });
}

/** Oldest first. */
function archivesIn(folder: string): readonly string[] {
  return readdirSync(folder)
    .filter((name) => /^\d{4,}-[0-9a-f]{16}\.txt$/.test(name))
    .sort((a, b) => Number.parseInt(a, 10) - Number.parseInt(b, 10));
}

/** Throws when there is less: somebody writes to it who must not. */
function readAt(file: number, position: number, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  for (let at = 0; at < length; ) {
    const read = readSync(file, bytes, at, length - at, position + at);
    if (read === 0) throw new Error("the notes were cut while they were read");
    at += read;
  }
  return bytes;
}
