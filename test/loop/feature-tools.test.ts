/** The feature tools of a session, with real files and commands; a puppet calls them in an agent's place. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { defaults } from "../../src/config/defaults.ts";
import type { RunEvent } from "../../src/core/events.ts";
import type { ToolAnswer } from "../../src/ports.ts";
import { findMarked } from "../../src/processes/tree.ts";
import { type ListedFeature, newProject, open, readList, twoFiles, work, writeList } from "./project.ts";
import { type Act, claim, type Puppet, puppet, use } from "./puppet.ts";

vi.setConfig({ testTimeout: 60_000 });

/** The first session writes the list; every later one does what the test says. */
function session(play: (act: Act) => Promise<void>, features: readonly ListedFeature[] = twoFiles): Puppet {
  return puppet(async (act) => {
    if (act.spec.prompt.includes("type: init")) await work(act, features);
    else await play(act);
    return undefined;
  });
}

/** One init session and one more; answers the events of both. */
async function played(
  play: (act: Act) => Promise<void>,
  features?: readonly ListedFeature[],
  config: Parameters<typeof open>[2] = {},
): Promise<{ dir: string; events: RunEvent[] }> {
  const dir = await newProject();
  const { project, events } = await open(dir, session(play, features), { maxIterations: 2, ...config });
  await using _ = project;
  await project.start().ended;
  return { dir, events };
}

const ofType = <Type extends RunEvent["type"]>(events: readonly RunEvent[], type: Type) =>
  events.filter((event): event is Extract<RunEvent, { type: Type }> => event.type === type);
const settledList = (events: readonly RunEvent[]) =>
  ofType(events, "session.settled").findLast(({ settled }) => settled.step === "list")?.settled;

describe("claim", () => {
  test("holds: passes is set, the claim is recorded before it is answered, and settling checks again", async () => {
    const answers: ToolAnswer[] = [];
    let passes: unknown;
    const { events } = await played(async (act) => {
      await writeFile(join(act.spec.cwd, "a.txt"), "here\n");
      answers.push(await claim(act, "a", "I saw a.txt"));
      passes = (await readList(act.spec.cwd)).map((feature) => feature.passes);
    });
    expect(answers).toEqual([{ text: expect.stringMatching(/^a holds: `test -f a\.txt`/), failed: false }]);
    expect(passes).toEqual([true, false]);
    expect(ofType(events, "claim.made")).toMatchObject([
      { number: 2, featureId: "a", evidence: "I saw a.txt", result: { ok: true, exitCode: 0 } },
    ]);
    expect(settledList(events)).toMatchObject({ passed: ["a"], failed: [] });
  });

  test("fails: passes stays false, also where the agent has set it, and the output is in the answer", async () => {
    const feature = { id: "a", description: "a", passes: false, verify: "cat missing.txt" };
    let answer: ToolAnswer | null = null;
    const { dir, events } = await played(
      async (act) => {
        await writeList(act.spec.cwd, [{ ...feature, passes: true }]);
        answer = await claim(act, "a");
      },
      [feature],
    );
    expect(answer).toMatchObject({
      failed: false,
      text: expect.stringMatching(/does not hold.*exited with 1/),
    });
    expect(answer).toMatchObject({ text: expect.stringContaining("missing.txt: No such file") });
    expect(await readList(dir)).toEqual([feature]);
    expect(ofType(events, "claim.made")).toMatchObject([{ result: { ok: false, exitCode: 1 } }]);
  });

  test("nothing decides it: it stands, unverified", async () => {
    const { dir, events } = await played(
      async (act) => {
        expect((await claim(act, "a")).text).toMatch(/No command decides a.*unverified/s);
      },
      [{ id: "a", description: "a", passes: false }],
    );
    expect(await readList(dir)).toMatchObject([{ passes: true }]);
    expect(ofType(events, "claim.made")).toMatchObject([{ result: null }]);
  });

  test("refused: unknown, before what it depends on, or without evidence; nothing is recorded", async () => {
    const [a, b] = twoFiles as [ListedFeature, ListedFeature];
    const features = [a, { ...b, dependsOn: ["a"] }];
    const { dir, events } = await played(async (act) => {
      await writeFile(join(act.spec.cwd, "b.txt"), "here\n");
      expect(await claim(act, "aa")).toMatchObject({
        failed: true,
        text: expect.stringContaining('mean "a"'),
      });
      expect(await claim(act, "b")).toMatchObject({
        failed: true,
        text: expect.stringContaining("depends on a"),
      });
      expect(await claim(act, "a", " ")).toMatchObject({ failed: true });
    }, features);
    expect(await readList(dir)).toMatchObject([{ passes: false }, { passes: false }]);
    expect(ofType(events, "claim.made")).toEqual([]);
  });

  test("a command that the agent put into the list in this session decides nothing (F1, T1)", async () => {
    const { events } = await played(async (act) => {
      await writeList(
        act.spec.cwd,
        twoFiles.map((feature) => ({ ...feature, verify: "true" })),
      );
      expect((await claim(act, "a")).text).toContain("a does not hold: `test -f a.txt`");
    });
    expect(ofType(events, "claim.made")).toMatchObject([{ result: { ok: false, command: "test -f a.txt" } }]);
  });

  test("a command that the guard refuses is not run", async () => {
    const { dir } = await played(
      async (act) => {
        expect((await claim(act, "a")).text).toMatch(/^a could not be checked[\s\S]*Not run/);
      },
      [{ id: "a", description: "a", passes: false, verify: "rm -rf ../elsewhere" }],
    );
    expect(await readList(dir)).toMatchObject([{ passes: false }]);
  });

  test("is checked with protected files as people handed them over", async () => {
    const dir = await newProject();
    await writeFile(join(dir, "check.sh"), "test -f a.txt\n");
    const answers: ToolAnswer[] = [];
    const agent = session(
      async (act) => {
        await writeFile(join(dir, "check.sh"), "exit 0\n");
        answers.push(await claim(act, "a"));
        await writeFile(join(dir, "a.txt"), "here\n");
        answers.push(await claim(act, "a"));
      },
      [{ id: "a", description: "a", passes: false }],
    );
    const settings = { ...defaults.verify, command: "sh check.sh {id}", protect: ["check.sh"] };
    const { project } = await open(dir, agent, { maxIterations: 2, verify: settings });
    await using _ = project;
    await project.start().ended;
    expect(answers.map(({ text }) => text.slice(0, 7))).toEqual(["a does ", "a holds"]);
  });

  test("a setup that fails is told with its output, and the claim does not stand", async () => {
    const setup = "echo the database is down; exit 1";
    const { dir } = await played(
      async (act) => {
        await writeFile(join(act.spec.cwd, "a.txt"), "here\n");
        expect((await claim(act, "a")).text).toMatch(/could not be checked[\s\S]*the database is down/);
      },
      twoFiles,
      { verify: { ...defaults.verify, setup } },
    );
    expect(await readList(dir)).toMatchObject([{ passes: false }, { passes: false }]);
  });

  test("what the agent does beside it is not taken for a trace of the check", async () => {
    const { dir } = await played(
      async (act) => {
        await writeFile(
          join(act.spec.cwd, "check.sh"),
          "touch there; until test -f go; do sleep 0.05; done\n",
        );
        const pending = claim(act, "a");
        await vi.waitFor(() => readFile(join(act.spec.cwd, "there")), { timeout: 20_000 });
        await writeFile(join(act.spec.cwd, "beside.txt"), "work\n");
        await writeFile(join(act.spec.cwd, "go"), "");
        expect((await pending).text).toMatch(/^a holds/);
      },
      [{ id: "a", description: "a", passes: false }],
      { verify: { ...defaults.verify, command: "sh check.sh {id}" } },
    );
    expect(await readFile(join(dir, "beside.txt"), "utf8")).toBe("work\n");
  });

  test("the list is gone: nothing is written, the agent is told", async () => {
    const { dir, events } = await played(async (act) => {
      await writeFile(join(act.spec.cwd, "a.txt"), "here\n");
      await rm(join(act.spec.cwd, "feature_list.json"));
      expect(await claim(act, "a")).toMatchObject({ failed: true, text: expect.stringContaining("missing") });
    });
    expect(await readList(dir)).toMatchObject([{ passes: false }, { passes: false }]);
    expect(ofType(events, "claim.made")).toEqual([]);
  });

  test("what holds at the claim and is broken afterwards is taken back", async () => {
    const { dir, events } = await played(async (act) => {
      await writeFile(join(act.spec.cwd, "a.txt"), "here\n");
      await claim(act, "a");
      await rm(join(act.spec.cwd, "a.txt"));
    });
    expect(settledList(events)).toMatchObject({ passed: [], failed: ["a"] });
    expect(await readList(dir)).toMatchObject([{ passes: false }, { passes: false }]);
  });

  test("claims side by side are made one after another, and none loses the other's pass", async () => {
    const { events } = await played(async (act) => {
      for (const id of ["a", "b"]) await writeFile(join(act.spec.cwd, `${id}.txt`), "here\n");
      await Promise.all([claim(act, "a"), claim(act, "b")]);
      expect(await readList(act.spec.cwd)).toMatchObject([{ passes: true }, { passes: true }]);
    });
    expect(ofType(events, "claim.made").map(({ featureId }) => featureId)).toEqual(["a", "b"]);
  });

  test("evidence and output are redacted and bounded", async () => {
    const key = `sk-ant-api03-${"k".repeat(80)}`;
    const { events } = await played(
      async (act) => {
        await writeFile(join(act.spec.cwd, "out.txt"), `${key}\n`);
        const answer = await claim(act, "a", `${key} ${"long ".repeat(1000)}`);
        expect(answer.text).not.toContain(key);
      },
      [{ id: "a", description: "a", passes: false, verify: "cat out.txt" }],
    );
    const [made] = ofType(events, "claim.made");
    expect(JSON.stringify(made)).not.toContain(key);
    expect(made?.evidence.length).toBeLessThanOrEqual(2000);
  });
});

/** Stays until it is told to end, and says that it is there. */
const stay = "const fs = require('fs'); fs.writeFileSync('there', ''); setInterval(() => {}, 1000);\n";
const slow: ListedFeature = { id: "a", description: "a", passes: false, verify: "node stay.js" };

describe("a claim that is cut", () => {
  test("by the end of its session: its command ends with it, nothing is decided (R5)", async () => {
    let pending: Promise<ToolAnswer> | null = null;
    const { dir, events } = await played(
      async (act) => {
        await writeFile(join(act.spec.cwd, "stay.js"), stay);
        pending = claim(act, "a");
        await vi.waitFor(() => readFile(join(act.spec.cwd, "there")), { timeout: 20_000 });
      },
      [slow],
    );
    expect(await pending).toMatchObject({ failed: true, text: expect.stringContaining("being stopped") });
    const run = ofType(events, "run.started")[0]?.runId ?? "none";
    expect(await findMarked(run)).toEqual([]);
    expect(ofType(events, "claim.made")).toEqual([]);
    expect(await readList(dir)).toEqual([slow]);
  }, 90_000);

  test("by the agent, which waits no longer: the session goes on", async () => {
    const { events } = await played(
      async (act) => {
        await writeFile(join(act.spec.cwd, "stay.js"), stay);
        const giveUp = new AbortController();
        const pending = use(act, "claim", { id: "a", evidence: "e" }, giveUp.signal);
        await vi.waitFor(() => readFile(join(act.spec.cwd, "there")), { timeout: 20_000 });
        giveUp.abort();
        expect(await pending).toMatchObject({ failed: true });
        expect(await use(act, "note", { text: "still here" })).toMatchObject({ failed: false });
      },
      [slow],
      { verify: { ...defaults.verify, timeoutMs: 60_000 } },
    );
    expect(ofType(events, "noted")).toMatchObject([{ text: "still here" }]);
  });

  test("by kill -9 of the manager: no process is left, and the next one finds a whole project", async () => {
    const dir = await newProject();
    await writeFile(join(dir, "stay.js"), stay);
    await writeList(dir, [slow]);
    const program = fileURLToPath(new URL("./claiming-main.ts", import.meta.url));
    const manager = spawn(process.execPath, [program, dir], { stdio: "inherit" });
    onTestFinished(() => void manager.kill("SIGKILL"));
    const exit = once(manager, "exit");
    await vi.waitFor(() => readFile(join(dir, "there")), { timeout: 30_000 });
    manager.kill("SIGKILL");
    await exit;

    await writeFile(join(dir, "stay.js"), "process.exit(0);\n");
    const { project, events } = await open(
      dir,
      session((act) => claim(act, "a").then(() => {})),
      {
        maxIterations: 2,
      },
    );
    await using _ = project;
    const run = project.ledger.state.run;
    await vi.waitFor(async () => expect(await findMarked(run?.id ?? "none")).toEqual([]), { timeout: 5000 });
    expect(run?.phase).toMatchObject({ type: "session", session: { number: 1 } });
    expect(await readList(dir)).toEqual([slow]);
    expect(await project.start().ended).toMatchObject({ reason: "complete" });
    expect(ofType(events, "claim.made")).toMatchObject([{ number: 2, featureId: "a", result: { ok: true } }]);
  });
});

describe("note and blocker", () => {
  test("notes are in the session's entry, one line each and not more than a few", async () => {
    const answers: ToolAnswer[] = [];
    const { dir } = await played(async (act) => {
      await use(act, "note", { text: "first\n--- Onward: session 9 ---" });
      for (let more = 2; more <= 11; more += 1)
        answers.push(await use(act, "note", { text: `note ${more}` }));
    });
    const notes = await readFile(join(dir, "claude-progress.txt"), "utf8");
    expect(notes).toContain("\nNoted: first --- Onward: session 9 ---\n");
    expect(notes).toContain("\nNoted: note 10\n");
    expect(answers.at(-1)).toMatchObject({
      failed: true,
      text: expect.stringContaining("claude-progress.txt"),
    });
  });

  test("a blocker is told to the next sessions, until its feature passes or a person speaks", async () => {
    const prompts: string[] = [];
    const dir = await newProject();
    const agent = session(async (act) => {
      prompts.push(act.spec.prompt);
      if (prompts.length === 1) {
        await use(act, "blocker", { text: "the spec\ncontradicts itself", id: "a" });
        await use(act, "blocker", { text: "no network" });
        expect(await use(act, "blocker", { text: "no network", id: "zz" })).toMatchObject({ failed: true });
      } else if (prompts.length === 2) {
        await writeFile(join(act.spec.cwd, "a.txt"), "here\n");
        await claim(act, "a");
      } else if (prompts.length === 3) await run.say("The network is back.", "test");
      else await work(act);
    });
    const { project } = await open(dir, agent);
    await using _ = project;
    const run = project.start();
    expect(await run.ended).toMatchObject({ reason: "complete" });
    expect(prompts[1]).toContain("Blocked:\n- a: the spec contradicts itself\n- everything: no network");
    expect(prompts[2]).toContain("Blocked:\n- everything: no network\n");
    expect(prompts[3]).not.toContain("Blocked");
  });
});
