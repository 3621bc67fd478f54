import { existsSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { nextFeature } from "../../src/demo/features.ts";
import { demoHints, demoSpecFile, scenario } from "../../src/demo/scenario.ts";
import { type Done, type Feature, type Project, rehearse, type SessionDone } from "./rehearsal.ts";

const minute = 60_000;
const passing = (features: readonly Feature[]) => features.filter(({ passes }) => passes).map(({ id }) => id);

interface Played extends SessionDone {
  readonly before: readonly Feature[];
  readonly refuted: readonly string[];
  /** All tests of the program, run when the session and its settling were over. */
  readonly green: boolean;
}

/** The place that a session leaves when it is cut after some tool call; the sessions before it were whole. */
interface Cut {
  readonly project: Project;
  readonly before: readonly Feature[];
}

describe("the whole demo", () => {
  let project: Project;
  const sessions: Played[] = [];
  const cuts: Cut[] = [];
  const everything = (): readonly Done[] => sessions.flatMap(({ done }) => done);

  beforeAll(async () => {
    project = await rehearse();
    while (
      sessions.length < 12 &&
      (sessions.length === 0 || project.features().some(({ passes }) => !passes))
    ) {
      const before = project.features();
      const session = await project.session({
        afterEach: async (done) => {
          if (leavesTraces(done)) cuts.push({ project: await rehearse(project.directory), before });
        },
      });
      const refuted = await project.settle(before);
      sessions.push({ ...session, before, refuted, green: (await project.shell("./init.sh")).ok });
    }
  }, minute);
  afterAll(() => project[Symbol.dispose]());

  test("builds every feature, one a session, in eight sessions", () => {
    expect(passing(project.features())).toHaveLength(6);
    expect(new Set(project.features().map(({ category }) => category))).toEqual(
      new Set(["storage", "cli", "output"]),
    );
    expect(sessions).toHaveLength(8);
    const order = sessions.slice(1).map(({ before }) => passing(before).length);
    expect(order).toEqual([0, 1, 2, 3, 4, 5, 5]);
  });

  test(
    "every feature really holds in the end, and what the hints show runs",
    async () => {
      for (const feature of project.features()) expect(await project.verify(feature), feature.id).toBe(true);
      for (const hint of demoHints) expect(await project.shell(hint), hint).toMatchObject({ ok: true });
    },
    minute,
  );

  test("exactly one claim is premature, and the next session makes it true", () => {
    expect(sessions.map(({ refuted }) => refuted)).toEqual([[], [], [], [], [], [], ["export"], []]);
  });

  test("all tests are green after every session but the one with the premature claim", () => {
    expect(sessions.map(({ green }) => green)).toEqual([true, true, true, true, true, true, false, true]);
  });

  test("exactly one command is denied, once, and nothing else is refused by a tool", () => {
    const failed = everything().filter((done) => done.failed);
    expect(failed.map(({ what }) => what)).toEqual([
      "rm -rf /tmp/habit-try",
      "node --test test/streak.test.js",
      "./init.sh",
    ]);
    expect(everything().filter(({ what }) => what.startsWith("rm "))).toHaveLength(1);
  });

  test("one first attempt has a bug, its test fails, and the same session mends it", () => {
    const streak = sessions.find(({ before }) => passing(before).length === 4);
    const runs = streak?.done.filter(({ what }) => what === "node --test test/streak.test.js");
    expect(runs?.map(({ failed }) => failed)).toEqual([true, false]);
  });

  test("every session commits its work and leaves a clean tree", async () => {
    const { output } = await project.shell("git log --format=%an%n && git status --porcelain");
    const log = output.split("\n").filter((line) => line !== "");
    expect(log).toEqual(Array.from({ length: 8 }, () => "scripted-agent"));
  });

  test("no session is long", () => {
    for (const { done } of sessions.slice(1)) expect(done.length).toBeLessThanOrEqual(12);
    expect(sessions[0]?.done.length).toBeLessThanOrEqual(15);
  });

  test("with everything built, a further session changes nothing", async () => {
    const { done, ended } = await project.session();
    expect(done.map(({ what }) => what)).toEqual(["feature_list.json", "./init.sh"]);
    expect(ended).toBe("All tests pass.");
  });

  test(
    "a new session goes on wherever another was cut",
    async () => {
      expect(cuts.length).toBeGreaterThan(40);
      await Promise.all([0, 1].map((half) => goOnFrom(cuts.filter((_, index) => index % 2 === half))));
    },
    2 * minute,
  );
});

/**
 * A call without traces leaves the same place to a new session as the call before it; the commit, which is the
 * last call of every session, leaves what the next session of the whole demo finds.
 */
function leavesTraces({ tool, what, failed }: Done): boolean {
  return tool !== "Read" && !failed && !/^(node|\.\/init|git|echo)/.test(what);
}

async function goOnFrom(cuts: readonly Cut[]): Promise<void> {
  for (const { project, before } of cuts) {
    using _ = project;
    const wanted = before.length === 0 ? 0 : Math.min(passing(before).length + 1, 6);
    await project.settle(before);
    await goOn(project);
    // Where the first claim was the premature one, it takes a second session.
    if (passing(project.features()).length < wanted) await goOn(project);
    expect(project.features()).toHaveLength(6);
    expect(passing(project.features()).length).toBeGreaterThanOrEqual(wanted);
  }
}

async function goOn(project: Project): Promise<void> {
  const before = project.features();
  const { ended } = await project.session();
  expect(ended).not.toMatch(/is not done|cannot make sense/);
  await project.settle(before);
}

describe("interruptions", () => {
  test(
    "a resumed conversation reads the list again and finishes the feature",
    async () => {
      using project = await rehearse();
      const { conversation } = await project.session();
      const { conversation: cut, ended } = await project.session({ resume: conversation, cutAfter: 5 });
      expect(ended).toBeNull();
      const resumed = await project.session({ resume: cut });
      expect(resumed.done[0]).toMatchObject({ tool: "Read", what: "feature_list.json" });
      expect(await project.settle([])).toEqual([]);
      expect(passing(project.features())).toEqual(["store"]);
    },
    minute,
  );

  test("an agent that says the list has not changed is asked to print it", () => {
    const turn = scenario({
      messages: [
        prompt("continue"),
        { role: "assistant", content: [{ type: "tool_use", name: "Read", ...{ id: "a" } }] },
        { role: "user", content: [{ type: "tool_result", tool_use_id: "a", content: "File unchanged." }] },
      ],
    });
    expect(turn.tools).toEqual([{ name: "Bash", input: { command: "cat feature_list.json" } }]);
  });
});

describe("the scenario", () => {
  test("keeps to its script: other prompts, and features it does not know, are left alone", () => {
    expect(scenario({ messages: [] })).toEqual({ text: "I only follow the script of `onward demo`." });
    const list = [{ id: "sync", description: "It syncs", passes: false }];
    const turn = scenario({
      messages: [
        prompt("continue"),
        { role: "assistant", content: [{ type: "tool_use", name: "Read", ...{ id: "a" } }] },
        { role: "user", content: [{ type: "tool_result", tool_use_id: "a", content: JSON.stringify(list) }] },
        { role: "assistant", content: [{ type: "tool_use", name: "Bash", ...{ id: "b" } }] },
        { role: "user", content: [{ type: "tool_result", tool_use_id: "b", content: "ok" }] },
      ],
    });
    expect(turn).toEqual({ text: 'All tests pass. My script does not know how to build "sync".' });
  });

  test("a prompt that a tool printed is not a prompt", () => {
    const printed = { type: "tool_result", tool_use_id: "a", content: "Onward session type: init" };
    const turn = scenario({ messages: [prompt("continue"), { role: "user", content: [printed] }] });
    expect(turn.tools?.[0]?.input).toEqual({ file_path: "feature_list.json" });
  });

  test("the next feature has its dependencies, then the best priority, then comes first", () => {
    const feature = (id: string, priority: number, dependsOn: string[], passes = false) => ({
      ...{ id, priority, dependsOn, passes },
      ...{ description: id, verify: "true" },
    });
    const list = [
      feature("c", 1, ["b"]),
      feature("late", 3, []),
      feature("a", 2, ["z"]),
      feature("z", 1, [], true),
    ];
    expect(nextFeature(list)?.id).toBe("a");
    expect(nextFeature([feature("z", 1, [], true)])).toBeUndefined();
  });

  test("the specification is there, under its own name", () => {
    expect(existsSync(demoSpecFile)).toBe(true);
    expect(demoSpecFile).toBe(join(demoSpecFile, "..", "app_spec.txt"));
  });
});

function prompt(type: string) {
  return { role: "user", content: [{ type: "text", text: `Onward session type: ${type}\n\nGo.` }] };
}
