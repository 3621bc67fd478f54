/**
 * What a session may not change, watched while it lives: the feature list but for `passes` (F1, F3), and the
 * configuration (T1). A change is undone after the very tool call that made it, and the agent told; settling
 * looks again, at what no tool call explains.
 *
 * W1 What is found is kept in the session's directory before it is undone.
 * W2 One look at a time, however many tools end together.
 * W3 Nobody's half-written list is judged, and what was written during a look is judged before it is replaced.
 * W4 A file that did not change costs one `lstat`.
 */
import { existsSync } from "node:fs";
import { lstat } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Violation } from "../core/event-parts.ts";
import { findTool } from "../guard/tool-table.ts";
import type { ToolCall } from "../ports.ts";
import { configChange, restoreConfig } from "../project/config-guard.ts";
import { type ListState, readFeatureList, writeFeatureList } from "../project/list/feature-list.ts";
import {
  allViolations,
  type Flips,
  heldAgainst,
  noFlips,
  restoreIntegrity,
} from "../project/list/guardian.ts";
import { configFileName, featureListName } from "../project/paths.ts";
import type { Before } from "./before.ts";
import { checkpointBeforeChange } from "./checkpoints.ts";
import type { LoopContext } from "./context.ts";
import { makeSessionDirectory, type SessionFiles } from "./session-files.ts";
import { nothingSeen, saveWatched, type Watched } from "./watched.ts";

export interface SessionWatch {
  /**
   * To be asked after every tool call. Answers what the agent must be told, null when nothing. Rejects when
   * something could not be undone or recorded.
   */
  look(call: ToolCall): Promise<string | null>;
  /** What was found so far, when no look is under way. */
  seen(): Promise<Watched>;
  /** What was found by others, to be recorded with the rest. */
  found(violations: readonly Violation[]): Promise<void>;
  /**
   * A last look, once the agent is gone. Where nothing can be recorded any more, because the session has removed what
   * is needed for that, everything is put back all the same, claims too: nobody could settle them.
   */
  end(): Promise<void>;
}

export function watchSession(ctx: LoopContext, files: SessionFiles, before: Before): SessionWatch {
  const stamps = new Map<string, string>();
  let watched = nothingSeen;
  let queue: Promise<unknown> = Promise.resolve();

  return {
    look(call) {
      const turn = queue.then(() => lookAround(call));
      queue = turn.catch(() => {});
      return turn;
    },
    seen: () => queue.then(() => watched),
    found: (violations) => queue.then(() => remember(watched, violations)),
    async end() {
      await queue;
      if (!existsSync(ctx.paths.journal)) return undoUnrecorded(); // whoever writes to it next says so
      try {
        await lookAround(null);
      } catch (error) {
        await undoUnrecorded();
        throw error;
      }
    },
  };

  async function undoUnrecorded(): Promise<void> {
    if (before.listText !== null) await writeFeatureList(ctx.dir, before.listText);
    if (before.config !== undefined) await restoreConfig(ctx.dir, before.config);
  }

  async function lookAround(call: ToolCall | null): Promise<string | null> {
    const told = [...(await lookAtList(call !== null && isEdit(call))), ...(await lookAtConfig())];
    return told.length === 0 ? null : `Onward: ${told.join(" ")}`;
  }

  async function lookAtList(edited: boolean): Promise<readonly string[]> {
    if (before.listText === null) return [];
    const undone: Violation[] = [];
    let lost: Flips = noFlips;
    for (let round = 1; ; round += 1) {
      const stamp = await stampOf(featureListName);
      if (stamp === stamps.get(featureListName)) break;
      const list = await wholeList();
      // An edit tool writes what the agent wants; only what runs a program can have let git do it (F3).
      const found = edited
        ? restoreIntegrity(before.listText, list, watched)
        : await heldAgainst(before.listText, list, watched, ctx.dir);
      if (!edited) lost = { claimed: gone("claimed", found), regressed: gone("regressed", found) };
      await remember(found, found.violations);
      undone.push(...found.violations);
      const asItMust = list.type === "valid" && list.text === found.text;
      if (!asItMust) {
        await checkpointBeforeChange(ctx);
        if (round < mostRounds && (await stampOf(featureListName)) !== stamp) continue;
        await writeFeatureList(ctx.dir, found.text);
      }
      stamps.set(featureListName, asItMust ? stamp : await stampOf(featureListName));
      break;
    }
    return [...toldOfList(undone, edited), ...toldOfLost(lost)];
  }

  async function lookAtConfig(): Promise<readonly string[]> {
    const stamp = await stampOf(configFileName);
    if (before.config === undefined || stamp === stamps.get(configFileName)) return [];
    const change = await configChange(ctx.dir, before.config);
    if (change !== null) {
      await remember(watched, [{ what: change, featureId: null }]);
      await checkpointBeforeChange(ctx);
      await restoreConfig(ctx.dir, before.config);
    }
    stamps.set(configFileName, change === null ? stamp : await stampOf(configFileName));
    return change === null ? [] : [`${change} It has been put back. Go on without it.`];
  }

  /** W1 */
  async function remember({ claimed, regressed }: Flips, violations: readonly Violation[]): Promise<void> {
    const broken = [...new Set([...watched.broken, ...regressed])];
    const next = { claimed, regressed, broken, violations: allViolations(watched.violations, violations) };
    if (JSON.stringify(next) === JSON.stringify(watched)) return;
    // The session may have removed it, list and all.
    makeSessionDirectory(files);
    await saveWatched(files, next);
    watched = next;
  }

  /** What the session had flipped, and something has flipped back. */
  function gone(which: keyof Flips, found: Flips): readonly string[] {
    return watched[which].filter((id) => !found[which].includes(id));
  }

  /** A writer may be in the middle of it: what cannot be read counts only when it stays like that (W3). */
  async function wholeList(): Promise<ListState> {
    for (let tries = 1; ; tries += 1) {
      const list = await readFeatureList(ctx.dir);
      if (list.type === "valid" || tries === 3) return list;
      await sleep(halfWrittenMs);
    }
  }

  /** Changes with every write, replacement or rename of the file. */
  async function stampOf(name: string): Promise<string> {
    try {
      const { dev, ino, mode, size, mtimeNs, ctimeNs } = await lstat(join(ctx.dir, name), { bigint: true });
      return [dev, ino, mode, size, mtimeNs, ctimeNs].join(" ");
    } catch (error) {
      return String((error as NodeJS.ErrnoException).code);
    }
  }
}

/** Against a process that never stops writing. */
const mostRounds = 4;
const halfWrittenMs = 50;

function isEdit({ tool }: ToolCall): boolean {
  return findTool(tool)?.kind === "write";
}

function toldOfList(violations: readonly Violation[], edited: boolean): readonly string[] {
  if (violations.length === 0) return [];
  const what = [...new Set(violations.slice(0, mostTold).map((violation) => violation.what))];
  return [
    `the feature list was changed in a way that is not yours to make, and the change has been undone: ${what.join(" ")}`,
    'Only values of "passes" may change: edit that one line of a feature, and put remarks into claude-progress.txt.',
    ...(edited ? [] : [gitRefuses]),
  ];
}

const gitRefuses =
  "Where git now refuses to switch because of feature_list.json, put `git stash &&` in front of that command.";
const mostTold = 5;

/** No violation: git took the work along, most likely, and a claim without its work is worth nothing. */
function toldOfLost({ claimed, regressed }: Flips): readonly string[] {
  const lost = [...claimed.map((id) => `claim of ${id}`), ...regressed.map((id) => `regression of ${id}`)];
  if (lost.length === 0) return [];
  const names = lost.slice(0, mostTold).join(", ");
  return [`your ${names} is no longer in feature_list.json. Set "passes" again if it still holds.`];
}
