import { realpath } from "node:fs/promises";
import { styleText } from "node:util";
import { openLocalEngine } from "../engines/local.ts";
import { requireDirectory } from "../inspect.ts";
import { sqliteJournal } from "../journals/sqlite.ts";
import { abandonSession } from "../loop/abandon-session.ts";
import { systemClock } from "../loop/clock.ts";
import { listTextIn } from "../project/checkpoints/checkpoints.ts";
import { type MovedRepository, type Rollback, rollBack } from "../project/checkpoints/rollback.ts";
import { openGit } from "../project/git/git.ts";
import { ensureStateDirectory, statePaths } from "../project/paths.ts";
import { isPresent } from "../project/presence.ts";
import { shellLine } from "../verify/deciding.ts";
import { localTime, momentOf } from "./checkpoints.ts";
import type { CommonFlags } from "./common-flags.ts";
import { print, printJson } from "./output.ts";
import { branchBack, branchLeftText } from "./status/branch-left-text.ts";
import { count, cut, oneLine, screenWidth } from "./text/terminal-text.ts";

export interface RollbackFlags extends Pick<CommonFlags, "quiet"> {
  readonly force: boolean;
  readonly json: boolean;
}

/** Throws `project-held` while a manager lives, `usage` for an unknown id, `tree-dirty` without `--force`. */
export async function rollbackCommand(given: string, id: string, flags: RollbackFlags): Promise<void> {
  await requireDirectory(given);
  const dir = await realpath(given);
  // Nothing is made in a directory that has nothing to go back to.
  if (!isPresent(statePaths(dir).root)) await openGit(dir);
  const done = await whileHeld(dir, id, flags.force);
  if (flags.json) printJson(rollbackJson(done));
  else if (!flags.quiet) print(told(done));
}

async function whileHeld(dir: string, id: string, force: boolean): Promise<Rollback> {
  const paths = await ensureStateDirectory(dir);
  const clock = systemClock;
  const openJournal = (file: string) => sqliteJournal({ file });
  await using engine = await openLocalEngine({ paths, clock, openJournal, onEvent: () => {} });
  const { ledger } = engine;
  const { run, lastNumber } = ledger.state;
  return await rollBack(dir, id, {
    ...{ force, now: clock.now(), runId: run?.id ?? null, session: lastNumber },
    async record({ target, rescue }) {
      const phase = run?.phase;
      if (phase?.type === "session") {
        const listText = await listTextIn(await openGit(dir), target);
        await abandonSession(paths, phase.session, { tree: target.tree, listText });
      }
      const passing = target.features?.passing ?? 0;
      await ledger.give({ type: "rolled-back", commit: target.commit, rescue: rescue.commit, passing });
    },
  });
}

function rollbackJson(done: Rollback): object {
  const { target, rescue, restored, removed, movedAside, untouched, inside, head, branchLeft, lost } = done;
  return {
    ...{ checkpoint: target.id, rescue: rescue.id, rescueRef: rescue.ref, restored, removed, movedAside },
    ...{ untouched, inside, head, headThen: target.head, staged: target.staged },
    laterCommits: branchLeft?.laterCommits ?? 0,
    lost: Object.fromEntries(lost),
  };
}

/** What was done, how to undo it, and what was left to the person. */
function told(done: Rollback): string {
  const { target, rescue, restored, removed, movedAside, untouched, inside, lost } = done;
  const features =
    target.features === null ? "" : `, ${target.features.passing} of ${target.features.total} features`;
  const lines = [
    `${styleText("green", "rolled back")} to ${target.id}: ${momentOf(target)}${features}, ${localTime(target.at)}`,
    `${count(restored, "file")} restored, ${removed} removed`,
    `to undo it: onward rollback ${rescue.id}`,
    ...branchLines(done),
  ];
  if (target.staged !== null) {
    lines.push(`what was staged then: git restore --source=${target.staged.slice(0, 12)} --staged -- .`);
  }
  for (const path of movedAside) lines.push(`in the way, and now at ${oneLine(path)}`);
  for (const path of untouched) lines.push(`a repository of its own, left as it is: ${oneLine(path)}`);
  for (const moved of inside.slice(0, 20)) lines.push(insideLine(moved));
  for (const [name, commit] of lost.slice(0, 20)) lines.push(lostLine(name, commit.slice(0, 12)));
  return lines.map((line) => (line.length > 400 ? cut(line, 5 * screenWidth) : line)).join("\n");
}

function branchLines({ branchLeft: left }: Rollback): readonly string[] {
  if (left === null) return [];
  return [
    branchLeftText(left),
    `to put it back as well, and keep the files as they are now: ${branchBack(left)}`,
  ];
}

function insideLine({ path, was, gone }: MovedRepository): string {
  const files = `${oneLine(path)} is a repository of its own: its files were put back`;
  if (gone) return `${files}; its .git is gone, and no checkpoint holds that`;
  if (was === null) return `${files}, its commits were left; it had none then`;
  const back = shellLine(["git", "-C", oneLine(path), "reset", was.slice(0, 12)]);
  return `${files}, its branch was left; to put that back as well: ${back}`;
}

function lostLine(name: string, commit: string): string {
  if (name.startsWith("stash@")) return `a stash is gone; to get it back: git stash store ${commit}`;
  const branch = oneLine(name.replace("refs/heads/", ""));
  return `the branch ${branch} is gone; to get it back: git branch '${branch}' ${commit}`;
}
