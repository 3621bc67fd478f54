/** (c) Agents that misbehave in every way that we know of, in random order: the abused one, and the genuine one. */
import { chanceOf } from "./chance.ts";
import { genuineMisbehaviour } from "./genuine.ts";
import { inLanes } from "./lanes.ts";
import { conclude, newTally, type Tally } from "./report.ts";
import { newScene, runToComplete } from "./scene.ts";

/** The ways of `agent.ts`; the last ones are outcomes that the model's side causes. */
const ways = [
  ...[
    "honest",
    "idle",
    "false-claim",
    "torn-list",
    "no-list",
    "rewritten-list",
    "linked-list",
    "linked-notes",
  ],
  ...["crash", "killed", "silent", "deaf", "orphans", "pipe-holder", "closed-stdout", "flood", "garbage"],
  ...["git-lock", "no-git", "max-turns", "context-full", "refused"],
  ...["usage-limit", "rate-limited", "overloaded", "network", "auth", "billing", "not-found"],
];

export async function misbehaviour(seed: number, sessions: number, lanes: number): Promise<readonly Tally[]> {
  const perProject = 20;
  const tally = newTally("agent misbehaves");
  const projects = Array.from({ length: Math.ceil(sessions / perProject) }, (_, index) => index);
  await inLanes(projects, lanes, async (project) => {
    const chance = chanceOf(seed + project);
    const scene = await newScene(5);
    const modes = Array.from({ length: perProject }, () => chance.pick(ways));
    // No waiting: a limit ends the run, and the next manager begins another.
    const config = { stallMs: 400, maxWaitMs: 0, waitForReset: false };
    const said = [];
    for (const [index, mode] of modes.entries()) {
      const seeded = { seed: seed + index, modes: [mode], config: { ...config, maxIterations: 1 } };
      said.push(...(await runToComplete(scene, seeded, 1)));
    }
    said.push(...(await runToComplete(scene, { seed, config })));
    await conclude(tally, scene, perProject, said, {
      refsKept: !modes.includes("no-git"),
      notesKept: !modes.includes("linked-notes"),
    });
  });
  return [tally, await genuineMisbehaviour(seed, Math.max(4, Math.floor(sessions / 12)))];
}
