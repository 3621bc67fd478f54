/** Seeded chance (mulberry32): the same seed gives the same faults. */
export interface Chance {
  /** In [0, 1). */
  next(): number;
  /** Whole, from `from` up to but not including `to`. */
  between(from: number, to: number): number;
  pick<T>(items: readonly T[]): T;
  /** So many of them in random order: each as often as any other, and all before any comes a second time. */
  deal<T>(items: readonly T[], count: number): readonly T[];
}

export function chanceOf(seed: number): Chance {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  const between = (from: number, to: number) => from + Math.floor(next() * (to - from));
  return {
    next,
    between,
    pick(items) {
      const item = items[between(0, items.length)];
      if (item === undefined) throw new Error("nothing to pick from");
      return item;
    },
    deal(items, count) {
      const rounds = Array.from({ length: Math.ceil(count / items.length) }, () =>
        items
          .map((item) => ({ item, at: next() }))
          .sort((a, b) => a.at - b.at)
          .map(({ item }) => item),
      );
      return rounds.flat().slice(0, count);
    },
  };
}
