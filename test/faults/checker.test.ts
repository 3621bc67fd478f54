/** The campaign's checker finds what it is there for: one finished project, damaged in one way after another. */
import { appendFileSync, cpSync, existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { check, type Findings, isClean } from "./checker.ts";
import { newScene, type Scene, startManager } from "./scene.ts";

let whole: Scene;
let copies = 0;
beforeAll(async () => {
  whole = await newScene(2);
  // With waits, and with a manager that dies in a session whose model has answered.
  const ordered = { config: { delayMs: 20 } };
  const first = startManager(whole, { ...ordered, modes: ["slow"] });
  await vi.waitUntil(() => existsSync(turnsOf(whole, "0001")), { timeout: 20_000, interval: 5 });
  first.child.kill("SIGKILL");
  await first.said;
  expect(await startManager(whole, ordered).said).toMatchObject({ type: "end", reason: "complete" });
});
afterAll(() => whole.remove());

/** What is found in a copy of the project after `damage`. */
async function foundAfter(damage: (scene: Scene) => void): Promise<Findings> {
  copies += 1;
  const root = join(dirname(whole.dir), `copy-${copies}`);
  const scene = { ...whole, dir: join(root, "project"), witness: join(root, "witness") };
  cpSync(whole.dir, scene.dir, { recursive: true });
  cpSync(whole.witness, scene.witness, { recursive: true });
  damage(scene);
  return check(scene);
}

const sql = (line: string) => (scene: Scene) => {
  const db = new DatabaseSync(join(scene.dir, ".onward", "journal.db"));
  db.exec(line);
  db.close();
};
const turnsOf = (scene: Scene, session: string) =>
  join(scene.dir, ".onward/sessions", session, "turns.jsonl");
const last = "(SELECT max(version) FROM events)";

describe("the checker of the campaign", () => {
  test("has nothing to say of a project that is as it should be", async () => {
    expect(await foundAfter(() => {})).toSatisfy(isClean);
  });

  test("an acknowledged event that is gone (J1)", async () => {
    const { lost } = await foundAfter(sql(`DELETE FROM events WHERE version = ${last}`));
    expect(lost).toEqual([expect.stringContaining("run.ended")]);
  });

  test("events in another order, and one that is there twice (J2)", async () => {
    const swapped = `UPDATE events SET version = -1 WHERE version = ${last};
      UPDATE events SET version = version + 1 WHERE version = ${last};
      UPDATE events SET version = ${last} - 1 WHERE version = -1`;
    expect((await foundAfter(sql(swapped))).lost).not.toEqual([]);
    const twice = `INSERT INTO events SELECT version + 1, type, at, body FROM events WHERE version = ${last}`;
    expect((await foundAfter(sql(twice))).lost).toEqual([expect.stringContaining("is there before")]);
  });

  test.each([
    ["a living manager recorded", 2],
    ["a later manager took from the turns", 1],
  ])("usage that %s wrongly (R3)", async (_who, session) => {
    const dearer = `UPDATE events SET body = json_set(body, '$.usage.inputTokens', 500)
      WHERE type = 'session.exited' AND json_extract(body, '$.number') = ${session}`;
    const { other } = await foundAfter(sql(dearer));
    expect(other).toContainEqual(
      `session ${session} is recorded with 1 turns of 501 tokens, its turns are 1 turns of 11 tokens`,
    );
    expect(other).toContainEqual(expect.stringMatching(/^counters are /));
  });

  test("turns that are counted though nobody answered them, and turns that are not counted (R3)", async () => {
    const more = await foundAfter((scene) => {
      const turns = turnsOf(scene, "0002");
      appendFileSync(turns, readFileSync(turns));
      sql(`UPDATE events SET body = json_set(body, '$.turns', 2, '$.usage.inputTokens', 20, '$.usage.outputTokens', 2, '$.costUsd', 0.00015)
        WHERE type = 'session.exited' AND json_extract(body, '$.number') = 2`)(scene);
    });
    expect(more.other).toEqual(["session 2 is recorded with 2 turns, the witness saw 1"]);
    const fewer = await foundAfter((scene) => rmSync(turnsOf(scene, "0002")));
    expect(fewer.other).toContainEqual(expect.stringContaining("session 2 is recorded with 1 turns"));
  });

  test("a session past the budget, in a wait, or before another has ended (R4)", async () => {
    const budget = `UPDATE events SET body = json_set(body, '$.settings.maxIterations', 1) WHERE type = 'run.started'`;
    expect((await foundAfter(sql(budget))).other).toContain("session 3 starts past the iterations");
    const wait = `UPDATE events SET body = json_set(body, '$.until', at + 3600000) WHERE type = 'wait.started';
      DELETE FROM events WHERE type = 'wait.ended'`;
    expect((await foundAfter(sql(wait))).other).toContain("session 2 starts in a wait");
    const end = `DELETE FROM events WHERE type = 'session.ended' AND json_extract(body, '$.number') = 1`;
    const { other, missing } = await foundAfter(sql(end));
    expect(other).toContain("session 2 starts before session 1 has ended");
    expect(missing).toEqual([expect.stringMatching(/^session 1: /)]);
  });

  test("a wait that was cut short, and one that a later manager began anew (R6)", async () => {
    const longer = `UPDATE events SET body = json_set(body, '$.until', at + 3600000) WHERE type = 'wait.started'`;
    expect((await foundAfter(sql(longer))).other).toContainEqual(
      expect.stringMatching(/^a wait ended \d+ ms early$/),
    );
    const anew = `UPDATE events SET body = json_set(body, '$.until', at + 3600000) WHERE type = 'wait.started';
      UPDATE events SET type = 'wait.started', body = json_object('type', 'wait.started', 'at', at,
      'reason', 'delay', 'until', at + 7200000, 'detail', '') WHERE type = 'wait.ended'`;
    expect((await foundAfter(sql(anew))).other).toContainEqual(
      expect.stringMatching(/^a wait was made \d+ ms longer/),
    );
  });

  test("a pass that nothing confirmed, and one that is not true (F2, F5)", async () => {
    const { other } = await foundAfter((scene) => {
      rmSync(join(scene.dir, "f1.txt"));
      const list = [
        { id: "f1", passes: true },
        { id: "f3", passes: true },
      ];
      writeFileSync(join(scene.dir, "feature_list.json"), JSON.stringify(list));
    });
    expect(other).toEqual(["f3 passes unconfirmed", "f1 is not there", "f3 is not there"]);
  });
});
