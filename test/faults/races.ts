/** (d) Two to eight managers at once for one project, some of them killed while they have it (R1). */
import { setTimeout as sleep } from "node:timers/promises";
import { chanceOf } from "./chance.ts";
import { conclude, newTally, type Tally } from "./report.ts";
import { newScene, runToComplete, type Said, startManager } from "./scene.ts";

export async function races(seed: number, crowds: readonly number[]): Promise<Tally> {
  const tally = newTally("managers race");
  let refused = 0;
  for (const [index, crowd] of crowds.entries()) {
    const chance = chanceOf(seed + index);
    const scene = await newScene(3);
    const all: Said[] = [];
    for (let round = 0; round < 2; round += 1) {
      const managers = Array.from({ length: crowd }, () => startManager(scene, { seed, modes: ["slow"] }));
      await sleep(chance.between(300, 1500));
      // Whoever it meets: mostly one that waits or was refused, sometimes the one that holds the project.
      for (const manager of managers) if (chance.next() < 0.4) manager.child.kill("SIGKILL");
      all.push(...(await Promise.all(managers.map(({ said }) => said))));
    }
    refused += all.filter((said) => said.type === "error" && said.code === "project-held").length;
    const strange = all.filter((said) => said.type === "error" && said.code !== "project-held");
    for (const said of strange) tally.failures.push(`managers race: ${scene.dir}: ${JSON.stringify(said)}`);
    all.push(...(await runToComplete(scene, { seed })));
    await conclude(tally, scene, 2 * crowd, all);
  }
  tally.note = `${refused} told that the project is held`;
  return tally;
}
