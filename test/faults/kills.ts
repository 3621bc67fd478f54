/**
 * (a) SIGKILL: of the manager at every event of a recorded run, and, at random instants of every kind of work, of
 * the manager, the agent, both, the reaper, and what they have started.
 */
import { appendFileSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Config } from "../../src/config/config.ts";
import { defaults } from "../../src/config/defaults.ts";
import { type Chance, chanceOf } from "./chance.ts";
import { inLanes, inLots } from "./lanes.ts";
import { eventsOf, type Moment, momentOf, post } from "./moments.ts";
import { conclude, newTally, type Tally } from "./report.ts";
import {
  isComplete,
  type Managing,
  newScene,
  type Ordered,
  runToComplete,
  type Said,
  type Scene,
  startManager,
} from "./scene.ts";
import { findVictims, type Victim } from "./victims.ts";

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
    const said = [first, ...(await runToComplete(scene, { seed }))];
    await conclude(tally, scene, 1, said, { story: `killed after event ${dieAfter}` });
  });
  tally.note = `${events} events in the recorded run`;
  return tally;
}

interface Kill {
  readonly victim: Victim;
  /** `any`: some time after the manager's start, before it has the project too. */
  readonly moment: Moment | "any";
}

/** Who can be met where. */
const places: Readonly<Record<Victim, readonly Kill["moment"][]>> = {
  manager: ["any", "any", "session", "wait", "pause", "verification"],
  stop: ["session", "wait", "pause", "verification"],
  agent: ["session"],
  "agent and manager": ["session"],
  reaper: ["session", "wait", "pause"],
  grandchild: ["session", "verification"],
};
const everyKill: readonly Kill[] = Object.entries(places).flatMap(([victim, moments]) =>
  moments.map((moment) => ({ victim: victim as Victim, moment })),
);

/** So many kills a lane takes at once; their managers have a project until it is complete, and then another. */
const killsPerLot = 15;
const features = 12;
const modes = ["honest", "slow", "tool", "tool", "orphans", "throttled", "limited"];
const config: Partial<Config> = {
  delayMs: 150,
  // Whatever is checked is set up first, so that checking takes its time.
  verify: { ...defaults.verify, setup: "sleep 0.3" },
};

export async function killAtRandom(seed: number, kills: number, lanes: number): Promise<Tally> {
  const tally = newTally("kill at random");
  const all = chanceOf(seed).deal(everyKill, kills);
  const lots = inLots(all, killsPerLot);
  await inLanes(lots, lanes, async (lot, index) => {
    let left: readonly Kill[] = lot;
    // Each project meets one of them at least.
    for (let project = 0; project < lot.length && left.length > 0; project += 1) {
      left = await killInOneProject(tally, left, seed + 1000 * index + project);
    }
  });
  if (tally.injected !== kills) tally.failures.push(`kill at random: ${tally.injected} of ${kills} were met`);
  tally.note = [countBy(all, "victim"), countBy(all, "moment")].join("; ");
  return tally;
}

/** One manager, and whether it has said its last. */
interface Life {
  readonly manager: Managing;
  /** How many events others had acknowledged before it. */
  readonly eventsBefore: number;
  readonly slow: boolean;
  over: boolean;
}

/** Answers the kills that are left when the project is complete. */
async function killInOneProject(
  tally: Tally,
  planned: readonly Kill[],
  seed: number,
): Promise<readonly Kill[]> {
  const chance = chanceOf(seed);
  const scene = await newScene(features);
  const said: Said[] = [];
  const met: Kill[] = [];
  const mostLives = 4 * planned.length + 12;
  while (!isComplete(said.at(-1)) && said.length < mostLives) {
    const rest = met.length === planned.length ? {} : { modes, config };
    const life = beginLife(scene, { ...rest, seed: chance.between(0, 1e9) });
    while (!life.over) {
      const kill = planned[met.length];
      if (kill === undefined) await hurryOn(scene, life);
      else if (await strike(scene, life, kill, chance)) met.push(kill);
    }
    said.push(await life.manager.said);
  }
  const story = met.map(({ victim, moment }) => `${victim} at ${moment}`).join(", ");
  await conclude(tally, scene, met.length, said, { story: `seed ${seed}: ${story}` });
  return planned.slice(met.length);
}

function beginLife(scene: Scene, ordered: Ordered): Life {
  const eventsBefore = eventsOf(scene).length;
  const slow = ordered.config !== undefined;
  const life = { manager: startManager(scene, ordered), slow, eventsBefore, over: false };
  void life.manager.said.then(() => {
    life.over = true;
  });
  return life;
}

/** False when the manager ended before the kill was met. */
async function strike(scene: Scene, life: Life, { victim, moment }: Kill, chance: Chance): Promise<boolean> {
  const anywhen = moment === "any";
  if (anywhen) await Promise.race([sleep(chance.between(0, 1500)), life.manager.said]);
  while (!life.over) {
    const now = momentInLife(scene, life);
    if (anywhen || now === moment) {
      // Somewhere in it, which may be over by then.
      if (!anywhen) await sleep(chance.between(0, 120));
      const dead = anywhen || momentOf(scene) === moment ? strikeNow(victim, scene, life) : [];
      if (dead.length > 0) return !dead.includes(life.manager.child.pid ?? 0) || fell(life);
    } else if (now === "pause") await ask(scene, life, "resume");
    else if (moment === "pause" && (now === "session" || now === "wait")) await ask(scene, life, "pause");
    await Promise.race([sleep(now === moment ? 5 : 25), life.manager.said]);
  }
  return false;
}

/** A manager looks for what is asked five times a second. */
async function ask(scene: Scene, life: Life, what: "pause" | "resume"): Promise<void> {
  await post(scene, what);
  await Promise.race([sleep(300), life.manager.said]);
}

/** Who was met; nobody where one of them was gone. */
function strikeNow(victim: Victim, scene: Scene, life: Life): readonly number[] {
  const victims = findVictims(victim, scene, life.manager);
  const name = victim === "stop" ? "SIGTERM" : "SIGKILL";
  const all = victims.map((pid) => signal(pid, name)).every(Boolean);
  if (all) appendFileSync(join(scene.witness, "kills.log"), `${Date.now()} ${victim} ${victims.join(" ")}\n`);
  return all ? victims : [];
}

/** Whether it ended by what was done to it, and not of itself in the same moment. */
async function fell(life: Life): Promise<boolean> {
  const said = await life.manager.said;
  life.over = true;
  return said.type === "dead" || (said.type === "end" && said.reason === "interrupted");
}

/** Nobody is to be killed any more: the one that takes its time makes way for one that does not. */
async function hurryOn(scene: Scene, life: Life): Promise<void> {
  const now = momentInLife(scene, life);
  if (now === "pause") await ask(scene, life, "resume");
  else if (life.slow && now !== null) life.manager.child.kill("SIGTERM");
  await Promise.race([sleep(200), life.manager.said]);
}

/** null until the manager itself has come to it. */
function momentInLife(scene: Scene, life: Life): Moment | null {
  return eventsOf(scene).length > life.eventsBefore ? momentOf(scene) : null;
}

function signal(pid: number, name: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, name);
  } catch {
    return false; // it has ended meanwhile
  }
}

function countBy(kills: readonly Kill[], what: keyof Kill): string {
  const counts = Map.groupBy(kills, (kill) => kill[what]);
  return [...counts].map(([name, of]) => `${name} ${of.length}`).join(", ");
}
