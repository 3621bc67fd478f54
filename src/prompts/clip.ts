/** Texts in a bounded number of bytes. */

export function bytesOf(text: string): number {
  return new TextEncoder().encode(text).length;
}

/** At most `bytes` of UTF-8, cut at a character, with the mark where it was cut. */
export function clip(text: string, bytes: number, mark = " …"): string {
  const all = new TextEncoder().encode(text);
  if (all.length <= bytes) return text;
  const kept = all.subarray(0, Math.max(0, bytes - bytesOf(mark)));
  return `${new TextDecoder().decode(kept).replace(/\uFFFD+$/, "")}${mark}`;
}

/** The same from the end: what was written last is what matters in a log. */
export function clipStart(text: string, bytes: number): string {
  const all = new TextEncoder().encode(text);
  if (all.length <= bytes) return text;
  return `… ${new TextDecoder().decode(all.subarray(all.length - bytes + 4)).replace(/^\uFFFD+/, "")}`;
}

export interface Claim {
  readonly wanted: number;
  /** Granted in any case, as far as it is wanted. */
  readonly bytes: number;
  /** The smaller, the sooner it gets of what the others leave over. */
  readonly rank: number;
}

/** How much of `room` each gets, in the order of the claims. The sum of all `bytes` must fit. */
export function share(room: number, claims: readonly Claim[]): readonly number[] {
  const granted = claims.map(({ wanted, bytes }) => Math.min(wanted, bytes));
  let left = room - granted.reduce((sum, bytes) => sum + bytes, 0);
  for (const [index, { wanted }] of [...claims.entries()].toSorted(([, a], [, b]) => a.rank - b.rank)) {
    const more = Math.min(left, wanted - (granted[index] ?? 0));
    granted[index] = (granted[index] ?? 0) + more;
    left -= more;
  }
  return granted;
}
