import { setTimeout as sleep } from "node:timers/promises";
import { OnwardError } from "../core/errors.ts";
import { readLockOwner } from "../engines/lock.ts";
import { statePaths } from "../project/paths.ts";
import type { CommonFlags } from "./common-flags.ts";
import { callManager } from "./living-run.ts";

const patienceMs = 15_000;
const lookEveryMs = 100;

/** Asks the living manager to stop, and waits until it has. Throws `project-held` when it takes too long. */
export async function stopCommand(dir: string, { quiet }: CommonFlags): Promise<void> {
  const say = (text: string) => void (quiet || process.stderr.write(`${text}\n`));
  const manager = await callManager(dir, { type: "stop" });
  if (manager === null) {
    say("nothing runs here");
    return;
  }
  say(`asked ${manager.name} to stop after the current tool`);
  const { lock } = statePaths(dir);
  for (const until = Date.now() + patienceMs; Date.now() < until; await sleep(lookEveryMs)) {
    if ((await readLockOwner(lock)).type === "held") continue;
    say("stopped, state saved; `onward run` goes on");
    return;
  }
  throw new OnwardError("project-held", `${manager.name} has not stopped within ${patienceMs / 1000} s.`, {
    hint: `It stops after the current tool call; to end it now, send it SIGTERM twice${manager.pid === null ? "" : ` (kill ${manager.pid})`}.`,
  });
}
