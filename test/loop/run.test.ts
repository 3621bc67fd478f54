import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test, vi } from "vitest";
import { defaults } from "../../src/config/defaults.ts";
import type { OnwardError } from "../../src/core/errors.ts";
import type { RunEvent } from "../../src/core/events.ts";
import { git, honest, newProject, open, readList, twoFiles, typesOf, work, writeList } from "./project.ts";
import { puppet } from "./puppet.ts";

vi.setConfig({ testTimeout: 30_000 });

async function runToEnd(
  ...args: Parameters<typeof open>
): Promise<{ reason: string; detail: string; events: RunEvent[] }> {
  const { project, events } = await open(...args);
  await using _ = project;
  return { ...(await project.start().ended), events };
}

const ofType = <Type extends RunEvent["type"]>(events: readonly RunEvent[], type: Type) =>
  events.filter((event): event is Extract<RunEvent, { type: Type }> => event.type === type);

describe("from a specification to a complete project", () => {
  test("init, then a session a feature, verified, committed, noted, complete", async () => {
    const dir = await newProject();
    const { reason, detail, events } = await runToEnd(dir, honest());
    expect({ reason, detail }).toEqual({ reason: "complete", detail: "every feature passes, verified" });
    expect(
      ofType(events, "session.starting").map(({ number, sessionType, offered }) => [
        number,
        sessionType,
        offered,
      ]),
    ).toEqual([
      [1, "init", null],
      [2, "continue", "a"],
      [3, "continue", "b"],
    ]);
    expect(git(dir, "for-each-ref", "--format=%(refname)", "refs/onward").trim().split("\n")).toHaveLength(4);
    expect(git(dir, "status", "--porcelain")).toBe("");
    expect(git(dir, "log", "--format=%s", "-1").trim()).toBe("Onward: session 3");
    expect(await readFile(join(dir, "claude-progress.txt"), "utf8")).toMatch(
      /session 2[\s\S]*Passed: a \(verified\)/,
    );
    expect((await readdir(join(dir, ".onward/sessions"))).sort()).toEqual(["0001", "0002", "0003"]);
  });

  test("a complete project starts nothing, not even a run", async () => {
    const dir = await newProject();
    await runToEnd(dir, honest());
    const agent = honest();
    const { reason, events } = await runToEnd(dir, agent);
    expect([reason, agent.sessions.length, events.length]).toEqual(["complete", 0, 0]);
  });

  test("a directory without git gets a repository", async () => {
    const { project } = await open(await newProject(), honest());
    await using _ = project;
    expect(project.repositoryCreated).toBe(true);
  });

  test("the briefing names progress, the next feature and the last notes", async () => {
    const agent = honest();
    await runToEnd(await newProject(), agent);
    expect(agent.sessions[2]?.prompt).toMatch(/1 of 2 features pass[\s\S]*b: b\.txt exists[\s\S]*Passed: a/);
  });
});

describe("claims", () => {
  test("F2: a claim that does not hold is taken back, and the next session is told the output", async () => {
    const dir = await newProject();
    let claims = 0;
    const agent = puppet(async (act) => {
      if (!act.spec.prompt.includes("type: init") && claims++ === 0) {
        const list = await readList(dir);
        await writeList(
          dir,
          list.map((feature) => ({ ...feature, passes: feature.id === "a" })),
        );
      } else
        await work(act, [{ ...twoFiles[0], id: "a", description: "a", passes: false, verify: "ls a.txt" }]);
      return undefined;
    });
    const { reason, events } = await runToEnd(dir, agent);
    expect(reason).toBe("complete");
    const lists = ofType(events, "session.settled").flatMap(({ settled }) =>
      settled.step === "list" ? [settled] : [],
    );
    expect(lists.map(({ passed, failed }) => [passed, failed])).toEqual([
      [[], []],
      [[], ["a"]],
      [["a"], []],
    ]);
    expect(agent.sessions[2]?.prompt).toMatch(/Failed when Onward checked[\s\S]*ls a\.txt[\s\S]*exit 2/);
  });

  test("F1: other changes of the list are undone, recorded and told", async () => {
    const dir = await newProject();
    let cheated = false;
    const agent = puppet(async (act) => {
      await work(act);
      if (!act.spec.prompt.includes("type: init") && !cheated) {
        cheated = true;
        await writeList(
          dir,
          (await readList(dir)).filter((feature) => feature.id !== "b"),
        );
      }
      return undefined;
    });
    const { reason, events } = await runToEnd(dir, agent);
    expect(reason).toBe("complete");
    expect((await readList(dir)).map((feature) => feature.id)).toEqual(["a", "b"]);
    const [violation] = ofType(events, "session.settled").flatMap(({ settled }) =>
      settled.step === "integrity" ? settled.violations : [],
    );
    expect(violation).toMatchObject({ featureId: "b" });
    expect(agent.sessions[2]?.prompt).toContain(violation?.what ?? "no violation");
  });

  test("F5: a gate that does not hold is mended in a session of its own", async () => {
    const dir = await newProject();
    const agent = puppet(async (act) => {
      if (act.spec.prompt.includes("final check does not hold")) {
        await writeFile(join(dir, "whole.txt"), "");
        git(dir, "add", "-A");
        git(dir, "-c", "user.name=A", "-c", "user.email=a@b", "commit", "-qm", "Mend");
      } else await work(act);
      return undefined;
    });
    const verify = { ...defaults.verify, command: "test -f whole.txt" };
    const { reason, events } = await runToEnd(dir, agent, { verify });
    expect(reason).toBe("complete");
    expect(ofType(events, "gate.ended").map((gate) => gate.ok)).toEqual([false, true]);
    expect(agent.sessions).toHaveLength(4);
  });
});

describe("a damaged feature list", () => {
  test("is restored from the last good snapshot, and said", async () => {
    const dir = await newProject();
    await runToEnd(dir, honest(), { maxIterations: 2 });
    await writeFile(join(dir, "feature_list.json"), '[{"id": "a", ');
    const { reason, events } = await runToEnd(dir, honest());
    expect(reason).toBe("complete");
    expect(ofType(events, "list.restored")[0]?.problem).toMatch(/line 1, column 14/);
    expect((await readList(dir)).every((feature) => feature.passes)).toBe(true);
  });

  test("of a complete project too, without a session", async () => {
    const dir = await newProject();
    await runToEnd(dir, honest());
    await writeFile(join(dir, "feature_list.json"), '[{"id": "a", ');
    const agent = honest();
    const { reason, events } = await runToEnd(dir, agent);
    expect([reason, agent.sessions.length]).toEqual(["complete", 0]);
    expect(ofType(events, "list.restored")[0]).toMatchObject({ from: expect.stringMatching(/^0003-/) });
    expect((await readList(dir)).every((feature) => feature.passes)).toBe(true);
  });

  test("without a snapshot blocks with the position of the error, and stays as it is", async () => {
    const dir = await newProject();
    await writeFile(join(dir, "feature_list.json"), '[{"id": "a", ');
    const { reason, detail } = await runToEnd(dir, honest());
    expect({ reason, detail }).toMatchObject({ reason: "blocked", detail: expect.stringMatching(/byte 13/) });
    expect(await readFile(join(dir, "feature_list.json"), "utf8")).toBe('[{"id": "a", ');
  });
});

describe("one at a time", () => {
  test("R1: a second manager is refused and told who holds the project", async () => {
    const dir = await newProject();
    const { project } = await open(dir, honest());
    await using _ = project;
    await expect(open(dir, honest())).rejects.toMatchObject({
      code: "project-held",
      message: expect.stringContaining(String(process.pid)),
    } satisfies Partial<OnwardError>);
  });

  test("a directory that does not exist is a clear error", async () => {
    await expect(open("/nowhere/at/all", honest())).rejects.toMatchObject({ code: "directory-missing" });
  });
});

describe("stopping and going on", () => {
  test("a stop in a session settles it; the next manager resumes the conversation under the same run", async () => {
    const dir = await newProject();
    const agent = puppet(async (act) => {
      if (act.spec.prompt.includes("type: init")) await work(act);
      else {
        await new Promise((resolve) => act.stopped.addEventListener("abort", resolve));
      }
      return undefined;
    });
    const { project, events } = await open(dir, agent);
    const run = project.start();
    await vi.waitFor(() => expect(agent.sessions).toHaveLength(2), { timeout: 20_000 });
    await run.ask("stop", "a test");
    expect(await run.ended).toMatchObject({ reason: "interrupted" });
    expect(agent.stops).toEqual(["after-tool"]);
    expect(typesOf(events).slice(-2)).toEqual(["session.ended", "run.ended"]);
    await project[Symbol.asyncDispose]();

    const next = honest();
    const { reason, events: later } = await runToEnd(dir, next);
    expect(reason).toBe("complete");
    expect(later[0]).toMatchObject({ type: "run.started", resumed: true });
    expect(next.sessions[0]).toMatchObject({
      resume: true,
      agentSessionId: agent.sessions[1]?.agentSessionId,
    });
    expect(ofType(later, "session.starting").map((event) => event.number)).toEqual([3, 4]);
  });

  test("an agent that a person ended, again and again, has not crashed", async () => {
    const dir = await newProject();
    const patient = puppet(async ({ stopped }) => {
      await new Promise((resolve) => stopped.addEventListener("abort", resolve));
      return undefined;
    });
    for (let i = 1; i <= 3; i += 1) {
      const { project } = await open(dir, patient);
      await using _ = project;
      const run = project.start();
      await vi.waitFor(() => expect(patient.sessions).toHaveLength(i), { timeout: 20_000 });
      await run.ask("stop", "SIGINT");
      run.kill();
      expect(await run.ended).toMatchObject({ reason: "interrupted" });
    }
    expect((await runToEnd(dir, honest())).reason).toBe("complete");
  });

  test("a stop ends a wait, and the next manager waits for the rest (R6)", async () => {
    const dir = await newProject();
    const resetsAt = Date.now() + 3_600_000;
    const limited = puppet(async () => ({
      outcome: { type: "usage-limit", detail: "5-hour limit", resetsAt },
    }));
    const { project, events } = await open(dir, limited);
    const run = project.start();
    await vi.waitFor(() => expect(typesOf(events)).toContain("wait.started"), { timeout: 20_000 });
    await run.ask("stop", "a test");
    await run.ended;
    await project[Symbol.asyncDispose]();

    {
      const again = await open(dir, honest());
      await using _ = again.project;
      const second = again.project.start();
      const started = () => ofType(again.events, "wait.started");
      await vi.waitFor(() => expect(started()).toHaveLength(1), { timeout: 20_000 });
      expect(started()[0]?.until).toBe(ofType(events, "wait.started")[0]?.until);
      await second.ask("stop", "a test");
      await second.ended;
    }
    const impatient = await runToEnd(dir, honest(), { waitForReset: false });
    expect(impatient).toMatchObject({ reason: "limit", detail: "5-hour limit" });
  });

  test("what a person says reaches the session at work", async () => {
    const dir = await newProject();
    const agent = puppet(async (act) => {
      if (agent.sessions.length === 1) await vi.waitFor(() => expect(agent.said).toEqual(["Use tabs."]));
      await work(act);
      return undefined;
    });
    const { project } = await open(dir, agent);
    await using _ = project;
    const run = project.start();
    await vi.waitFor(() =>
      expect(project.ledger.state.run?.phase).toMatchObject({ session: { life: { type: "running" } } }),
    );
    await run.say("Use tabs.", "a test");
    expect(await run.ended).toMatchObject({ reason: "complete" });
    expect(agent.sessions[1]?.prompt).not.toContain("Use tabs.");
  });

  test("pause holds everything back until resume (R4)", async () => {
    const dir = await newProject();
    const agent = honest();
    const { project } = await open(dir, agent, { delayMs: 50 });
    await using _ = project;
    const run = project.start();
    await run.ask("pause", "a test");
    await vi.waitFor(() => expect(project.ledger.state.run?.phase.type).toBe("paused"));
    const before = agent.sessions.length;
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(agent.sessions).toHaveLength(before);
    await run.ask("resume", "a test");
    expect(await run.ended).toMatchObject({ reason: "complete" });
  });
});

describe("watchdogs", () => {
  test("a silent session is killed as stalled", async () => {
    const dir = await newProject();
    const silent = puppet(async (act) => {
      await new Promise((resolve) => act.stopped.addEventListener("abort", resolve));
      return undefined;
    });
    const { reason, detail } = await runToEnd(dir, silent, { stallMs: 100 });
    expect({ reason, detail }).toMatchObject({
      reason: "blocked",
      detail: expect.stringContaining("stalled 3 times"),
    });
    expect(silent.stops).toEqual(["kill", "kill", "kill"]);
  });

  test("a session that lasts too long is stopped after its tool, and the next one begins with a fresh context", async () => {
    const dir = await newProject();
    const patient = puppet(async (act) => {
      await work(act);
      if (patient.sessions.length === 1)
        await new Promise((resolve) => act.stopped.addEventListener("abort", resolve));
      return undefined;
    });
    const { reason, events } = await runToEnd(dir, patient, { sessionMaxMs: 500 });
    expect([reason, ...patient.stops]).toEqual(["complete", "after-tool"]);
    expect(ofType(events, "session.exited")[0]?.outcome).toMatchObject({ type: "max-time" });
    expect(patient.sessions[1]?.resume).toBe(false);
  });

  test("the token budget stops the session and ends the run with limit", async () => {
    const dir = await newProject();
    const hungry = puppet(async ({ host, stopped }) => {
      host.event({
        type: "turn",
        turn: 2,
        usage: { inputTokens: 900, outputTokens: 200, cacheReadTokens: 0, cacheWriteTokens: 0 },
        text: "",
      });
      await new Promise((resolve) => stopped.addEventListener("abort", resolve));
      return undefined;
    });
    const { reason, detail } = await runToEnd(dir, hungry, { maxTokens: 1000 });
    expect({ reason, detail }).toEqual({ reason: "limit", detail: "max tokens: 1110 of 1000 used" });
  });
});

describe("existing code", () => {
  test("gets the prompt for existing code, and claims of its first list are verified", async () => {
    const dir = await newProject();
    await mkdir(join(dir, "src"));
    await writeFile(join(dir, "a.txt"), "");
    const agent = honest([
      { id: "a", description: "a", passes: true, verify: "test -f a.txt" },
      { id: "b", description: "b", passes: true, verify: "test -f b.txt" },
    ]);
    const { events } = await runToEnd(dir, agent, { maxIterations: 1 });
    expect(agent.sessions[0]?.prompt).toContain("already holds code");
    const list = ofType(events, "session.settled").find(({ settled }) => settled.step === "list");
    expect(list?.settled).toMatchObject({ passed: ["a"], failed: ["b"], passing: 1 });
  });
});
