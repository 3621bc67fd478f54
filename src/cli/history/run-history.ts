/** What the runs of a project went through, beside their sessions: ends, waits, damage, rollbacks. */
import type { EndReason, VerificationResult, WaitReason } from "../../core/event-parts.ts";
import type { EventOf, PeoplesChange, RunEvent } from "../../core/events.ts";
import type { RunId } from "../../core/ids.ts";
import { peoplesChangeTexts } from "../../core/list-change-text.ts";

export interface RunRecord {
  readonly id: RunId;
  readonly startedAt: number;
  /** null while it is under way, or when its manager died. */
  readonly endedAt: number | null;
  readonly reason: EndReason | null;
  readonly detail: string;
  /** How often a manager took it up again. */
  readonly resumed: number;
}

export interface Waits {
  readonly reason: WaitReason;
  readonly count: number;
  readonly totalMs: number;
  /** What the longest one was for, in the agent's words. */
  readonly detail: string;
}

export interface FailedGate {
  readonly at: number;
  /** Those that did not hold. */
  readonly failures: readonly VerificationResult[];
}

export interface ToldChange {
  readonly at: number;
  readonly text: string;
  /** Whether it may make something pass that would not have: another command, `passes`, a removal. */
  readonly eases: boolean;
}

export interface RunHistory {
  /** Oldest first, as all of these. */
  readonly runs: readonly RunRecord[];
  readonly waits: readonly Waits[];
  readonly failedGates: readonly FailedGate[];
  readonly restored: readonly { readonly at: number; readonly problem: string }[];
  /** What people did to the feature list, or somebody in their name; a line for each thing. */
  readonly listChanges: readonly ToldChange[];
  readonly rollbacks: readonly { readonly at: number; readonly commit: string; readonly rescue: string }[];
  /** Untracked files that the last run's first checkpoint left out because they are too large. */
  readonly leftOut: readonly string[];
}

export const runTypes: readonly RunEvent["type"][] = [
  "run.started",
  "run.ended",
  "wait.started",
  "wait.ended",
  "gate.ended",
  "list.restored",
  "rolled-back",
  "list.edited",
  "list.changed",
  "checkpoint.taken",
];

export function runHistoryOf(events: readonly RunEvent[]): RunHistory {
  const runs: RunRecord[] = [];
  const waits = new Map<WaitReason, Waits & { readonly longestMs: number }>();
  const failedGates: FailedGate[] = [];
  const restored: RunHistory["restored"][number][] = [];
  const listChanges: ToldChange[] = [];
  const rollbacks: RunHistory["rollbacks"][number][] = [];
  let leftOut: readonly string[] = [];
  let waiting: EventOf<"wait.started"> | null = null;
  for (const event of events) {
    switch (event.type) {
      case "run.started":
        runs.push(started(event, event.resumed ? runs.pop() : undefined));
        break;
      case "run.ended": {
        const { at, reason, detail } = event;
        const run = runs.pop();
        if (run !== undefined) runs.push({ ...run, endedAt: at, reason, detail });
        break;
      }
      case "wait.started":
        waiting = event;
        break;
      case "wait.ended":
        if (waiting !== null) waits.set(waiting.reason, served(waits.get(waiting.reason), waiting, event.at));
        waiting = null;
        break;
      case "gate.ended":
        if (!event.ok) failedGates.push({ at: event.at, failures: event.results.filter(({ ok }) => !ok) });
        break;
      case "list.restored":
        restored.push({ at: event.at, problem: event.problem });
        break;
      case "list.edited":
      case "list.changed":
        listChanges.push(...toldChanges(event));
        break;
      case "rolled-back":
        rollbacks.push({ at: event.at, commit: event.commit, rescue: event.rescue });
        break;
      case "checkpoint.taken":
        leftOut = event.leftOut;
        break;
      default:
    }
  }
  const told = [...waits.values()].map(({ longestMs: _, ...wait }) => wait);
  return { runs, waits: told, failedGates, restored, listChanges, rollbacks, leftOut };
}

function toldChanges(event: PeoplesChange): ToldChange[] {
  const eases =
    event.type === "list.changed"
      ? [event.change.commands ?? [], event.change.passing, event.change.removed].some(
          ({ length }) => length > 0,
        ) || event.change.more > 0
      : event.done.type === "made" && (event.done.commands ?? []).length > 0;
  return peoplesChangeTexts(event).map((text) => ({ at: event.at, text, eases }));
}

function started({ at, runId }: EventOf<"run.started">, before: RunRecord | undefined): RunRecord {
  const open = { endedAt: null, reason: null, detail: "" };
  if (before === undefined) return { id: runId, startedAt: at, ...open, resumed: 0 };
  return { ...before, ...open, resumed: before.resumed + 1 };
}

function served(
  before: (Waits & { readonly longestMs: number }) | undefined,
  { at, reason, detail }: EventOf<"wait.started">,
  endedAt: number,
): Waits & { readonly longestMs: number } {
  const ms = Math.max(0, endedAt - at);
  const longer = ms >= (before?.longestMs ?? 0);
  return {
    reason,
    count: (before?.count ?? 0) + 1,
    totalMs: (before?.totalMs ?? 0) + ms,
    detail: longer ? detail : (before?.detail ?? ""),
    longestMs: longer ? ms : (before?.longestMs ?? 0),
  };
}
