/** Works off jobs, so many at a time. */
export async function inLanes<T>(
  jobs: readonly T[],
  lanes: number,
  work: (job: T, index: number) => Promise<void>,
): Promise<void> {
  const waiting = [...jobs.entries()];
  const lane = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) await work(next[1], next[0]);
  };
  await Promise.all(Array.from({ length: lanes }, lane));
}

/** The same, in lots of at most `size`. */
export function inLots<T>(items: readonly T[], size: number): readonly (readonly T[])[] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  );
}
