/**
 * git's `index.lock`, without which nobody can commit. A git at work gives it back within moments; one that was
 * killed, or whose machine lost its power, leaves it for ever.
 */
import { rm, stat, statfs } from "node:fs/promises";
import { uptime } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { sharedFileSystem } from "../../core/file-systems.ts";

const patienceMs = 1_000;
const lookEveryMs = 100;
/** Between the clock that a file's time comes from and the one that the machine's age comes from. */
const slackMs = 60_000;

/** Whether it is free now: waits for a git at work, and removes a lock that nobody alive can hold. */
export async function isIndexFree(gitDir: string): Promise<boolean> {
  const lock = join(gitDir, "index.lock");
  for (const end = performance.now() + patienceMs; ; await sleep(lookEveryMs)) {
    const madeAt = await timeOf(lock);
    if (madeAt === null) return true;
    if (await isFromBeforeBoot(gitDir, madeAt)) return rm(lock, { force: true }).then(() => true);
    if (performance.now() >= end) return false;
  }
}

async function timeOf(lock: string): Promise<number | null> {
  return stat(lock).then(
    ({ mtimeMs }) => mtimeMs,
    () => null,
  );
}

/**
 * Then its process is gone, in whatever container it was: they all share this kernel. Not so where another machine
 * may use the same directory. A process table proves nothing, because git leaves the lock to the editor it waits for.
 */
async function isFromBeforeBoot(gitDir: string, madeAt: number): Promise<boolean> {
  if (madeAt >= Date.now() - uptime() * 1000 - slackMs) return false;
  return process.platform === "linux" && sharedFileSystem((await statfs(gitDir)).type) === null;
}
