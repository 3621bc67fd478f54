import {
  closeSync,
  fchmodSync,
  fsyncSync,
  lstatSync,
  openSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { OnwardError } from "../core/errors.ts";

export interface AtomicWriteOptions {
  /**
   * Whether it has to be there after a power cut too (default). Without it the file is whole or old after the
   * death of the process, and what reads it must get on without it after the death of the machine.
   */
  readonly durable?: boolean;
}

/**
 * Replaces a file as a whole (F4): a temporary file in the same directory, fsync, rename, fsync of the
 * directory. After a failure, or a crash at any point, the old content stands. A symbolic link at `path` is
 * replaced, not followed; the mode of a regular file is kept. One writer per file at a time.
 * Throws `disk`, `directory-missing` or `directory-not-writable`.
 *
 * The calls are synchronous: for files of this size a thread's detour costs more than the call itself.
 */
export async function atomicWrite(
  path: string,
  content: string | Uint8Array,
  { durable = true }: AtomicWriteOptions = {},
): Promise<void> {
  const directory = dirname(path);
  // The name is always the same, so that what a crash leaves behind is gone after the next write.
  const temporary = join(directory, `.${basename(path)}.onward-tmp`);
  try {
    writeNew(temporary, content, modeOf(path), durable);
    renameSync(temporary, path);
    if (durable) syncDirectory(directory);
  } catch (error) {
    // Best effort: the first error is the one to tell, and the next write removes the file anyway.
    try {
      rmSync(temporary, { force: true });
    } catch {}
    throw fileError(path, error);
  }
}

/** A failed file operation as what a person can act on; an OnwardError stays as it is. */
export function fileError(path: string, error: unknown, wish: "written" | "read" = "written"): OnwardError {
  if (error instanceof OnwardError) return error;
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  if (code === "ENOENT") {
    return new OnwardError("directory-missing", `The directory of ${path} does not exist.`, { cause: error });
  }
  if (code === "EACCES" || code === "EPERM" || code === "EROFS") {
    return new OnwardError("directory-not-writable", `${path} cannot be ${wish} (${code}).`, {
      hint:
        wish === "read"
          ? "Run Onward as the user that it belongs to, or give yours the right to read it."
          : "Make its directory writable for the user that runs Onward.",
      cause: error,
    });
  }
  return new OnwardError("disk", `${path} could not be ${wish} (${code || String(error)}).`, {
    hint:
      code === "ENOSPC" || code === "EDQUOT"
        ? "The disk is full: free some space, then run `onward run` again. Nothing was lost."
        : "Look at the disk, then run `onward run` again. Nothing was lost.",
    cause: error,
  });
}

function modeOf(path: string): number {
  const found = lstatSync(path, { throwIfNoEntry: false });
  return found?.isFile() ? found.mode & 0o777 : 0o644;
}

function writeNew(path: string, content: string | Uint8Array, mode: number, durable: boolean): void {
  const file = openNew(path, mode);
  try {
    writeFileSync(file, content);
    // The mode given to `open` is cut by the umask; the old file's was not.
    fchmodSync(file, mode);
    if (durable) fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/** What stands in the way is of a crash, or somebody's who should not have. */
function openNew(path: string, mode: number): number {
  try {
    return openSync(path, "wx", mode);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    rmSync(path, { force: true, recursive: true });
    return openSync(path, "wx", mode);
  }
}

/** What it holds now is there after a power cut, too. */
export function syncDirectory(path: string): void {
  const directory = openSync(path, "r");
  try {
    fsyncSync(directory);
  } finally {
    closeSync(directory);
  }
}
