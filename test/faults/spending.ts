/** R3 by sums of what the model answered. The fold is what is looked at, never what it is measured by. */
import type { EventOf, RunEvent } from "../../src/core/events.ts";
import type { RunState } from "../../src/core/run.ts";
import type { Usage } from "../../src/core/session.ts";
import { type Answered, agentMarks, answeredIn } from "./evidence.ts";
import type { Scene } from "./scene.ts";

/** USD a million tokens; the agents of the campaign that tell no cost of their own name no model either. */
const price = { input: 5, output: 25 };

/** R3: what is recorded of a session is what was answered in it, and no more than the witness saw. */
export function wrongRecords(scene: Scene, events: readonly RunEvent[]): readonly string[] {
  const markers = new Map(
    events.flatMap((event) => (event.type === "session.starting" ? [[event.number, event.marker]] : [])),
  );
  const marks = agentMarks(scene);
  return exitsOf(events).flatMap((exit) => {
    const { number, turns, usage, recoveredMs } = exit;
    const answered = answeredIn(scene, number);
    const wrong: string[] = [];
    if (turns !== answered.turns || tokensOf(usage) !== tokensIn(exit, answered)) {
      wrong.push(
        `session ${number} is recorded with ${said(turns, usage)}, its turns are ${said(answered.turns, answered.usage)}`,
      );
    }
    const ofSession = marks.filter(({ marker }) => marker === markers.get(number));
    const seen = ofSession.filter(({ what }) => what === "TURN").length;
    // A turn that nobody was there to hear cannot be recorded; one that a living manager heard has to be.
    const lost = recoveredMs === null && turns < seen;
    if (ofSession.length > 0 && (turns > seen || lost)) {
      wrong.push(`session ${number} is recorded with ${turns} turns, the witness saw ${seen}`);
    }
    return wrong;
  });
}

/** R3: what the next manager would start from is what the run's sessions sum up to, by their own files. */
export function wrongCounters(
  scene: Scene,
  events: readonly RunEvent[],
  believed: RunState | null,
): readonly string[] {
  const ofRun = events.slice(events.findLastIndex((event) => event.type === "run.started" && !event.resumed));
  if (believed === null) return ofRun.length === 0 ? [] : ["the run is forgotten"];
  const sessions = exitsOf(ofRun).map((exit) => ({ exit, answered: answeredIn(scene, exit.number) }));
  const sums = {
    iterations: sessions.filter(({ answered }) => answered.turns > 0).length,
    tokens: sum(sessions, ({ exit, answered }) => tokensIn(exit, answered)),
    costUsd: sum(sessions, ({ exit, answered }) => costOf(exit, answered)).toFixed(9),
  };
  const counters = {
    iterations: believed.iterations,
    tokens: tokensOf(believed.usage),
    costUsd: believed.costUsd.toFixed(9),
  };
  const same = JSON.stringify(sums) === JSON.stringify(counters);
  return [
    ...(same ? [] : [`counters are ${JSON.stringify(counters)}, sums ${JSON.stringify(sums)}`]),
    ...wrongTime(ofRun, believed.activeMs),
  ];
}

/** At least what went by in sessions that kept their manager, at most what went by at all; jumps back are nothing. */
function wrongTime(ofRun: readonly RunEvent[], activeMs: number): readonly string[] {
  const startings = new Map(
    ofRun.flatMap((event) => (event.type === "session.starting" ? [[event.number, event.at]] : [])),
  );
  const asleep = sum(ofRun, (event) => (event.type === "slept" ? event.ms : 0));
  const watched = exitsOf(ofRun).filter(({ recoveredMs }) => recoveredMs === null);
  const least = sum(watched, ({ number, at }) => Math.max(0, at - (startings.get(number) ?? at))) - asleep;
  const most = sum(ofRun, (event, index) => Math.max(0, event.at - (ofRun[index - 1] ?? event).at));
  return least <= activeMs && activeMs <= most
    ? []
    : [`${activeMs} ms of work are not within ${least} and ${most} ms`];
}

function exitsOf(events: readonly RunEvent[]): readonly EventOf<"session.exited">[] {
  return events.filter((event) => event.type === "session.exited");
}

function costOf({ costEstimated, costUsd }: EventOf<"session.exited">, { usage }: Answered): number {
  if (!costEstimated) return costUsd;
  const input = usage.inputTokens + 1.25 * usage.cacheWriteTokens + 0.1 * usage.cacheReadTokens;
  return (input * price.input + usage.outputTokens * price.output) / 1_000_000;
}

/**
 * What a session's answers say. An agent that counts for itself also knows what the model had written of an answer
 * that was cut: output, and of no answer.
 */
function tokensIn({ outcome, usage }: EventOf<"session.exited">, answered: Answered): number {
  const cut = Math.max(0, usage.outputTokens - answered.usage.outputTokens);
  return tokensOf(answered.usage) + (outcome.type === "done" ? 0 : cut);
}

export function tokensOf(usage: Usage): number {
  return usage.inputTokens + usage.outputTokens + usage.cacheReadTokens + usage.cacheWriteTokens;
}

function said(turns: number, usage: Usage): string {
  return `${turns} turns of ${tokensOf(usage)} tokens`;
}

function sum<T>(items: readonly T[], of: (item: T, index: number) => number): number {
  return items.reduce((total, item, index) => total + of(item, index), 0);
}
