/**
 * R3 and R4 by sums of what the model answered and by a book of what is under way, both kept here. The fold is what
 * is looked at, never what it is measured by.
 */
import type { RunEvent, RunSettings } from "../../src/core/events.ts";
import type { RunState } from "../../src/core/run.ts";
import type { Usage } from "../../src/core/session.ts";
import { type Answered, agentMarks, answeredIn, type EventOf } from "./evidence.ts";
import type { Scene } from "./scene.ts";

/** USD a million tokens; the agents of the campaign that tell no cost of their own name no model either. */
const price = { input: 5, output: 25 };

/** R3: what is recorded of a session is what was answered in it, and no more than the witness saw. */
export function wrongRecords(scene: Scene, events: readonly RunEvent[]): readonly string[] {
  const markers = new Map(
    events.flatMap((event) => (event.type === "session.starting" ? [[event.number, event.marker]] : [])),
  );
  const marks = agentMarks(scene);
  return exitsOf(events).flatMap(({ number, turns, usage, recoveredMs }) => {
    const answered = answeredIn(scene, number);
    const wrong: string[] = [];
    if (turns !== answered.turns || tokensOf(usage) !== tokensOf(answered.usage)) {
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
    tokens: sum(sessions, ({ answered }) => tokensOf(answered.usage)),
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

/** What is under way between the events of a run. */
interface Underway {
  session: number | null;
  /** When the wait is to end. */
  wait: number | null;
  verification: boolean;
  paused: boolean;
  stopAsked: boolean;
  pauseAsked: boolean;
  ended: boolean;
  settings: RunSettings | null;
  spent: { iterations: number; costUsd: number; tokens: number };
}

/** Timers and the wall clock are not one. */
const toleranceMs = 20;

export interface BookOptions {
  /** Set where the clock was: a wait then ends after as long as it was to take, whatever it says. */
  readonly clockJumps: boolean;
}

/**
 * R4: no session past a budget, after an end, in a wait, a pause or a verification, while another is not settled,
 * or although asked not to. R6: no wait ends early, also when others have gone on with it.
 */
export function wrongStarts(events: readonly RunEvent[], { clockJumps }: BookOptions): readonly string[] {
  const now: Underway = {
    ...{ session: null, wait: null, verification: false, paused: false, stopAsked: false, pauseAsked: false },
    ...{ ended: true, settings: null, spent: { iterations: 0, costUsd: 0, tokens: 0 } },
  };
  const wrong: string[] = [];
  for (const event of events) {
    if (event.type === "session.starting") {
      wrong.push(...reasonsAgainst(now).map((reason) => `session ${event.number} starts ${reason}`));
    }
    if (
      event.type === "wait.ended" &&
      !clockJumps &&
      now.wait !== null &&
      event.at < now.wait - toleranceMs
    ) {
      wrong.push(`a wait ended ${now.wait - event.at} ms early`);
    }
    enter(now, event);
  }
  return wrong;
}

function reasonsAgainst(now: Underway): readonly string[] {
  const { settings, spent } = now;
  const reasons: readonly (readonly [boolean, string])[] = [
    [now.ended, "in no run"],
    [now.session !== null, `before session ${now.session} has ended`],
    [now.wait !== null, "in a wait"],
    [now.verification, "in a verification"],
    [now.paused, "in a pause"],
    [now.stopAsked || now.pauseAsked, "although asked not to"],
    [spent.iterations >= (settings?.maxIterations ?? Infinity), "past the iterations"],
    [spent.costUsd >= (settings?.maxCostUsd ?? Infinity), "past the cost"],
    [spent.tokens >= (settings?.maxTokens ?? Infinity), "past the tokens"],
  ];
  return reasons.flatMap(([holds, reason]) => (holds ? [reason] : []));
}

/** A wait outlives everything but its own end and that of its run; an interruption ends no run for good. */
function enter(now: Underway, event: RunEvent): void {
  switch (event.type) {
    case "run.started":
      if (!event.resumed) {
        now.wait = null;
        now.spent = { iterations: 0, costUsd: 0, tokens: 0 };
      }
      if (now.ended) now.pauseAsked = false;
      now.stopAsked = false;
      now.ended = false;
      now.settings = event.settings;
      return;
    case "session.starting":
      now.session = event.number;
      return;
    case "session.exited":
      now.spent.iterations += event.turns > 0 ? 1 : 0;
      now.spent.costUsd += event.costUsd;
      now.spent.tokens += tokensOf(event.usage);
      return;
    case "session.ended":
      now.session = null;
      return;
    case "wait.started":
      now.wait = event.until;
      return;
    case "wait.ended":
      now.wait = null;
      return;
    case "gate.started":
    case "gate.ended":
      now.verification = event.type === "gate.started";
      return;
    case "asked":
      now.stopAsked ||= event.command === "stop";
      if (event.command !== "stop") now.pauseAsked = event.command === "pause";
      return;
    case "paused":
    case "resumed":
      now.paused = event.type === "paused";
      if (!now.paused) now.pauseAsked = false;
      return;
    case "run.ended":
      now.ended = true;
      now.paused = false;
      now.verification = false;
      return;
    default: // the rest says nothing about what may begin
  }
}

function exitsOf(events: readonly RunEvent[]): readonly EventOf<"session.exited">[] {
  return events.filter((event) => event.type === "session.exited");
}

function costOf({ costEstimated, costUsd }: EventOf<"session.exited">, { usage }: Answered): number {
  if (!costEstimated) return costUsd;
  const input = usage.inputTokens + 1.25 * usage.cacheWriteTokens + 0.1 * usage.cacheReadTokens;
  return (input * price.input + usage.outputTokens * price.output) / 1_000_000;
}

function tokensOf(usage: Usage): number {
  return usage.inputTokens + usage.outputTokens + usage.cacheReadTokens + usage.cacheWriteTokens;
}

function said(turns: number, usage: Usage): string {
  return `${turns} turns of ${tokensOf(usage)} tokens`;
}

function sum<T>(items: readonly T[], of: (item: T, index: number) => number): number {
  return items.reduce((total, item, index) => total + of(item, index), 0);
}
