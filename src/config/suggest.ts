/** What a person most likely meant by a misspelt name; null when nothing is near. */
export function nearest(word: string, names: readonly string[]): string | null {
  const limit = Math.max(1, Math.floor(word.length * 0.4));
  const near = names
    .map((name) => ({
      name,
      edits: sameButUnit(word, name) ? 0 : edits(word.toLowerCase(), name.toLowerCase()),
    }))
    .filter((candidate) => candidate.edits <= limit)
    .sort((a, b) => a.edits - b.edits);
  return near[0]?.name ?? null;
}

/** `delayMs` for `delay`, `max_cost_usd` for `maxCost`: what other tools call the same thing. */
function sameButUnit(word: string, name: string): boolean {
  const bare = word.toLowerCase().replaceAll(/[-_]/g, "");
  return bare.replace(/(ms|usd|seconds|sec)$/, "") === name.toLowerCase();
}

/** Levenshtein distance, by rows; two neighbours that changed places are one edit. */
function edits(a: string, b: string): number {
  let before: readonly number[] = [];
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 0; i < a.length; i += 1) {
    const next = [i + 1];
    for (let j = 0; j < b.length; j += 1) {
      const replaced = (row[j] ?? 0) + (a[i] === b[j] ? 0 : 1);
      const isSwap = i > 0 && j > 0 && a[i] === b[j - 1] && a[i - 1] === b[j];
      const swapped = isSwap ? (before[j - 1] ?? 0) + 1 : Infinity;
      next.push(Math.min(replaced, swapped, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
    }
    before = row;
    row = next;
  }
  return row.at(-1) ?? 0;
}
