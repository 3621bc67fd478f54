import { createHash } from "node:crypto";
import type { Command } from "./started-command.ts";

/** What a person says about verification; all of it is theirs and none of it the agent's (T1). */
export interface VerifySettings {
  /** The project's own command; null when there is none. */
  readonly command: Command | null;
  /** For each command. */
  readonly timeoutMs: number;
  /** Runs before the commands, and stays until they are done where `ready` says when it is up. */
  readonly setup: Command | null;
  /** For the setup and for the teardown. */
  readonly setupTimeoutMs: number;
  /** `"port"`: something listens on `port`. A URL: it answers with a status below 500. null: the setup has ended. */
  readonly ready: string | null;
  /** Runs after the commands, whatever became of them. */
  readonly teardown: Command | null;
  /** What the commands find in `PORT` and `ONWARD_PORT`; `"free"`: one that nobody uses. */
  readonly port: number | "free" | null;
  /** Files that a session's changes do not count in; globs, relative to the project. */
  readonly protect: readonly string[];
}

/** Names what verification consists of; how long it may take is no part of it. */
export function checksOf({ command, setup, ready, teardown, port, protect }: VerifySettings): string {
  const parts = JSON.stringify([command, setup, ready, teardown, port, protect]);
  return createHash("sha256").update(parts).digest("hex").slice(0, 16);
}
