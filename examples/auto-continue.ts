/**
 * Onward as a library: says what a project needs, then works on it until it is complete or ten dollars are spent.
 *
 *   node examples/auto-continue.ts path/to/project
 */
import { autoContinue, detectSessionType, OnwardError } from "onward";

const dir = process.argv[2] ?? process.cwd();
const stop = new AbortController();
process.once("SIGINT", () => stop.abort());

try {
  console.log((await detectSessionType(dir)) === "init" ? "A new project." : "Going on.");

  const sessions = autoContinue(dir, { maxCostUsd: 10, delayMs: 0, signal: stop.signal });
  for (;;) {
    const next = await sessions.next();
    if (next.done) {
      console.log(`${next.value.reason}: ${next.value.detail}`);
      break;
    }
    const { number, sessionType, outcome, passed, features } = next.value;
    const news = passed.length === 0 ? "nothing new" : passed.join(", ");
    console.log(
      `session ${number} (${sessionType}, ${outcome.type}): ${news}; ${features.passing}/${features.total}`,
    );
  }
} catch (error) {
  if (!(error instanceof OnwardError)) throw error;
  console.error(error.hint === undefined ? error.message : `${error.message}\n${error.hint}`);
  process.exitCode = 1;
}
