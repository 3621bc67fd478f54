/** The library as a program uses it: the genuine agent, led by the demo's model. */
import { copyFile, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, onTestFinished, test, vi } from "vitest";
import { demoSpecFile } from "../src/demo/program.ts";
import { scenario } from "../src/demo/scenario.ts";
import { type ScriptedModel, startScriptedModel } from "../src/demo/scripted-model.ts";
import { autoContinue, inspectProject, SessionManager, type SessionOptions } from "../src/index.ts";
import { busy } from "./e2e/onward.ts";

vi.setConfig({ testTimeout: 60_000 });

let dir: string;
let home: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "onward-dir-"));
  home = await mkdtemp(join(tmpdir(), "onward-home-"));
  onTestFinished(async () => {
    await Promise.all([dir, home].map((path) => rm(path, { recursive: true, force: true, maxRetries: 5 })));
  });
  await copyFile(demoSpecFile, join(dir, "app_spec.txt"));
});

async function model(respond: Parameters<typeof startScriptedModel>[0]["respond"]): Promise<ScriptedModel> {
  const started = await startScriptedModel(respond === undefined ? {} : { respond });
  onTestFinished(() => started.close());
  return started;
}

function options({ url }: ScriptedModel, over: SessionOptions = {}): SessionOptions {
  const env = {
    PATH: process.env.PATH,
    HOME: home,
    ANTHROPIC_BASE_URL: url,
    ANTHROPIC_API_KEY: "not-a-real-key",
  };
  return { env, delayMs: 0, ...over };
}

describe("SessionManager", () => {
  test("runs one session after another, with a task of the caller's", async () => {
    const led = await model(scenario);
    {
      await using project = await SessionManager.open(dir, options(led));
      expect(await project.run()).toMatchObject({
        number: 1,
        sessionType: "init",
        outcome: { type: "done" },
      });
      const second = await project.run("Build what is next, and nothing else.");
      expect(second).toMatchObject({ number: 2, sessionType: "continue", features: { total: 6 } });
      expect(second.checkpoint).toMatch(/^[0-9a-f]{40}$/);
    }
    expect(JSON.stringify(led.calls().at(-1)?.messages)).toContain("Build what is next, and nothing else.");
  });

  test("holds the project: whoever comes second is told (R1)", async () => {
    const led = await model(() => ({ text: "ok" }));
    await using _project = await SessionManager.open(dir, options(led));
    await expect(SessionManager.open(dir, options(led))).rejects.toMatchObject({ code: "project-held" });
  });

  test("closed in the middle of a session it stops that, settles it, and gives the project back (R2)", async () => {
    const led = await model(() => busy);
    const project = await SessionManager.open(dir, options(led));
    const running = project.run();
    await led.waitFor(({ main }) => main);
    await expect(project.run()).rejects.toMatchObject({ code: "usage" });
    await project[Symbol.asyncDispose]();
    expect(await running).toMatchObject({ number: 1, outcome: { type: "stopped" } });
    const { project: state, manager } = await inspectProject(dir);
    expect(manager.type).toBe("free");
    expect(state.run?.phase).toMatchObject({ type: "ended", reason: "interrupted" });
  });

  test("with nothing to do it says so", async () => {
    const led = await model(() => ({ error: { status: 401 } }));
    await using project = await SessionManager.open(dir, options(led, { maxIterations: 0 }));
    await expect(project.run()).rejects.toMatchObject({ code: "nothing-to-do" });
  });
});

describe("autoContinue", () => {
  test("stops gracefully at the caller's signal, and goes on where it was", async () => {
    const led = await model(scenario);
    const stop = new AbortController();
    const seen: number[] = [];
    for await (const { number } of autoContinue(dir, options(led, { signal: stop.signal }))) {
      seen.push(number);
      stop.abort();
    }
    expect(seen[0]).toBe(1);
    const { project } = await inspectProject(dir);
    expect(project.run?.phase).toMatchObject({ type: "ended", reason: "interrupted" });

    for await (const { number } of autoContinue(dir, options(led))) {
      seen.push(number);
      break;
    }
    expect(seen).toEqual(seen.toSorted((a, b) => a - b));
    const after = await inspectProject(dir);
    expect(after.project.run?.id).toBe(project.run?.id);
    expect(after.manager.type).toBe("free");
  });
});
