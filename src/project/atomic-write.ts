import { lstat, open, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { OnwardError } from "../core/errors.ts";

/**
 * Replaces a file as a whole (F4): a temporary file in the same directory, fsync, rename, fsync of the
 * directory. After a failure, or a crash at any point, the old content stands. A symbolic link at `path` is
 * replaced, not followed; the mode of a regular file is kept. One writer per file at a time.
 * Throws `disk`, `directory-missing` or `directory-not-writable`.
 */
export async function atomicWrite(path: string, content: string | Uint8Array): Promise<void> {
  const directory = dirname(path);
  // The name is always the same, so that what a crash leaves behind is gone after the next write.
  const temporary = join(directory, `.${basename(path)}.onward-tmp`);
  try {
    const mode = await modeOf(path);
    await rm(temporary, { force: true, recursive: true });
    await writeSynced(temporary, content, mode);
    await rename(temporary, path);
    await syncDirectory(directory);
  } catch (error) {
    // Best effort: the first error is the one to tell, and the next write removes the file anyway.
    await rm(temporary, { force: true }).catch(() => undefined);
    throw fileError(path, error);
  }
}

/** A failed file operation as what a person can act on; an OnwardError stays as it is. */
export function fileError(path: string, error: unknown): OnwardError {
  if (error instanceof OnwardError) return error;
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  if (code === "ENOENT") {
    return new OnwardError("directory-missing", `The directory of ${path} does not exist.`, { cause: error });
  }
  if (code === "EACCES" || code === "EPERM" || code === "EROFS") {
    return new OnwardError("directory-not-writable", `${path} cannot be written (${code}).`, {
      hint: "Make its directory writable for the user that runs Onward.",
      cause: error,
    });
  }
  return new OnwardError("disk", `${path} could not be written (${code || String(error)}).`, {
    hint:
      code === "ENOSPC" || code === "EDQUOT"
        ? "The disk is full: free some space, then run `onward run` again. Nothing was lost."
        : "Look at the disk, then run `onward run` again. Nothing was lost.",
    cause: error,
  });
}

async function modeOf(path: string): Promise<number> {
  try {
    const found = await lstat(path);
    return found.isFile() ? found.mode & 0o777 : 0o644;
  } catch {
    return 0o644;
  }
}

async function writeSynced(path: string, content: string | Uint8Array, mode: number): Promise<void> {
  const file = await open(path, "wx", mode);
  try {
    await file.writeFile(content);
    // The mode given to `open` is cut by the umask; the old file's was not.
    await file.chmod(mode);
    await file.sync();
  } finally {
    await file.close();
  }
}

async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, "r");
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}
