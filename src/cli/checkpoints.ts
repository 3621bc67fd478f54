import { readLockOwner } from "../engines/lock.ts";
import { requireDirectory } from "../inspect.ts";
import { changedFiles, type ListedCheckpoint, listCheckpoints } from "../project/checkpoints/checkpoints.ts";
import { openMended } from "../project/checkpoints/ref-record.ts";
import { openGit } from "../project/git/git.ts";
import { statePaths } from "../project/paths.ts";
import { iso, print, printJson } from "./output.ts";
import { table } from "./text/terminal-text.ts";

/** Throws `directory-missing` and `git-failed`. */
export async function checkpointsCommand(dir: string, { json }: { readonly json: boolean }): Promise<void> {
  await requireDirectory(dir);
  // A living manager does this by itself, and may be about to name another one.
  const idle = (await readLockOwner(statePaths(dir).lock)).type === "free";
  const git = idle ? await openMended(dir) : await openGit(dir);
  const checkpoints = await listCheckpoints(git);
  const changed = await changedFiles(git, checkpoints);
  const rows = checkpoints.map((checkpoint, index) => ({ checkpoint, changed: changed[index] ?? null }));
  if (json) printJson(rows.map(({ checkpoint, changed }) => checkpointJson(checkpoint, changed)));
  else print(rows.length === 0 ? "no checkpoint yet" : screen(rows));
}

function checkpointJson(checkpoint: ListedCheckpoint, changedFiles: number | null): object {
  const { id, kind, at, runId, session, ref, commit, head, branch, staged, features } = checkpoint;
  const { uncommitted, unheld, leftOut, kept } = checkpoint;
  return {
    ...{ id, kind, at: iso(at), runId, session, ref, commit, head, branch, staged, features, changedFiles },
    ...{ uncommitted, unheld, leftOut, kept },
  };
}

function screen(rows: readonly { checkpoint: ListedCheckpoint; changed: number | null }[]): string {
  const cells = rows.map(({ checkpoint, changed }) => {
    const { id, at, head, features } = checkpoint;
    return [
      id,
      localTime(at),
      momentOf(checkpoint),
      head?.slice(0, 7) ?? "",
      features === null ? "" : `${features.passing}/${features.total}`,
      changed ?? "",
    ];
  });
  return table(["id", "when", "what", "branch", "features", "changed"], cells);
}

/** What a checkpoint is of, in a few words. */
export function momentOf({ kind, session, uncommitted, unheld }: ListedCheckpoint): string {
  switch (kind) {
    case "start":
      return unheld ? `a run's start, ${uncommitted} uncommitted` : "a run's start";
    case "session":
      return `after session ${session}`;
    case "before":
      return `as session ${session} left it`;
    case "rescue":
      return "before a rollback";
    default:
      throw new Error(`unknown kind ${kind satisfies never}`);
  }
}

export function localTime(at: number): string {
  const date = new Date(at);
  return `${date.toLocaleDateString("en-CA")} ${date.toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" })}`;
}
