import { join } from "node:path";
import { readHead } from "./read-head.ts";

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
    const text = (await readHead(join(dir, name), maxBytes)).trim();
    if (text !== "") found.push(`${name} of this project:\n\n${text}`);
  }
  return found.join("\n\n");
}
