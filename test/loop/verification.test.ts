/** What verification means for a run: claims taken back or kept, who is told, and what the gate does with it. */
import { existsSync } from "node:fs";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test, vi } from "vitest";
import type { Config } from "../../src/config/config.ts";
import { defaults } from "../../src/config/defaults.ts";
import type { EventOf, RunEvent } from "../../src/core/events.ts";
import { findMarked } from "../../src/processes/tree.ts";
import { statePaths } from "../../src/project/paths.ts";
import {
  emptyDirectory,
  git,
  honest,
  type ListedFeature,
  newProject,
  open,
  readList,
  twoFiles,
  work,
  writeList,
} from "./project.ts";
import { type Puppet, puppet } from "./puppet.ts";

const verify = (over: Partial<Config["verify"]>): Pick<Config, "verify"> => ({
  verify: { ...defaults.verify, ...over },
});

async function runToEnd(dir: string, agent: Puppet, config: Partial<Config>) {
  const { project, events } = await open(dir, agent, config);
  await using _ = project;
  return { ...(await project.start().ended), events };
}

type Settled = EventOf<"session.settled">["settled"];
function steps<Name extends Settled["step"]>(events: readonly RunEvent[], name: Name) {
  return events.flatMap((event) =>
    event.type === "session.settled" && event.settled.step === name
      ? [event.settled as Extract<Settled, { step: Name }>]
      : [],
  );
}

function gates(events: readonly RunEvent[]) {
  return events.flatMap((event) => (event.type === "gate.ended" ? [event] : []));
}

/** Undecided by themselves, so that the project's command decides them. */
const plain: readonly ListedFeature[] = twoFiles.map(({ verify: _, ...feature }) => feature);

describe("a setup that fails", () => {
  test("takes claims back without blaming the features, tells the agent, and holds once it works", async () => {
    const dir = await newProject();
    await writeFile(join(dir, "broken"), "");
    const agent = puppet(async (act) => {
      if (act.spec.prompt.includes("the database is down")) await rm(join(dir, "broken"));
      await work(act);
      return undefined;
    });
    const setup = "test ! -e broken || { echo the database is down; exit 1; }";
    const { reason, events } = await runToEnd(dir, agent, verify({ setup }));
    expect(reason).toBe("complete");
    const [, first] = steps(events, "verification");
    expect(first?.results).toMatchObject([
      { featureId: null, role: "setup", ok: false },
      { featureId: "a", ok: false, notRun: "setup" },
    ]);
    expect(steps(events, "list")[1]).toMatchObject({ passed: [], failed: ["a"], passing: 0 });
    expect(agent.sessions[2]?.prompt).toContain("the setup");
    expect(gates(events).map(({ ok }) => ok)).toEqual([true]);
  });

  test("is no try of the feature's: it is never deferred for it", async () => {
    const dir = await newProject();
    let sessions = 0;
    const agent = puppet(async (act) => {
      sessions += 1;
      await writeFile(join(dir, "try.txt"), String(sessions));
      await work(act);
      return undefined;
    });
    const { events, detail } = await runToEnd(dir, agent, {
      ...verify({ setup: "exit 1" }),
      maxIterations: 6,
    });
    expect(detail).toContain("iterations");
    const offered = events.flatMap((event) => (event.type === "session.starting" ? [event.offered] : []));
    expect(offered).toEqual([null, "a", "a", "a", "a", "a"]);
  });

  test("leaves passing features alone, and fails the gate without taking any back (F5)", async () => {
    const dir = await newProject();
    await writeList(dir, [{ ...plain[0], id: "a", description: "a", passes: true, verify: "test -d ." }]);
    const { events } = await runToEnd(
      dir,
      puppet(async () => undefined),
      {
        ...verify({ setup: "exit 1" }),
        maxIterations: 1,
      },
    );
    expect(gates(events)[0]).toMatchObject({ ok: false, regressed: [], results: [{ role: "setup" }] });
    expect(gates(events)[0]?.results).toHaveLength(1);
    expect((await readList(dir))[0]?.passes).toBe(true);
  });

  test("ends with the run, also when that is stopped while it waits (R5, R6)", async () => {
    const dir = await newProject();
    const setup = "echo $ONWARD_SESSION > marker; tail -f /dev/null";
    const { project } = await open(dir, honest(), {
      ...verify({ setup, ready: "port", port: "free", teardown: "cp marker .onward/torn" }),
    });
    await using _ = project;
    const run = project.start();
    await vi.waitFor(() => expect(existsSync(join(dir, "marker"))).toBe(true), 20_000);
    const marker = (await readFile(join(dir, "marker"), "utf8")).trim();
    await run.ask("stop", "a test");
    expect(await run.ended).toMatchObject({ reason: "interrupted" });
    expect(await findMarked(marker)).toEqual([]);
    expect(existsSync(join(dir, ".onward/torn"))).toBe(true);
    expect(existsSync(join(dir, "marker"))).toBe(false);
  });
});

describe("protected files", () => {
  test("an agent that rewrites the test does not pass by it, and is told; honest work does", async () => {
    const dir = await newProject();
    await mkdir(join(dir, "test"));
    for (const id of ["a", "b"]) await writeFile(join(dir, "test", id), `grep -q done ${id}.txt\n`);
    const agent = puppet(async (act) => {
      const { prompt } = act.spec;
      if (prompt.includes("type: init")) return void (await work(act, plain));
      const list = await readList(dir);
      const id = list.find(({ passes }) => !passes)?.id ?? "";
      // It claims once more with the rewritten test, before it does the work; and never mends the test.
      if (prompt.includes("is protected") && existsSync(join(dir, "again"))) {
        await writeFile(join(dir, `${id}.txt`), "done\n");
      } else {
        if (prompt.includes("is protected")) await writeFile(join(dir, "again"), "");
        await writeFile(join(dir, "test", id), "exit 0\n");
      }
      await writeList(
        dir,
        list.map((feature) => ({ ...feature, passes: feature.passes || feature.id === id })),
      );
      return undefined;
    });
    const config = verify({ command: "sh test/{id}", protect: ["test/**"] });
    const { reason, events } = await runToEnd(dir, agent, config);
    expect(reason).toBe("complete");
    expect(steps(events, "list").map(({ passed, failed }) => [passed, failed])).toEqual([
      [[], []],
      [[], ["a"]],
      [[], ["a"]],
      [["a"], []],
      [["b"], []],
    ]);
    expect(steps(events, "verification")[1]?.held).toEqual(["test/a"]);
    expect(existsSync(statePaths(dir).copy)).toBe(false);
  });

  test("the gate is protected and set up as well (F5)", async () => {
    const dir = await newProject();
    await writeFile(join(dir, "gate.sh"), "test -e whole.txt && test -e built\n");
    const agent = puppet(async (act) => {
      if (act.spec.prompt.includes("final check does not hold")) {
        await writeFile(join(dir, "whole.txt"), "");
        return undefined;
      }
      await work(act, twoFiles);
      await writeFile(join(dir, "gate.sh"), "exit 0\n");
      return undefined;
    });
    const config = verify({ command: "sh gate.sh", setup: "touch built", protect: ["gate.sh"] });
    const { events, reason } = await runToEnd(dir, agent, config);
    expect(reason).toBe("complete");
    expect(gates(events)).toMatchObject([
      { ok: false, held: ["gate.sh"] },
      { ok: true, held: ["gate.sh"] },
    ]);
    expect(existsSync(join(dir, "built"))).toBe(false);
  });

  test("what people change between two managers counts in the gate", async () => {
    const dir = await newProject();
    await writeFile(join(dir, "gate.sh"), "exit 1\n");
    const config = { ...verify({ command: "sh gate.sh", protect: ["gate.sh"] }), maxIterations: 3 };
    const first = await runToEnd(dir, honest(), config);
    expect(gates(first.events).map(({ ok }) => ok)).toEqual([false]);
    await writeFile(join(dir, "gate.sh"), "exit 0\n");
    const second = await runToEnd(dir, honest(), config);
    expect(second.reason).toBe("complete");
    expect(gates(second.events).map(({ ok }) => ok)).toEqual([true]);
  });
});

describe("verification that changes files", () => {
  test("is recorded and told, and its changes are in no checkpoint", async () => {
    const dir = await newProject();
    const features = twoFiles.map((feature) => ({ ...feature, verify: `test -f ${feature.id}.txt` }));
    const agent = honest(features);
    const command = "touch litter; test -f a.txt";
    const { reason, events } = await runToEnd(
      dir,
      agent,
      verify({ command, teardown: "echo more >> litter" }),
    );
    expect(reason).toBe("complete");
    expect(gates(events)[0]).toMatchObject({ ok: true, undone: ["litter"] });
    expect(steps(events, "verification")[1]).toMatchObject({ undone: ["litter"] });
    expect(agent.sessions[2]?.prompt).toContain("A verification command changed litter");
    expect(existsSync(join(dir, "litter"))).toBe(false);
    expect(git(dir, "log", "--all", "--name-only", "--format=")).not.toContain("litter");
  });
});

test("a first list passes nothing that no command shows; the agent is told, and nobody has tried it yet", async () => {
  const dir = await newProject();
  await writeFile(join(dir, "b.txt"), "there before\n");
  const first = [{ ...plain[0], id: "c", description: "c", passes: true }, ...twoFiles];
  let tried: unknown = null;
  const agent = puppet(async (act) => {
    tried = project.ledger.state.run?.attempts;
    return void (await work(
      act,
      first.map((feature) => ({ ...feature, passes: true })),
    ));
  });
  const { project, events } = await open(dir, agent, { maxIterations: 2 });
  await using _ = project;
  expect((await project.start().ended).reason).toBe("limit");
  expect(steps(events, "list")[0]).toMatchObject({ passed: ["b"], failed: ["a", "c"], passing: 1 });
  const told = "features that pass without a command that shows it: c. They do not pass yet";
  expect(agent.sessions[1]?.prompt).toContain(told);
  expect(tried).toEqual({});
});

describe("a command that cannot fail", () => {
  const empty = twoFiles.map((feature, index) => ({
    ...feature,
    passes: true,
    verify: ["true", "exit 0"][index],
  }));

  test("in a first list nothing passes by it, and the agent is told", async () => {
    const dir = await newProject();
    const agent = puppet(async (act) => void (await work(act, empty as ListedFeature[])));
    const { reason, events } = await runToEnd(dir, agent, { maxIterations: 2 });
    expect(reason).toBe("limit");
    expect(steps(events, "list")[0]).toMatchObject({ passed: [], failed: ["a", "b"], passing: 0 });
    expect(steps(events, "verification")[0]?.results).toMatchObject([
      { featureId: "a", notRun: "refused" },
      { featureId: "b", notRun: "refused" },
    ]);
    expect(agent.sessions[1]?.prompt).toContain("this command cannot fail");
  });

  test("a feature that passed by it does not when it is checked again, nor in the final pass (F5)", async () => {
    const open = { id: "c", description: "c.txt exists", passes: false };
    for (const [features, failed] of [
      [[...empty, open], (events: readonly RunEvent[]) => steps(events, "list")[0]?.failed],
      [empty, (events: readonly RunEvent[]) => gates(events)[0]?.regressed],
    ] as const) {
      const dir = await newProject();
      await writeList(dir, features as ListedFeature[]);
      const { events } = await runToEnd(
        dir,
        puppet(async () => undefined),
        { maxIterations: 1 },
      );
      expect(failed(events)).toEqual(["a", "b"]);
      expect((await readList(dir)).map(({ passes }) => passes)).not.toContain(true);
    }
  });
});

describe("regressions", () => {
  const passing = Array.from({ length: 14 }, (_, index) => `f${index}`);
  test.each([
    [{ type: "all" } as const, passing],
    [{ type: "off" } as const, []],
    [{ type: "sample", size: 10 } as const, ["f10", "f11", "f12", "f13", ...passing.slice(0, 6)]],
  ])("%j of 14 features that passed before the first session", async (regression, checked) => {
    const dir = await newProject();
    await writeList(dir, [
      ...passing.map((id) => ({ id, description: id, passes: true, verify: `test -d . # ${id}` })),
      { id: "open", description: "open", passes: false },
    ]);
    const idle = puppet(async () => undefined);
    const { events } = await runToEnd(dir, idle, { regression, maxIterations: 1 });
    const ids = steps(events, "verification").map(({ results }) => results.map(({ featureId }) => featureId));
    expect(ids).toEqual([checked]);
  });

  test("a sample moves on with the sessions, so that every feature has its turn", async () => {
    const dir = await newProject();
    const features = ["a", "b", "c", "d", "e"].map((id) => ({
      ...{ id, description: id, passes: false, verify: `test -f ${id}.txt` },
    }));
    const { events } = await runToEnd(dir, honest(features), { regression: { type: "sample", size: 1 } });
    const checked = steps(events, "verification").map(({ results }) =>
      results.map(({ featureId }) => featureId),
    );
    expect(checked.map((ids) => ids.length)).toEqual([0, 1, 2, 2, 2, 2]);
    expect(new Set(checked.slice(3).map(([, again]) => again)).size).toBeGreaterThan(1);
  });
});

describe("a final pass", () => {
  test("goes on when somebody says resume, who need not know that nothing is paused", async () => {
    const dir = await newProject();
    const outside = join(await emptyDirectory(), "begun.txt");
    const command = `test ! -f b.txt || { echo begun >> ${outside}; sleep 0.5; }`;
    const { project, events } = await open(dir, honest(plain), verify({ command }));
    await using _ = project;
    const run = project.start();
    await vi.waitUntil(() => events.some(({ type }) => type === "gate.started"), { timeout: 20_000 });
    for (let times = 0; times < 4; times += 1) {
      await run.ask("resume", "a person");
      await sleep(50);
    }
    expect((await run.ended).reason).toBe("complete");
    expect(gates(events)).toHaveLength(1);
    expect(await readFile(outside, "utf8")).toBe("begun\n");
  });

  test("counts for the commands that it was made with: with another one it is made anew (F5)", async () => {
    const dir = await newProject();
    const passed = await runToEnd(dir, honest(plain), verify({ command: "test -f b.txt" }));
    expect(passed.reason).toBe("complete");

    const again = await runToEnd(dir, honest(plain), verify({ command: "test -f b.txt", timeoutMs: 5000 }));
    expect(again).toMatchObject({ reason: "complete", events: [] });

    const other = await runToEnd(dir, honest(plain), {
      ...verify({ command: "test -f c.txt" }),
      maxIterations: 0,
    });
    expect(other.reason).toBe("limit");
    expect(gates(other.events).map(({ ok }) => ok)).toEqual([false]);
  });
});
