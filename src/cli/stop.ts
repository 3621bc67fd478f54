import { setTimeout as sleep } from "node:timers/promises";
import { OnwardError } from "../core/errors.ts";
import { readLockOwner } from "../engines/lock.ts";
import { sqliteJournal } from "../journals/sqlite.ts";
import { requireDirectory } from "../loop/inspect.ts";
import { statePaths } from "../project/paths.ts";
import type { CommonFlags } from "./common-flags.ts";

const patienceMs = 15_000;
const lookEveryMs = 100;

/** Asks the living manager to stop, and waits until it has. Throws `project-held` when it takes too long. */
export async function stopCommand(dir: string, { quiet }: CommonFlags): Promise<void> {
  const say = (text: string) => void (quiet || process.stderr.write(`${text}\n`));
  await requireDirectory(dir);
  const paths = statePaths(dir);
  const held = await readLockOwner(paths.lock);
  if (held.type === "free") {
    say("nothing runs here");
    return;
  }
  const who = held.owner === null ? "the run" : `the run (process ${held.owner.pid} on ${held.owner.host})`;
  {
    await using journal = await sqliteJournal({ file: paths.journal });
    await journal.post({ type: "stop" }, Date.now());
  }
  say(`asked ${who} to stop after the current tool`);
  for (const until = Date.now() + patienceMs; Date.now() < until; await sleep(lookEveryMs)) {
    if ((await readLockOwner(paths.lock)).type === "held") continue;
    say("stopped, state saved; `onward run` goes on");
    return;
  }
  throw new OnwardError("project-held", `${who} has not stopped within ${patienceMs / 1000} s.`, {
    hint: `It stops after the current tool call; to end it now, send it SIGTERM twice${held.owner === null ? "" : ` (kill ${held.owner.pid})`}.`,
  });
}
