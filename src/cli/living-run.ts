import { describeOwner, isHere, readLockOwner } from "../engines/lock.ts";
import { requireDirectory } from "../inspect.ts";
import { sqliteJournal } from "../journals/sqlite.ts";
import type { Command } from "../ports.ts";
import { statePaths } from "../project/paths.ts";

/** Who was asked: words for a person, and the process where it is known and can be reached from here. */
export interface AskedManager {
  readonly name: string;
  readonly pid: number | null;
}

/** Puts a command into the inbox of the project's living manager; null when nothing runs there. */
export async function callManager(dir: string, command: Command): Promise<AskedManager | null> {
  await requireDirectory(dir);
  const paths = statePaths(dir);
  const held = await readLockOwner(paths.lock);
  if (held.type === "free") return null;
  await using journal = await sqliteJournal({ file: paths.journal });
  await journal.post(command, Date.now());
  const { owner } = held;
  return owner === null
    ? { name: "the run", pid: null }
    : { name: `the run (${describeOwner(owner)})`, pid: isHere(owner) ? owner.pid : null };
}
