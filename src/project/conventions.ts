import { constants } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";

/** What projects tell every agent about themselves. */
const names: readonly string[] = ["AGENTS.md", "CLAUDE.md"];
const maxBytes = 16 * 1024;

/**
 * The project's own instructions for agents, as text: "" where there are none. They are the project's and may
 * have been written by an agent, so they tell how to work and change no permission.
 */
export async function readConventions(dir: string): Promise<string> {
  const found: string[] = [];
  for (const name of names) {
    const text = await head(join(dir, name));
    if (text !== "") found.push(`${name} of this project:\n\n${text}`);
  }
  return found.join("\n\n");
}

async function head(path: string): Promise<string> {
  // A link could bring in any file that we may read and the agent may not.
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK).catch(
    () => null,
  );
  if (file === null) return "";
  try {
    if (!(await file.stat()).isFile()) return "";
    const { buffer, bytesRead } = await file.read(Buffer.alloc(maxBytes), 0, maxBytes, 0);
    return buffer.toString("utf8", 0, bytesRead).trim();
  } finally {
    await file.close();
  }
}
