import { createHash } from "node:crypto";
import { lstat, mkdir, realpath } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { OnwardError } from "../core/errors.ts";

/**
 * The one place outside the project where its agent may write, for `$TMPDIR`: the same at every run, so that a
 * crash leaves nothing new behind. Throws `directory-not-writable` when somebody else has made it.
 */
export async function scratchDirectory(project: string): Promise<string> {
  const path = await scratchPath(project);
  await mkdir(path, { mode: 0o700 }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "EEXIST") throw error;
  });
  const found = await lstat(path);
  if (found.isDirectory() && found.uid === process.getuid?.() && (found.mode & 0o077) === 0) return path;
  throw new OnwardError("directory-not-writable", `${path} belongs to somebody else.`, {
    hint: "Remove it, or set TMPDIR to a directory of your own.",
  });
}

/** Where it is, or would be. */
export async function scratchPath(project: string): Promise<string> {
  const name = createHash("sha256").update(project).digest("hex").slice(0, 12);
  return join(await realpath(tmpdir()), `onward-${name}`);
}
