const unitMs = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
/** Longer ones are typing errors. */
const longestMs = 365 * unitMs.d;

/** What is said when a duration cannot be read. */
export const durationForm = 'a duration such as "90s", "10m", "1h30m" or "2h"';

/**
 * Milliseconds of `"500ms"`, `"3s"`, `"1.5h"`, `"1h30m"`, or null. A bare number is refused, but for 0, because
 * nobody can tell whether it means seconds or milliseconds.
 */
export function parseDuration(text: string): number | null {
  if (text.trim() === "0") return 0;
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)\s*(ms|s|m|h|d)\s*/gy)];
  const length = parts.reduce((sum, part) => sum + part[0].length, 0);
  if (parts.length === 0 || length !== text.length) return null;
  const ms = parts.reduce(
    (sum, [, amount, unit]) => sum + Number(amount) * unitMs[unit as keyof typeof unitMs],
    0,
  );
  return ms <= longestMs ? Math.round(ms) : null;
}

/** The shortest exact form: `3s`, `1h30m`, `250ms`; `0s` for nothing. `parseDuration` reads it back. */
export function formatDuration(ms: number): string {
  if (ms === 0) return "0s";
  let left = Math.round(ms);
  let text = "";
  for (const unit of ["d", "h", "m", "s", "ms"] as const) {
    const amount = Math.floor(left / unitMs[unit]);
    left -= amount * unitMs[unit];
    if (amount > 0) text += `${amount}${unit}`;
  }
  return text;
}

/** For people: the two largest units at most, rounded: `2h 14m`, `3m 05s`, `41s`, `180ms`. */
export function roughDuration(ms: number): string {
  if (ms > 0 && ms < 1000) return `${Math.round(ms)}ms`;
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 60) return `${seconds}s`;
  const two = (n: number) => String(n).padStart(2, "0");
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m ${two(seconds % 60)}s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 24 * 60) return `${Math.floor(minutes / 60)}h ${two(minutes % 60)}m`;
  const hours = Math.round(minutes / 60);
  return `${Math.floor(hours / 24)}d ${two(hours % 24)}h`;
}
