const minute = 60_000;

/**
 * No wait for trouble is shorter than this. Full jitter alone may draw zero again and again; with a floor the
 * sum of waits grows at every failure, so that `maxWaitMs` always ends a run.
 */
const floorMs = 1_000;

/** The longest extra wait after a reset time, so that not everyone comes back in the same second. */
const resetJitterMs = minute;

/**
 * Full jitter (a uniform draw below an exponentially growing ceiling, 5 s to 10 min) for the `failures`-th
 * consecutive failure, counted from 1. `retryAfterMs` is what the server asked for and a lower bound.
 * `chance` is in [0, 1).
 */
export function transientBackoffMs(failures: number, retryAfterMs: number | null, chance: number): number {
  return Math.max(floorMs, retryAfterMs ?? 0, chance * ceiling(failures, 5_000, 10 * minute));
}

/** For a usage limit without a reset time: grows to 30 min, at least half of it, because nothing changes soon. */
export function limitBackoffMs(failures: number, chance: number): number {
  return Math.max(floorMs, (0.5 + 0.5 * chance) * ceiling(failures, minute, 30 * minute));
}

/** For a usage limit with a reset time in the future. */
export function untilResetMs(resetsAt: number, now: number, chance: number): number {
  return Math.max(floorMs, resetsAt - now + chance * resetJitterMs);
}

function ceiling(failures: number, firstMs: number, mostMs: number): number {
  return Math.min(mostMs, firstMs * 2 ** Math.min(failures - 1, 30));
}
