/**
 * Reads a usage limit and its reset time from an agent's own words, for agents and versions that give nothing
 * else. To be asked only about the agent's last word on a failed turn, never about the output of a tool, the
 * content of a file or what a model said: any of these may quote such a sentence.
 */
export interface WordedLimit {
  /** Epoch ms; null when the words do not say. */
  readonly resetsAt: number | null;
}

/** Wordings seen of Claude Code, Codex and Gemini; a rate limit (requests a minute) is none of them. */
const limitWords: readonly RegExp[] = [
  /\b(?:hit|reached|exceeded) your (?:[\w-]+ ){0,3}(?:limit|quota)\b/i,
  /\b(?:5-hour|five-hour|weekly|daily|usage|session|opus|sonnet) limit (?:has been )?(?:reached|hit|exceeded)\b/i,
  /\busage limit reached\b/i,
  /\bout of (?:extra )?usage\b/i,
];

/** Null when the text speaks of no usage limit. `now` in epoch ms; `timeZone` is where a bare hour is meant. */
export function readWordedLimit(text: string, now: number, timeZone: string): WordedLimit | null {
  if (!limitWords.some((words) => words.test(text))) return null;
  return { resetsAt: epochMark(text) ?? duration(text, now) ?? clockTime(text, now, timeZone) };
}

/** `Claude AI usage limit reached|1767225600` */
function epochMark(text: string): number | null {
  const seconds = /\|(\d{10})\b/.exec(text)?.[1];
  return seconds === undefined ? null : Number(seconds) * 1000;
}

/** `try again in 1 day 3 hours 12 minutes`, `will reset after 5h20m`, `resets in 34s` */
function duration(text: string, now: number): number | null {
  const words = /\b(?:in|after)\s+((?:\d+(?:\.\d+)?\s*[a-z]+[\s,]*(?:and\s+)?)+)/i.exec(text)?.[1];
  if (words === undefined) return null;
  const units: Readonly<Record<string, number>> = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1000 };
  let ms = 0;
  for (const [, count, unit = ""] of words.matchAll(
    /(\d+(?:\.\d+)?)\s*(d|h|m|s)(?:ays?|ours?|rs?|inutes?|ins?|econds?|ecs?)?(?![a-z])/gi,
  )) {
    ms += Number(count) * (units[unit.toLowerCase()] ?? 0);
  }
  return ms === 0 ? null : now + ms;
}

/** `resets 3pm`, `resets at 10:30am (Europe/Berlin)`, `resets Oct 9 at 10am`, `reset at 19:00` */
function clockTime(text: string, now: number, ownZone: string): number | null {
  const found =
    /\bresets?\s+(?:at\s+|on\s+)?(?:([A-Z][a-z]{2})[a-z]*\.?\s+(\d{1,2})(?:\s+at|,)?\s+)?(?:at\s+)?(\d{1,2})(?::(\d{2}))?\s*([ap]m)?(?:\s*\(([\w/+-]+)\))?/i.exec(
      text,
    );
  if (found === null) return null;
  const [, month, day, hour, minute, half, zone] = found;
  if (half === undefined && minute === undefined) return null;
  const place = isTimeZone(zone) ? zone : ownZone;
  const hours = (Number(hour) % (half === undefined ? 24 : 12)) + (half?.toLowerCase() === "pm" ? 12 : 0);
  for (let ahead = 0; ahead <= 366; ahead++) {
    const at = wallClock(now + ahead * 86_400_000, hours, Number(minute ?? 0), place);
    const isThatDay = month === undefined || dayIn(at, place) === `${month.slice(0, 3)} ${Number(day)}`;
    if (at > now && isThatDay) return at;
  }
  return null;
}

/** The moment when the clocks of `timeZone` show this time on the day that `around` falls on there. */
function wallClock(around: number, hours: number, minutes: number, timeZone: string): number {
  const { year, month, day } = partsIn(around, timeZone);
  const asUtc = Date.UTC(year, month - 1, day, hours, minutes);
  const shown = partsIn(asUtc, timeZone);
  return asUtc - (Date.UTC(shown.year, shown.month - 1, shown.day, shown.hour, shown.minute) - asUtc);
}

function partsIn(at: number, timeZone: string) {
  const format = new Intl.DateTimeFormat("en-US", {
    timeZone,
    hourCycle: "h23",
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
  });
  const parts = new Map(format.formatToParts(at).map(({ type, value }) => [type, Number(value)]));
  const part = (name: Intl.DateTimeFormatPartTypes) => parts.get(name) ?? 0;
  return {
    year: part("year"),
    month: part("month"),
    day: part("day"),
    hour: part("hour"),
    minute: part("minute"),
  };
}

function dayIn(at: number, timeZone: string): string {
  return new Intl.DateTimeFormat("en-US", { timeZone, month: "short", day: "numeric" }).format(at);
}

function isTimeZone(zone: string | undefined): zone is string {
  if (zone === undefined) return false;
  try {
    new Intl.DateTimeFormat("en-US", { timeZone: zone });
    return true;
  } catch {
    return false;
  }
}
