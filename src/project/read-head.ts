import { constants } from "node:fs";
import { open } from "node:fs/promises";

/** The beginning of a plain file; "" where there is none to read. */
export async function readHead(path: string, maxBytes: number): Promise<string> {
  // A link could bring in any file that we may read and the agent may not.
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK).catch(
    () => null,
  );
  if (file === null) return "";
  try {
    if (!(await file.stat()).isFile()) return "";
    const { buffer, bytesRead } = await file.read(Buffer.alloc(maxBytes), 0, maxBytes, 0);
    return buffer.toString("utf8", 0, bytesRead);
  } finally {
    await file.close();
  }
}
