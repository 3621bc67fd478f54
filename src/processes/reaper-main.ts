/** The program of the reaper child; see `reaper.ts`. Reads `watch <marker>` and `forget <marker>`, one a line. */
import { createInterface } from "node:readline";
import { endTree } from "./tree.ts";

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => {});

const watched = new Set<string>();
for await (const line of createInterface({ input: process.stdin })) {
  const [verb, marker] = line.split(" ");
  if (marker === undefined) continue;
  if (verb === "watch") watched.add(marker);
  else watched.delete(marker);
}

// One second to leave by themselves, then SIGKILL: well within R5. What survives even that, nobody can end.
await Promise.allSettled([...watched].map((marker) => endTree({ pid: null, marker })));
