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
/** A wait looks at the clock once a second. */
const slackMs = 1500;

export async function clockJumps(seed: number, features: number): Promise<Tally> {
  const tally = newTally("clock jumps");
  const chance = chanceOf(seed);
  const scene = await newScene(features);
  let offset = 0;
  let jumps = 0;
  let waitedSince: number | null = null;
  let longestWait = 0;
  const clock = clockOn(() => Date.now() + offset);
  /** Not while a limit is told and waited for: a clock that is days back would make it one that nobody waits for. */
  let steady = false;
  const jump = () => {
    if (steady) return;
    offset += chance.pick([1, -1]) * chance.pick([5_000, 10 * 60_000, hour, 40 * hour]);
    jumps += 1;
  };
  const limited: Outcome = { type: "usage-limit", detail: "5-hour limit", resetsAt: null };
  const outcome = (session: number): Outcome => {
    steady = session === 2;
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
        waitedSince = performance.now();
        // The limit is over when the clock says so, however it came to say so.
        if (event.reason === "usage-limit") setTimeout(() => (offset += 2 * hour), 300);
      }
      if (event.type === "wait.ended" && waitedSince !== null) {
        longestWait = Math.max(longestWait, performance.now() - waitedSince);
      }
    },
  });
  const timer = setInterval(jump, 120);
  const { reason, detail } = await project.start().ended;
  clearInterval(timer);
  if (longestWait > delayMs + slackMs) tally.failures.push(`clock jumps: a wait took ${longestWait} ms (R6)`);
  await conclude(tally, scene, jumps, [{ type: "end", reason, detail }], { clockJumps: true });
  tally.note = `longest wait ${Math.round(longestWait)} ms`;
  return tally;
}
