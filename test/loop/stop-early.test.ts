/** A stop that comes before there is a run to be asked: while a large project is held for the first time. */
import { randomFillSync } from "node:crypto";
import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { git, honest, newProject, open, typesOf } from "./project.ts";
import { puppet } from "./puppet.ts";

vi.setConfig({ testTimeout: 60_000 });

/** Incompressible, so that git is at it for a while. */
async function largeProject(): Promise<string> {
  const dir = await newProject();
  const block = Buffer.alloc(16 * 2 ** 20);
  for (let file = 0; file < 6; file += 1) await writeFile(join(dir, `${file}.bin`), randomFillSync(block));
  return dir;
}

test("it is answered at once, nothing has been changed, and the next run begins with its checkpoint", async () => {
  const dir = await largeProject();
  {
    const { project, events } = await open(dir, honest());
    await using _ = project;
    const run = project.start();
    const lock = join(dir, ".onward", "index.lock");
    await vi.waitFor(() => expect(existsSync(lock)).toBe(true), { timeout: 20_000, interval: 5 });
    const asked = performance.now();
    await run.ask("stop", "SIGINT");
    expect(await run.ended).toMatchObject({ reason: "interrupted" });
    expect(performance.now() - asked).toBeLessThan(3_000);
    expect(typesOf(events)).toEqual(["run.started", "asked", "run.ended"]);
    expect(git(dir, "for-each-ref", "refs/onward")).toBe("");
  }
  const { project, events } = await open(dir, honest());
  await using _ = project;
  expect(await project.start().ended).toMatchObject({ reason: "complete" });
  expect(events[0]).toMatchObject({ type: "run.started", resumed: true });
  expect(events[1]).toMatchObject({ type: "checkpoint.taken" });
});

test("kill ends it too, also before anything is recorded", async () => {
  const { project, events } = await open(await largeProject(), honest());
  await using _ = project;
  const run = project.start();
  run.kill();
  expect(await run.ended).toMatchObject({ reason: "interrupted" });
  expect(events.filter(({ type }) => type === "session.starting")).toEqual([]);
});

test("a session that another manager left unsettled is left so", async () => {
  const dir = await newProject();
  const patient = puppet(async ({ stopped }) => {
    await new Promise((resolve) => stopped.addEventListener("abort", resolve));
    return undefined;
  });
  {
    const { project } = await open(dir, patient);
    await using _ = project;
    const run = project.start();
    await vi.waitFor(() => expect(patient.sessions).toHaveLength(1), { timeout: 20_000 });
    run.kill();
    await run.ended;
  }
  {
    const { project, events } = await open(dir, honest());
    await using _ = project;
    const run = project.start();
    await run.ask("stop", "SIGINT");
    expect(await run.ended).toMatchObject({ reason: "interrupted" });
    expect(typesOf(events)).toEqual(["run.started", "asked"]);
    expect(project.ledger.state.run?.phase.type).toBe("session");
  }
  const { project } = await open(dir, honest());
  await using _ = project;
  expect(await project.start().ended).toMatchObject({ reason: "complete" });
});
