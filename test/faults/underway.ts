/** R4 and R6 by a book of what is under way, which knows nothing of the fold. */
import type { RunSettings } from "../../src/core/event-parts.ts";
import type { RunEvent } from "../../src/core/events.ts";
import { tokensOf } from "./spending.ts";

/** What is under way between the events of a run. */
export interface Underway {
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

/**
 * R4: no session past a budget, after an end, in a wait, a pause or a verification, while another is not settled,
 * or although asked not to.
 */
export function wrongStarts(events: readonly RunEvent[]): readonly string[] {
  return along(events, (now, event) =>
    event.type === "session.starting"
      ? reasonsAgainst(now, event.at).map((reason) => `session ${event.number} starts ${reason}`)
      : [],
  );
}

/** Timers and the wall clock are not one. */
const toleranceMs = 20;

/** R6: whoever goes on with a wait, it neither ends early nor begins anew. Means nothing where the clock was set. */
export function wrongWaits(events: readonly RunEvent[]): readonly string[] {
  return along(events, ({ wait }, event) => {
    if (wait === null || !isEarly(wait, event.at)) return [];
    const longer = event.type === "wait.started" ? event.until - wait : 0;
    return [
      ...(event.type === "wait.ended" ? [`a wait ended ${wait - event.at} ms early`] : []),
      ...(longer > toleranceMs ? [`a wait was made ${longer} ms longer while it was under way`] : []),
    ];
  });
}

function isEarly(wait: number | null, at: number): boolean {
  return wait !== null && at < wait - toleranceMs;
}

/** What is wrong with each event, after all that came before it. */
function along(
  events: readonly RunEvent[],
  wrongWith: (now: Readonly<Underway>, event: RunEvent) => readonly string[],
): readonly string[] {
  const now = nothingUnderway();
  return events.flatMap((event) => {
    const wrong = wrongWith(now, event);
    enter(now, event);
    return wrong;
  });
}

/** What is under way after the last of the events. */
export function underwayAfter(events: readonly RunEvent[]): Readonly<Underway> {
  const now = nothingUnderway();
  for (const event of events) enter(now, event);
  return now;
}

function nothingUnderway(): Underway {
  return {
    ...{ session: null, wait: null, verification: false, paused: false, stopAsked: false, pauseAsked: false },
    ...{ ended: true, settings: null, spent: { iterations: 0, costUsd: 0, tokens: 0 } },
  };
}

function reasonsAgainst(now: Underway, at: number): readonly string[] {
  const { settings, spent } = now;
  const reasons: readonly (readonly [boolean, string])[] = [
    [now.ended, "in no run"],
    [now.session !== null, `before session ${now.session} has ended`],
    [isEarly(now.wait, at), "in a wait"],
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
      // A pause that is to go on is told again.
      now.paused = false;
      now.stopAsked = false;
      now.ended = false;
      now.settings = event.settings;
      return;
    case "session.starting":
      now.session = event.number;
      // One that was over before a manager came is not told to be.
      now.wait = null;
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
      now.verification = false;
      return;
    default: // the rest says nothing about what may begin
  }
}
