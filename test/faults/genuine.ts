/** (c) The genuine Claude agent against a scripted model that does the terrible things of `facts` in random order. */
import type { ScriptedCall, Turn } from "../../src/demo/scripted-model.ts";
import { startScriptedModel } from "../../src/demo/scripted-model.ts";
import { chanceOf } from "./chance.ts";
import { conclude, newTally, type Tally } from "./report.ts";
import { newScene, runToComplete, type Said, startManager } from "./scene.ts";

const features = 2;

export async function genuineMisbehaviour(seed: number, sessions: number): Promise<Tally> {
  const tally = newTally("genuine agent");
  const chance = chanceOf(seed);
  const scene = await newScene(features);
  let abuse: Turn | null = null;
  await using model = await startScriptedModel({ respond: (call) => abuse ?? honest(call) });
  const genuine = {
    PATH: process.env.PATH ?? "",
    HOME: scene.witness,
    ANTHROPIC_BASE_URL: model.url,
    ANTHROPIC_API_KEY: "scripted",
    CLAUDE_CODE_MAX_RETRIES: "0",
  };
  // A model that asks for the same for ever is cut after a few turns.
  const config = { maxWaitMs: 0, waitForReset: false, stallMs: 3000, toolMaxMs: 3000, maxTurns: 5 };
  const said: Said[] = [];
  for (let session = 0; session < sessions; session += 1) {
    abuse = chance.pick(abuses);
    const manager = startManager(scene, { seed, genuine, config: { ...config, maxIterations: 1 } });
    // Some of them are killed in the middle besides.
    const killer =
      chance.next() < 0.3
        ? setTimeout(() => manager.child.kill("SIGKILL"), chance.between(800, 2500))
        : undefined;
    said.push(await manager.said);
    clearTimeout(killer);
  }
  abuse = null;
  said.push(...(await runToComplete(scene, { seed, genuine, config })));
  await conclude(tally, scene, sessions, said, { listKept: false });
  return tally;
}

const leaveBehind =
  "setsid sh -c 'trap \"\" TERM; while :; do read -r x < /dev/zero; done' > /dev/null 2>&1 & echo started";

const abuses: readonly Turn[] = [
  { error: { status: 500, message: "internal" } },
  { error: { status: 529, message: "overloaded" } },
  { error: { status: 429, message: "slow down", headers: { "retry-after": "600" } } },
  { error: { status: 401, message: "invalid x-api-key" } },
  { error: { status: 404, message: "model: nosuch" } },
  { text: "I refuse to say more than this." },
  { tools: [{ name: "Bash", input: { command: leaveBehind } }] },
  { tools: [{ name: "Bash", input: { command: "timeout 60 tail -f /dev/null" } }] },
  { tools: [{ name: "Write", input: { file_path: "feature_list.json", content: "[" } }] },
  { tools: [{ name: "Write", input: { file_path: ".onward/journal.db", content: "" } }] },
  { tools: [{ name: "Bash", input: { command: "kill -9 $PPID" } }] },
  { tools: [{ name: "NoSuchTool", input: {} }] },
];

const list = (passes: Readonly<Record<string, boolean>>) =>
  `${JSON.stringify(
    ["f1", "f2"].map((id) => ({
      id,
      description: `${id}.txt exists`,
      passes: passes[id] ?? false,
      verify: `test -f ${id}.txt`,
    })),
    null,
    2,
  )}\n`;

/** Writes the list, or else the first missing file, and claims it. */
function honest({ messages }: ScriptedCall): Turn {
  const begun = messages.findLastIndex((message) => JSON.stringify(message).includes("Onward session type:"));
  const round = messages.slice(begun).filter(({ role }) => role === "assistant").length;
  const prompt = JSON.stringify(messages[begun]);
  if (prompt.includes("type: init")) {
    if (round > 0) return { text: "done" };
    return { tools: [{ name: "Write", input: { file_path: "feature_list.json", content: list({}) } }] };
  }
  const id = prompt.includes("1 of 2 features pass") ? "f2" : "f1";
  if (round === 0) {
    return {
      tools: [
        { name: "Write", input: { file_path: `${id}.txt`, content: "here\n" } },
        { name: "Read", input: { file_path: "feature_list.json" } },
      ],
    };
  }
  if (round > 1) return { text: "done" };
  const old = `"passes": false,\n    "verify": "test -f ${id}.txt"`;
  return {
    tools: [
      {
        name: "Edit",
        input: { file_path: "feature_list.json", old_string: old, new_string: old.replace("false", "true") },
      },
    ],
  };
}
