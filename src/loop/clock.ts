import { randomUUID } from "node:crypto";
import type { Clock } from "../ports.ts";

/** Timers do not count while a machine sleeps, and cannot hold more than 24 days: the wall clock is looked at. */
const lookEveryMs = 1_000;

export const systemClock: Clock = clockOn(Date.now);

/** `now` may jump: a wait ends when it reaches its time, and never takes longer than it was to take (R6). */
export function clockOn(now: () => number): Clock {
  return { now, random: Math.random, uuid: randomUUID, sleepUntil: sleep(now) };
}

function sleep(now: () => number): Clock["sleepUntil"] {
  return (until, signal) =>
    new Promise((resolve) => {
      const latest = performance.now() + (until - now());
      let timer: NodeJS.Timeout | undefined;
      const done = () => {
        clearTimeout(timer);
        signal.removeEventListener("abort", done);
        resolve();
      };
      const look = () => {
        const left = Math.min(until - now(), latest - performance.now());
        if (left <= 0 || signal.aborted) done();
        else timer = setTimeout(look, Math.min(left, lookEveryMs));
      };
      signal.addEventListener("abort", done, { once: true });
      look();
    });
}
