/** Whether a run still gets anywhere: what its healthy sessions bring, and what to say when that is nothing. */
import type { Stop } from "./between-sessions.ts";
import type { VerificationResult } from "./event-parts.ts";
import type { SettledStep } from "./events.ts";
import { hints } from "./hints.ts";
import { type Effort, type ProjectState, type SessionState, type Standstill, settledStep } from "./run.ts";

/** In a project in which so many features pass. */
export function noStandstill(passing: number): Standstill {
  const none = { idle: 0, withoutPass: 0, emptyInits: 0, efforts: [] };
  return { ...none, passing, toBeat: passing, best: passing, forgiven: false };
}

/** A session finds so many passing. Where that is not what the last one left, people moved the goal: all marks move. */
export function foundPassing(before: Standstill, passing: number): Standstill {
  const moved = passing - before.passing;
  return { ...before, passing, toBeat: before.toBeat + moved, best: before.best + moved };
}

/** Of a session that was cut short counts what it brought, and not that it brought nothing. */
export function addStandstill(
  before: Standstill,
  session: SessionState,
  settled: readonly SettledStep[],
  healthy: boolean,
): Standstill {
  const list = settledStep(settled, "list");
  const passing = list === undefined || list.total === 0 ? before.passing : list.passing;
  if (!healthy) return passingBetween(before, passing);
  const changed = settledStep(settled, "checkpoint")?.changed ?? true;
  const fruitless = session.sessionType === "init" && (list === undefined || list.total === 0);
  return {
    ...passingAfter(before, passing),
    idle: changed ? 0 : before.idle + 1,
    emptyInits: fruitless ? before.emptyInits + 1 : 0,
    efforts: [...before.efforts, effortOf(session, settled)].slice(-longestRow),
  };
}

/** What the final pass found broken is lost like what a session broke. */
export function lostAtGate(before: Standstill, regressed: readonly string[]): Standstill {
  return passingBetween(before, before.passing - regressed.length);
}

function passingBetween(before: Standstill, passing: number): Standstill {
  const after = passingAfter(before, passing);
  return { ...after, withoutPass: Math.min(before.withoutPass, after.withoutPass) };
}

/**
 * What was lost is won again one by one, which is progress; but only once until more pass than ever, so that
 * winning and losing the same features comes to an end.
 */
function passingAfter(before: Standstill, passing: number): Standstill {
  if (passing > before.toBeat) {
    const more = passing > before.best;
    const best = Math.max(before.best, passing);
    return { ...before, passing, withoutPass: 0, toBeat: passing, best, forgiven: before.forgiven && !more };
  }
  const withoutPass = before.withoutPass + 1;
  if (passing >= before.passing || before.forgiven) return { ...before, passing, withoutPass };
  return { ...before, passing, withoutPass, toBeat: passing, forgiven: true };
}

const longestRow = 10;
const idleRow = 3;

function effortOf({ number, offered }: SessionState, settled: readonly SettledStep[]): Effort {
  const claimed = settledStep(settled, "integrity")?.claimed ?? [];
  const at = new Set(offered === null ? claimed : [offered, ...claimed]);
  return { number, at: [...at].slice(0, 3) };
}

/** More of the same would not help; with what a person needs to see why. */
export function stuck({ findings }: ProjectState, standstill: Standstill): Stop | null {
  const { idle, withoutPass, efforts } = standstill;
  const told = (row: number, what: string): Stop => {
    const evidence = [...evidenceOf(efforts.slice(-row)), ...findings.failures.slice(0, 1).map(failureText)];
    return {
      reason: "blocked",
      detail: [`stuck: ${row} sessions in a row ${what}`, ...evidence].join("; "),
      hint: hints.stuck,
    };
  };
  if (idle >= idleRow) return told(idle, "changed nothing in the project");
  if (withoutPass >= longestRow) return told(withoutPass, "without one more passing feature");
  return null;
}

function evidenceOf(efforts: readonly Effort[]): readonly string[] {
  const [first, last] = [efforts[0], efforts.at(-1)];
  if (first === undefined || last === undefined) return [];
  const features = [...new Set(efforts.flatMap(({ at }) => at))];
  const more = features.length > 5 ? ` and ${features.length - 5} more` : "";
  const named = features.length === 0 ? [] : [`at work on ${features.slice(0, 5).join(", ")}${more}`];
  return [`sessions ${first.number} to ${last.number}`, ...named];
}

function failureText({ featureId, command, outputTail }: VerificationResult): string {
  const lastLine = outputTail.trim().split("\n").at(-1)?.trim() ?? "";
  const said = lastLine === "" ? "" : `: ${lastLine}`;
  return `last failure: ${featureId ?? "the project's own check"}, ${command}${said}`.slice(0, 300);
}
