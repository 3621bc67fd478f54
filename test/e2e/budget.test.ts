/** What a run has spent is the same number for every manager it has (R3), and its caps hold over all of them (R4). */
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test, vi } from "vitest";
import type { RunState } from "../../src/core/run.ts";
import { totalTokens } from "../../src/core/session.ts";
import type { ScriptedCall, Turn } from "../../src/demo/scripted-model.ts";
import { sqliteJournal } from "../../src/journals/sqlite.ts";
import { readState } from "../../src/loop/ledger.ts";
import { statePaths } from "../../src/project/paths.ts";
import { type Onward, type Stage, stage } from "./onward.ts";

vi.setConfig({ testTimeout: 120_000 });

/** Each answer costs the same. */
const usage = { input_tokens: 10_000, output_tokens: 1_000 };
const tokensPerTurn = 11_000;
const list = '[{"id": "a", "description": "a.txt exists", "passes": false, "verify": "test -f a.txt"}]\n';
const stuck: Turn = {
  tools: [{ name: "Bash", input: { command: "timeout 60 tail -f app_spec.txt" } }],
  usage,
};
const busy: Turn = { tools: [{ name: "Bash", input: { command: "true" } }], usage };

/** The first session writes the list; the second one answers twice and hangs in a tool; what resumes it never ends. */
function script(): (call: ScriptedCall) => Turn {
  const turns: Turn[] = [
    { tools: [{ name: "Write", input: { file_path: "feature_list.json", content: list } }], usage },
    { text: "done", usage },
    busy,
    stuck,
  ];
  return () => turns.shift() ?? busy;
}

async function runOf({ dir }: Stage): Promise<RunState> {
  await using journal = await sqliteJournal({ file: statePaths(dir).journal, readOnly: true });
  const { run } = (await readState(journal)).state;
  if (run === null) throw new Error("no run");
  return run;
}

const spent = ({ iterations, costUsd, usage: tokens, activeMs }: RunState) => ({
  iterations,
  costUsd,
  tokens: totalTokens(tokens),
  activeMs,
});

async function cutInSecondSession(): Promise<{ project: Stage; before: RunState }> {
  const project = await stage({ respond: script(), side: { text: "ok", usage: noTokens } });
  const run = project.onward("run", project.dir, "--delay", "0s", "--json", "--max-iterations", "20");
  await hanging(run);
  const before = await runOf(project);
  run.process.kill("SIGKILL");
  await run.exit;
  return { project, before };
}

const noTokens = { input_tokens: 0, output_tokens: 0 };

/** Its second turn is told when the tool has begun. */
async function hanging(run: Onward): Promise<void> {
  await run.waitFor(({ type, number, turn }) => type === "turn" && number === 2 && turn === 2);
  await vi.waitFor(() => expect(run.events.filter(({ type }) => type === "tool")).toHaveLength(3), {
    timeout: 20_000,
  });
}

test("after kill -9 the next manager counts what the cut session spent, once, and no time in between", async () => {
  const { project, before } = await cutInSecondSession();
  expect(spent(before)).toMatchObject({ iterations: 1, tokens: 2 * tokensPerTurn });
  expect(spent(await runOf(project))).toEqual(spent(before));
  await sleep(3_000);

  // The cut session is the second iteration: nothing is left.
  const next = project.onward("run", project.dir, "--delay", "0s", "--json", "--max-iterations", "2");
  expect(await next.exit, next.stderr()).toBe(3);
  const after = await runOf(project);
  expect(after.id).toBe(before.id);
  expect(spent(after)).toMatchObject({ iterations: 2, tokens: 4 * tokensPerTurn });
  expect(project.model.calls()).toHaveLength(4);
  // Estimated, at the dearest price where the agent could not tell: never less than it was.
  const perTurn = before.costUsd / 2;
  expect(after.costUsd).toBeGreaterThanOrEqual(4 * perTurn - 1e-9);
  expect(after.costUsd).toBeLessThan(5 * perTurn);
  const begun = before.phase.type === "session" ? before.phase.session.startingAt : 0;
  const ended = after.phase.type === "ended" ? after.phase.at : 0;
  expect(after.activeMs).toBeGreaterThan(before.activeMs);
  expect(after.activeMs).toBeLessThan(before.activeMs + (ended - begun) - 2_900);
});

test("--max-cost holds to the turn in the conversation that is resumed after kill -9", async () => {
  const { project, before } = await cutInSecondSession();
  const perTurn = before.costUsd / 2;
  // What the cut session cost is found by the manager; room for two and a half turns is left beyond it.
  const estimatedPerTurn = (10_000 * 5 + 1_000 * 25) / 1e6;
  const cut = 2 * estimatedPerTurn;
  const cap = before.costUsd + cut + 2.5 * perTurn;
  const next = project.onward(
    ...["run", project.dir, "--delay", "0s", "--json", "--max-cost", cap.toFixed(4)],
  );
  expect(await next.exit, next.stderr()).toBe(3);
  const sessions = next.events.filter(({ type }) => type === "session.started");
  expect(sessions).toHaveLength(1);
  expect(sessions[0]).toMatchObject({ number: 3 });
  const after = await runOf(project);
  expect(after.costUsd).toBeCloseTo(before.costUsd + cut + 3 * perTurn, 6);
  expect(project.model.calls()).toHaveLength(4 + 3);
  expect(totalTokens(after.usage)).toBe(7 * tokensPerTurn);
  expect(after.phase).toMatchObject({
    type: "ended",
    reason: "limit",
    detail: expect.stringMatching(/max cost/),
  });
});

test("--max-tokens too", async () => {
  const { project } = await cutInSecondSession();
  const next = project.onward(
    ...["run", project.dir, "--delay", "0s", "--json", "--max-tokens", String(6 * tokensPerTurn)],
  );
  expect(await next.exit, next.stderr()).toBe(3);
  expect(totalTokens((await runOf(project)).usage)).toBe(6 * tokensPerTurn);
  expect(project.model.calls()).toHaveLength(6);
});
