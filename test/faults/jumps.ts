/** (e) The wall clock is set forward and back, by seconds and by days, while waits and sessions are under way. */
import { appendFileSync } from "node:fs";
import { join } from "node:path";
import { openProject } from "../../src/compose.ts";
import { defaults } from "../../src/config/defaults.ts";
import type { Outcome } from "../../src/core/session.ts";
import { clockOn } from "../../src/loop/clock.ts";
import { chanceOf } from "./chance.ts";
import { quickAgent } from "./quick-agent.ts";
import { conclude, newTally, type Tally } from "./report.ts";
import { newScene } from "./scene.ts";

const hour = 3_600_000;
const delayMs = 200;
/** Of the wait for a limit, in which the clock jumps as well, before it comes to the limit's end. */
const limitMs = 1500;
/** A wait looks at the clock once a second. */
const slackMs = 1500;

export async function clockJumps(seed: number, features: number): Promise<Tally> {
  const tally = newTally("clock jumps");
  const chance = chanceOf(seed);
  const scene = await newScene(features);
  let offset = 0;
  let jumps = 0;
  let jumpsInLimit = 0;
  let wait: { readonly since: number; readonly mostMs: number; readonly isLimit: boolean } | null = null;
  let longestWait = 0;
  const clock = clockOn(() => Date.now() + offset);
  /** Between the telling of a limit and its wait: a clock that is days back would make it one that nobody waits for. */
  let steady = false;
  let endOfLimit: NodeJS.Timeout | undefined;
  const jump = () => {
    if (steady) return;
    offset += chance.pick([1, -1]) * chance.pick([5_000, 10 * 60_000, hour, 40 * hour]);
    jumps += 1;
    if (wait?.isLimit === true) jumpsInLimit += 1;
  };
  const limited: Outcome = { type: "usage-limit", detail: "5-hour limit", resetsAt: null };
  const outcome = (session: number): Outcome => {
    steady = session % 3 === 2;
    return steady ? { ...limited, resetsAt: clock.now() + hour } : { type: "done", detail: "" };
  };

  await using project = await openProject({
    dir: scene.dir,
    env: { PATH: process.env.PATH, HOME: scene.witness },
    config: { ...defaults, delayMs, stallMs: 20_000 },
    driver: quickAgent(features, outcome),
    clock,
    onEvent(event) {
      appendFileSync(join(scene.witness, "events.log"), `${JSON.stringify(event)}\n`);
      if (event.type === "wait.started") {
        const isLimit = event.reason === "usage-limit";
        wait = { since: performance.now(), mostMs: (isLimit ? limitMs : delayMs) + slackMs, isLimit };
        steady = false;
        // The limit is over when the clock says so, however it came to say so.
        const toTheEnd = () => {
          steady = true;
          offset = event.until - Date.now() + 1;
        };
        if (isLimit) endOfLimit = setTimeout(toTheEnd, limitMs);
      }
      if (event.type === "wait.ended" && wait !== null) {
        clearTimeout(endOfLimit);
        steady = false;
        const tookMs = performance.now() - wait.since;
        if (tookMs > wait.mostMs) {
          tally.failures.push(`clock jumps: a wait of ${wait.mostMs} ms took ${Math.round(tookMs)} ms (R6)`);
        }
        longestWait = Math.max(longestWait, tookMs);
        wait = null;
      }
    },
  });
  const timer = setInterval(jump, 120);
  const { reason, detail } = await project.start().ended;
  clearInterval(timer);
  if (jumpsInLimit === 0) tally.failures.push("clock jumps: the clock was not set in any wait for a limit");
  await conclude(tally, scene, jumps, [{ type: "end", reason, detail }], { clockJumps: true });
  tally.note = `${jumpsInLimit} in waits for a limit, longest wait ${Math.round(longestWait)} ms`;
  return tally;
}
