/**
 * `claude-progress.txt`: the notes that sessions leave for each other. Agents write what they like; Onward
 * appends one factual entry per session. Links are not followed: what an agent wrote must not be appended to
 * a file elsewhere, nor a file elsewhere be read into a briefing.
 */
import { constants, type FileHandle, open } from "node:fs/promises";
import { join } from "node:path";
import { fileError } from "./atomic-write.ts";
import { notesName } from "./paths.ts";

/** An entry that was written before a crash is found this far from the end. */
const searchedBytes = 256 * 1024;

/**
 * Appends an entry unless it is there already. `tag` names the session and no other of the project, in one
 * line: `session 7`. `refused`: something that is no plain file stands in its
 * place. Throws `disk` or `directory-not-writable`.
 */
export async function appendNote(
  dir: string,
  tag: string,
  text: string,
): Promise<"written" | "present" | "refused"> {
  const path = join(dir, notesName);
  try {
    const file = await openPlain(path, constants.O_RDWR | constants.O_APPEND | constants.O_CREAT);
    if (file === null) return "refused";
    try {
      const end = await tail(file, searchedBytes);
      const title = `--- Onward: ${tag} ---`;
      if (end.split(/\r?\n/).includes(title)) return "present";
      const gap = end === "" ? "" : end.endsWith("\n") ? "\n" : "\n\n";
      await file.appendFile(`${gap}${title}\n${text.trimEnd()}\n`);
      await file.sync();
      return "written";
    } finally {
      await file.close();
    }
  } catch (error) {
    throw fileError(path, error);
  }
}

/** The end of the notes in whole lines, at most `maxBytes` of UTF-8; "" where there are none to read. */
export async function lastNotes(dir: string, maxBytes: number): Promise<string> {
  const file = await openPlain(join(dir, notesName), constants.O_RDONLY).catch(() => null);
  if (file === null) return "";
  try {
    return await tail(file, maxBytes);
  } finally {
    await file.close();
  }
}

/** null when it is a link, a directory, a pipe. */
async function openPlain(path: string, flags: number): Promise<FileHandle | null> {
  const special = new Set(["ELOOP", "EISDIR", "ENXIO"]);
  const file = await open(path, flags | constants.O_NOFOLLOW | constants.O_NONBLOCK).catch(
    (error: NodeJS.ErrnoException) => {
      if (special.has(error.code ?? "")) return null;
      throw error;
    },
  );
  if (file === null || (await file.stat()).isFile()) return file;
  await file.close();
  return null;
}

async function tail(file: FileHandle, maxBytes: number): Promise<string> {
  const { size } = await file.stat();
  const length = Math.min(size, maxBytes);
  const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, size - length);
  if (length === size) return buffer.toString("utf8", 0, bytesRead);
  // The first line is cut, perhaps in the middle of a character; without any break only the character goes.
  const lineEnd = buffer.indexOf(0x0a);
  if (lineEnd !== -1 && lineEnd + 1 < bytesRead) return buffer.toString("utf8", lineEnd + 1, bytesRead);
  const start = buffer.findIndex((byte) => (byte & 0xc0) !== 0x80);
  return buffer.toString("utf8", Math.max(start, 0), bytesRead);
}
