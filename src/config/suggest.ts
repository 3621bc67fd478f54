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

/** Levenshtein distance, by rows. */
function edits(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (const [i, letter] of [...a].entries()) {
    const next = [i + 1];
    for (const [j, other] of [...b].entries()) {
      const replaced = (row[j] ?? 0) + (letter === other ? 0 : 1);
      next.push(Math.min(replaced, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
