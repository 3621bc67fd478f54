import { randomUUID } from "node:crypto";
import type { Clock } from "../ports.ts";

/** Timers do not count while a machine sleeps, and cannot hold more than 24 days: the wall clock is looked at. */
const lookEveryMs = 1_000;

export const systemClock: Clock = {
  now: Date.now,
  random: Math.random,
  uuid: randomUUID,
  sleepUntil: (until, signal) =>
    new Promise((resolve) => {
      let timer: NodeJS.Timeout | undefined;
      const done = () => {
        clearTimeout(timer);
        signal.removeEventListener("abort", done);
        resolve();
      };
      const look = () => {
        const left = until - Date.now();
        if (left <= 0 || signal.aborted) done();
        else timer = setTimeout(look, Math.min(left, lookEveryMs));
      };
      signal.addEventListener("abort", done, { once: true });
      look();
    }),
};
