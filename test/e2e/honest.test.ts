/**
 * An honest agent: the genuine program claims forty features one after the other, in the order of their
 * dependencies, which is not that of the list. Nothing of what surrounds it may stand in its way.
 */
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import type { ScriptedCall, Turn } from "../../src/demo/scripted-model.ts";
import { stage } from "./onward.ts";

vi.setConfig({ testTimeout: 180_000 });

const ids = Array.from({ length: 40 }, (_, index) => `f${String(index).padStart(2, "0")}`);
/** Each needs the file of the one before as well, so that an early claim would not hold. */
const features = ids.map((id, index) => {
  const needed = ids.slice(Math.max(0, index - 1), index + 1);
  return {
    ...{ id, description: `${id}.txt exists`, steps: [], passes: false },
    ...{ dependsOn: needed.slice(0, -1), verify: needed.map((each) => `test -f ${each}.txt`).join(" && ") },
  };
});
const perSession = 10;

test("forty features in the order of their dependencies, and not one rejected", async () => {
  const sessions: number[] = [];
  const complaints: string[] = [];
  const { dir, onward } = await stage({ respond: (call) => answer(call) });
  function answer({ messages }: ScriptedCall): Turn {
    const begun = messages.findLastIndex((message) =>
      JSON.stringify(message).includes("Onward session type:"),
    );
    const since = messages.slice(Math.max(0, begun));
    const round = since.filter(({ role }) => role === "assistant").length;
    if (round === 0) sessions.push(sessions.length);
    else complaints.push(...complaintsIn(JSON.stringify(messages.at(-1))));
    const mine = ids.slice((sessions.length - 1) * perSession).slice(0, perSession);
    const id = mine[round - 1];
    if (round > 0 && id === undefined) return { text: "done" };
    if (round === 0) {
      const files = mine.map((each) => `${each}.txt`).join(" ");
      return {
        tools: [{ name: "Bash", input: { command: `touch ${files} && git add -A && git commit -qm Work` } }],
      };
    }
    return { tools: [{ name: "mcp__onward__claim", input: { id, evidence: "The file is there." } }] };
  }
  const git = (...args: readonly string[]) => execFileSync("git", args, { cwd: dir });
  git("init", "-q", "-b", "main");
  git("config", "user.name", "Agent");
  git("config", "user.email", "agent@example.com");
  writeFileSync(join(dir, "feature_list.json"), `${JSON.stringify(features.toReversed(), null, 2)}\n`);
  git("add", "-A");
  git("commit", "-qm", "A list");

  const run = onward("run", dir, "--delay", "0s", "--json", "--max-iterations", "6");
  expect(await run.exit, run.stderr()).toBe(0);
  expect(complaints).toEqual([]);
  const of = (type: string) => run.events.filter((event) => event.type === type);
  expect(of("claim").map(({ featureId, ok }) => [featureId, ok])).toEqual(ids.map((id) => [id, true]));
  expect(of("verification").filter(({ ok }) => ok === false)).toEqual([]);
  expect(of("tool").filter(({ allow }) => allow === false)).toEqual([]);
  const ended = of("session.ended");
  expect(ended.map(({ violations, regressed }) => [violations, regressed])).toEqual(
    ended.map(() => [[], []]),
  );
  expect(ended.flatMap(({ passed }) => passed as string[]).toSorted()).toEqual(ids);
  expect(of("run.ended")).toMatchObject([{ reason: "complete", detail: "every feature passes, verified" }]);
});

/** What the agent would be told if something did not go well. */
function complaintsIn(result: string): readonly string[] {
  return /is_error":true|does not hold|not be checked|Onward: /.test(result) ? [result.slice(0, 400)] : [];
}
