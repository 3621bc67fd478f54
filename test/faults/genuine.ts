/**
 * (c) The genuine Claude agent against a scripted model that does everything of `abuses.ts`, in random order. Some
 * managers are killed besides; each abuse is done until it has been met.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { EventOf, RunEvent } from "../../src/core/events.ts";
import type { OutcomeType } from "../../src/core/session.ts";
import { type ScriptedCall, startScriptedModel, type Turn } from "../../src/demo/scripted-model.ts";
import { type Abuse, abuses } from "./abuses.ts";
import { type Chance, chanceOf } from "./chance.ts";
import { readList } from "./evidence.ts";
import { inLanes, inLots } from "./lanes.ts";
import { eventsOf } from "./moments.ts";
import { conclude, newTally, type Tally } from "./report.ts";
import {
  isComplete,
  newScene,
  type Ordered,
  runToComplete,
  type Said,
  type Scene,
  startManager,
} from "./scene.ts";

const features = 4;
/** So many in a row are done to the projects of one lane. */
const abusesPerLot = 8;
/** Managers that may end, or be killed, before the abuse is met. */
const patience = 6;
/** A model that asks for the same for ever is cut after a few turns. */
const config = { maxTurns: 6 };

/** `count` abuses: all of them before any comes a second time. */
export async function genuineMisbehaviour(seed: number, count: number, lanes: number): Promise<Tally> {
  const tally = newTally("genuine agent");
  const all = chanceOf(seed).deal(abuses, count);
  const lots = inLots(all, abusesPerLot);
  let sessions = 0;
  await inLanes(lots, lanes, async (lot, index) => {
    let left: readonly Abuse[] = lot;
    for (let project = 0; project < 2 * lot.length && left.length > 0; project += 1) {
      const done = await abuseOneProject(tally, left, seed + 1000 * index + project);
      left = left.slice(done.met);
      sessions += done.sessions;
    }
    for (const { name } of left) tally.failures.push(`genuine agent: "${name}" was not met`);
  });
  const kinds = new Set(all.map(({ name }) => name)).size;
  tally.note = `${kinds} of ${abuses.length} kinds of abuse, ${sessions} sessions`;
  return tally;
}

/** Until all have been met or the project is complete. */
async function abuseOneProject(
  tally: Tally,
  planned: readonly Abuse[],
  seed: number,
): Promise<{ met: number; sessions: number }> {
  const chance = chanceOf(seed);
  const scene = await newScene(features);
  await using model = await startAbusiveModel(scene);
  const genuine = {
    PATH: process.env.PATH ?? "",
    HOME: scene.witness,
    ANTHROPIC_BASE_URL: model.url,
    ANTHROPIC_API_KEY: "scripted",
    CLAUDE_CODE_MAX_RETRIES: "0",
  };
  const said: Said[] = [];
  const complaints: string[] = [];
  let met = 0;
  for (let life = 0; life < patience * planned.length && !isComplete(said.at(-1)); life += 1) {
    const abuse = planned[met];
    if (abuse === undefined) break;
    model.abuse(abuse);
    const before = eventsOf(scene).length;
    const ordered = { genuine: { ...genuine, ...abuse.env }, config: { ...config, ...abuse.config } };
    const last = await liveOrDie(scene, ordered, chance);
    said.push(last);
    const recorded = outcomeOf(eventsOf(scene).slice(before));
    if (abuse.turn === null ? recorded === null : model.served() === 0) continue;
    met += 1;
    const { outcome = recorded } = abuse;
    if (last.type === "end" && recorded !== outcome) {
      complaints.push(`"${abuse.name}" is recorded as ${recorded}, not ${outcome}`);
    }
  }
  model.abuse(null);
  if (!isComplete(said.at(-1))) said.push(...(await runToComplete(scene, { seed, genuine, config })));
  const events = eventsOf(scene);
  const turns = exitsOf(events).reduce((sum, exit) => sum + exit.turns, 0);
  if (turns > model.answers()) complaints.push(`${turns} turns are recorded of ${model.answers()} answers`);
  const names = planned.slice(0, met).map(({ name }) => name);
  const story = `seed ${seed}: ${names.join(", ")}`;
  await conclude(tally, scene, met, said, { listKept: false, complaints, story });
  return { met, sessions: events.filter(({ type }) => type === "session.starting").length };
}

/** One manager for one iteration; some are killed in the middle. */
async function liveOrDie(scene: Scene, ordered: Ordered, chance: Chance): Promise<Said> {
  const manager = startManager(scene, { ...ordered, config: { ...ordered.config, maxIterations: 1 } });
  const kill = () => manager.child.kill("SIGKILL");
  const killer = chance.next() < 0.2 ? setTimeout(kill, chance.between(800, 2500)) : undefined;
  const said = await manager.said;
  clearTimeout(killer);
  return said;
}

/** What became of the first session that was begun in these events; null where none has ended. */
function outcomeOf(events: readonly RunEvent[]): OutcomeType | null {
  const begun = events.find((event) => event.type === "session.starting");
  return exitsOf(events).find(({ number }) => number === begun?.number)?.outcome.type ?? null;
}

function exitsOf(events: readonly RunEvent[]): readonly EventOf<"session.exited">[] {
  return events.filter((event) => event.type === "session.exited");
}

interface AbusiveModel extends AsyncDisposable {
  readonly url: string;
  /** From now on; null: none. */
  abuse(abuse: Abuse | null): void;
  /** How many calls have met the present abuse. */
  served(): number;
  /** How many calls have had an answer at all. */
  answers(): number;
}

/** Honest but for the abuse. */
async function startAbusiveModel(scene: Scene): Promise<AbusiveModel> {
  let abuse: Abuse | null = null;
  let served = 0;
  let answers = 0;
  const model = await startScriptedModel({
    respond(call) {
      let turn = honest(scene, call);
      if (abuse !== null && abuse.turn !== null && served < (abuse.times ?? 1)) {
        turn = abuse.turn(turn);
        served += 1;
      }
      if (!("error" in turn || "hang" in turn)) answers += 1;
      return turn;
    },
  });
  return {
    url: model.url,
    abuse(next) {
      abuse = next;
      served = 0;
    },
    served: () => served,
    answers: () => answers,
    [Symbol.asyncDispose]: () => model.close(),
  };
}

/** Writes the list, or else the first missing file, and claims it. */
function honest(scene: Scene, { messages }: ScriptedCall): Turn {
  const begun = messages.findLastIndex((message) => JSON.stringify(message).includes("Onward session type:"));
  const list = readList(scene);
  if (list === null) return call("Write", { file_path: "feature_list.json", content: firstList() });
  const next = list.find(({ passes }) => !passes);
  const since = JSON.stringify(messages.slice(begun));
  if (next === undefined || since.includes("type: init") || since.includes(claimTool))
    return { text: "done" };
  return existsSync(join(scene.dir, `${next.id}.txt`))
    ? call(claimTool, { id: next.id, evidence: "it is there" })
    : call("Write", { file_path: `${next.id}.txt`, content: "here\n" });
}

const claimTool = "mcp__onward__claim";

function call(name: string, input: Readonly<Record<string, unknown>>): Turn {
  return { tools: [{ name, input }] };
}

function firstList(): string {
  const list = Array.from({ length: features }, (_, index) => {
    const id = `f${index + 1}`;
    return { id, description: `${id}.txt exists`, passes: false, verify: `test -f ${id}.txt` };
  });
  return `${JSON.stringify(list, null, 2)}\n`;
}
