import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";

/** The beginning of a plain file; "" where there is none to read. */
export async function readHead(path: string, maxBytes: number): Promise<string> {
  let file: number | null = null;
  try {
    // A link could bring in any file that we may read and the agent may not.
    file = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    if (!fstatSync(file).isFile()) return "";
    const bytes = Buffer.alloc(maxBytes);
    return bytes.toString("utf8", 0, readSync(file, bytes, 0, maxBytes, 0));
  } catch {
    return "";
  } finally {
    if (file !== null) closeSync(file);
  }
}
