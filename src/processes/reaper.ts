/**
 * A child process that outlives us by a moment, to end what we leave behind (R5): not even SIGKILL gives a
 * dying manager the time to do it itself.
 *
 * P1 The child learns of our death from the end of file on a pipe that only we hold. The kernel closes it
 *    however we die. A session's process that was just being forked holds a copy until it has its own
 *    environment, so the end of file never comes before the marker can be found.
 * P2 It lives in a session of its own: Ctrl-C and a closing terminal do not reach it.
 * P3 It carries no marker and is no descendant of an agent, so `endTree` never finds it. When something else
 *    kills it, another takes its place.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { Socket } from "node:net";
import { extname } from "node:path";
import { fileURLToPath } from "node:url";
import { OnwardError } from "../core/errors.ts";
import { endTree } from "./tree.ts";

export interface Reaper extends AsyncDisposable {
  /**
   * From now on the processes with this marker end with us. Call it before the first of them is started: it
   * holds from the return, without waiting for the child.
   */
  watch(marker: string): void;
  /** The session's processes are gone, or may live on. */
  forget(marker: string): void;
}

/** One that does not live this long is replaced at the next `watch` only: something is wrong with the machine. */
const steadyMs = 1000;

/** Disposing it ends what is still watched. It never keeps the event loop alive by itself. */
export function startReaper(): Reaper {
  const watched = new Set<string>();
  let disposed = false;
  let child = begin();

  function begin(): ChildProcess {
    const startedAt = performance.now();
    const begun = spawnReaper();
    begun.once("exit", () => {
      if (!disposed && performance.now() - startedAt >= steadyMs) child = begin();
    });
    for (const marker of watched) begun.stdin?.write(`watch ${marker}\n`);
    return begun;
  }

  return {
    watch(marker) {
      watched.add(marker);
      if (isGone(child)) child = begin();
      else child.stdin?.write(`watch ${marker}\n`);
    },
    forget(marker) {
      watched.delete(marker);
      child.stdin?.write(`forget ${marker}\n`);
    },
    async [Symbol.asyncDispose]() {
      if (disposed) return;
      disposed = true;
      if (!isGone(child)) {
        child.ref();
        child.stdin?.end();
        await once(child, "exit");
      }
      // Something may have killed the child just before; then there is nothing left but us.
      for (const marker of watched) await endTree({ pid: null, marker });
    },
  };
}

function spawnReaper(): ChildProcess {
  const entry = fileURLToPath(new URL(`./reaper-main${extname(import.meta.url)}`, import.meta.url));
  const child = spawn(process.execPath, [entry], {
    detached: true,
    // The pipe is all that ties it to us: it holds no directory, no terminal and no environment of ours.
    cwd: "/",
    env: { PATH: process.env.PATH },
    stdio: ["pipe", "ignore", "ignore"],
  });
  child.on("error", () => {}); // reported below, where the caller can act on it
  child.stdin.on("error", () => {}); // the child is gone; its "exit" starts another
  if (child.pid === undefined) {
    throw new OnwardError("internal", "The process that ends abandoned sessions could not be started.", {
      hint: "Free some memory or raise the limit of processes (`ulimit -u`), then try again.",
    });
  }
  child.unref();
  if (child.stdin instanceof Socket) child.stdin.unref();
  return child;
}

function isGone(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}
