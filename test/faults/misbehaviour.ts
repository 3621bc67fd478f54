/** (c) An agent that misbehaves in every way that we know of, in random order; `genuine.ts` has the genuine one. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { chanceOf } from "./chance.ts";
import { inLanes } from "./lanes.ts";
import { conclude, newTally, type Tally } from "./report.ts";
import { isComplete, newScene, runToComplete, type Said, type Scene } from "./scene.ts";

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

export async function misbehaviour(seed: number, sessions: number, lanes: number): Promise<Tally> {
  const perProject = 10;
  const tally = newTally("agent misbehaves");
  const projects = Array.from({ length: Math.ceil(sessions / perProject) }, (_, index) => index);
  await inLanes(projects, lanes, async (project) => {
    const chance = chanceOf(seed + project);
    const scene = await newScene(8);
    // No waiting: a limit ends the run, and the next manager begins another.
    const config = {
      stallMs: 400,
      maxWaitMs: 0,
      waitForReset: false,
      regression: { type: "sample", size: 2 },
    } as const;
    const said: Said[] = [];
    while (startsOf(scene).length < perProject && !isComplete(said.at(-1))) {
      const ordered = { seed: chance.between(0, 1e9), modes: ways, config: { ...config, maxIterations: 5 } };
      said.push(...(await runToComplete(scene, ordered, 1)));
    }
    const met = startsOf(scene);
    said.push(...(await runToComplete(scene, { seed, config })));
    await conclude(tally, scene, met.length, said, {
      refsKept: !met.some((line) => line.endsWith(" no-git")),
      listKept: false,
      notesKept: !met.some((line) => line.endsWith(" linked-notes")),
    });
  });
  return tally;
}

function startsOf(scene: Scene): readonly string[] {
  const log = join(scene.witness, "agents.log");
  return existsSync(log)
    ? readFileSync(log, "utf8")
        .split("\n")
        .filter((line) => line.includes(" START "))
    : [];
}
