/** (a) SIGKILL of the manager: at every event of a recorded run, and at random instants. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { chanceOf } from "./chance.ts";
import { inLanes } from "./lanes.ts";
import { conclude, newTally, type Tally } from "./report.ts";
import { newScene, runToComplete, type Said, startManager } from "./scene.ts";

const modes = ["honest", "slow", "orphans"];

/** Every `step`th boundary. The events of a run do not depend on chance here. */
export async function killAtEvents(seed: number, step: number, lanes: number): Promise<Tally> {
  const tally = newTally("kill at every event");
  const recorded = await newScene(2);
  await startManager(recorded, { seed }).said;
  const events = readFileSync(join(recorded.witness, "events.log"), "utf8").split("\n").length - 1;
  await recorded.remove();
  const boundaries = Array.from({ length: Math.floor(events / step) }, (_, index) => 1 + index * step);
  await inLanes(boundaries, lanes, async (dieAfter) => {
    const scene = await newScene(2);
    const first = await startManager(scene, { seed, dieAfter }).said;
    await conclude(tally, scene, 1, [first, ...(await runToComplete(scene, { seed }))]);
  });
  tally.note = `${events} events in the recorded run`;
  return tally;
}

/** Several kills a project, each in a later life of its manager. */
export async function killAtRandom(
  seed: number,
  kills: number,
  longestLifeMs: number,
  lanes: number,
): Promise<Tally> {
  const tally = newTally("kill at random");
  const perProject = 15;
  const projects = Array.from({ length: Math.ceil(kills / perProject) }, (_, index) => index);
  await inLanes(projects, lanes, async (project) => {
    const chance = chanceOf(seed + project);
    const scene = await newScene(4);
    const said: Said[] = [];
    for (let kill = 0; kill < perProject; kill += 1) {
      const manager = startManager(scene, { seed: seed + kill, modes });
      await sleep(chance.between(100, longestLifeMs));
      manager.child.kill("SIGKILL");
      said.push(await manager.said);
    }
    said.push(...(await runToComplete(scene, { seed, modes })));
    const met = said.filter(({ type }) => type === "dead").length;
    await conclude(tally, scene, met, said);
  });
  return tally;
}
