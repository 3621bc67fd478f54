import type { Feature } from "./features.ts";

export interface Progress {
  readonly total: number;
  readonly passing: number;
  /** 0 to 100, rounded down so that 100 means all. */
  readonly percent: number;
  /** `[passing, total]`; features without a category count under `uncategorized`. */
  readonly byCategory: Readonly<Record<string, readonly [passing: number, total: number]>>;
}

/** What one session brought. */
export interface SessionWork {
  readonly workingMs: number;
  /** Features passing after it less those passing before it; negative when it broke more than it mended. */
  readonly netPassed: number;
}

/** Net features, over the last sessions. */
export interface Velocity {
  /** Per hour of working time: waits do not count. */
  readonly perHour: number;
  readonly perSession: number;
}

/** Working time until all pass, milliseconds; four times in five it should end between `low` and `high`. */
export interface Eta {
  readonly lowMs: number;
  readonly likelyMs: number;
  readonly highMs: number;
}

/** What can be said of the time that is left. */
export type Forecast =
  /** Nothing is left. */
  | { readonly type: "none" }
  /** After so few sessions any figure would be a guess. */
  | { readonly type: "too-early"; readonly sessions: number }
  /** The last so many sessions brought nothing, net: at this pace it never ends. */
  | { readonly type: "standstill"; readonly sessions: number }
  | { readonly type: "estimate"; readonly eta: Eta };

/** The pace of long ago says little: agents start fast and end on the hard features. */
const recentSessions = 10;
const fewestSessions = 3;
const msPerHour = 3_600_000;
/** Standard deviations on either side that hold 80 % of a normal distribution. */
const spread = 1.28;

export function progressOf(features: readonly Feature[]): Progress {
  const byCategory = new Map<string, [number, number]>();
  let passing = 0;
  for (const feature of features) {
    const category = feature.category ?? "uncategorized";
    const [passed, total] = byCategory.get(category) ?? [0, 0];
    byCategory.set(category, [passed + Number(feature.passes), total + 1]);
    passing += Number(feature.passes);
  }
  return {
    total: features.length,
    passing,
    percent: features.length === 0 ? 0 : Math.floor((100 * passing) / features.length),
    byCategory: Object.fromEntries(byCategory),
  };
}

/** `sessions` oldest first; null while no time has been worked. */
export function velocityOf(sessions: readonly SessionWork[]): Velocity | null {
  const recent = sessions.slice(-recentSessions);
  const workingMs = sum(recent, (session) => session.workingMs);
  if (workingMs <= 0) return null;
  const passed = sum(recent, (session) => session.netPassed);
  return { perHour: (passed * msPerHour) / workingMs, perSession: passed / recent.length };
}

/** `sessions` oldest first. */
export function forecastOf(remaining: number, sessions: readonly SessionWork[]): Forecast {
  if (remaining <= 0) return { type: "none" };
  if (sessions.length < fewestSessions) return { type: "too-early", sessions: sessions.length };
  const eta = etaOf(remaining, sessions);
  if (eta !== null) return { type: "estimate", eta };
  return { type: "standstill", sessions: Math.min(sessions.length, recentSessions) };
}

/** null when it is unknowable: nothing is left, or the last sessions brought nothing. */
export function etaOf(remaining: number, sessions: readonly SessionWork[]): Eta | null {
  const recent = sessions.slice(-recentSessions);
  const workingMs = sum(recent, (session) => session.workingMs);
  const passed = sum(recent, (session) => session.netPassed);
  if (remaining <= 0 || passed <= 0 || workingMs <= 0) return null;

  const perMs = passed / workingMs;
  const likelyMs = remaining / perMs;
  // How far the pace may be off: the scatter between the sessions, at least that of independent events
  // (Poisson), and the same again for the features still to come. Taken on a logarithmic scale, because twice
  // as long is as likely as half as long and the time cannot be negative.
  const scatter = sum(recent, (session) => (session.netPassed - perMs * session.workingMs) ** 2);
  const relativeError = Math.sqrt(Math.max(scatter, passed) / passed ** 2 + 1 / remaining);
  const factor = Math.exp(spread * relativeError);
  return { lowMs: likelyMs / factor, likelyMs, highMs: likelyMs * factor };
}

function sum<Item>(items: readonly Item[], value: (item: Item) => number): number {
  return items.reduce((total, item) => total + value(item), 0);
}
