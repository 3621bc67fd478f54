/** A manager for the lock's test: takes the lock `argv[2]`, says so, and holds it until it is killed. */
import { hostname } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { acquireLock, ownPidNamespace, readLockOwner } from "../../src/engines/lock.ts";

const [file = "", job] = process.argv.slice(2);
try {
  const host = job === "container" ? hostname() : "here";
  await acquireLock(file, { pid: process.pid, host, pidNamespace: ownPidNamespace(), since: 0 });
  if (job === "ask") await readLockOwner(file);
  if (job === "collect") {
    // Two rounds: what the first finds unreachable, the second has finalized.
    for (let round = 0; round < 2; round += 1) {
      globalThis.gc?.();
      await sleep(20);
    }
  }
  console.log("held");
  setInterval(() => {}, 1_000_000);
} catch (error) {
  console.log((error as { code?: string }).code);
}
