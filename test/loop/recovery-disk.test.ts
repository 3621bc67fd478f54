/** A disk that fails while a run is under way: a clear end, nothing lost, no agent left, and it goes on later. */
import { chmodSync, chownSync, rmSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { defaults } from "../../src/config/defaults.ts";
import { OnwardError } from "../../src/core/errors.ts";
import type { RunEvent } from "../../src/core/events.ts";
import { newAgentSessionId, newRunId, newSessionMarker } from "../../src/core/ids.ts";
import { noUsage, type SessionResult } from "../../src/core/session.ts";
import { sqliteJournal } from "../../src/journals/sqlite.ts";
import { openLedger } from "../../src/loop/ledger.ts";
import { type Activities, startLoop } from "../../src/loop/loop.ts";
import type { Journal } from "../../src/ports.ts";
import { check, isClean } from "../faults/checker.ts";
import { newScene, runToComplete, type Scene, startManager } from "../faults/scene.ts";
import { emptyDirectory, newProject, open, work } from "./project.ts";
import { puppet } from "./puppet.ts";

vi.setConfig({ testTimeout: 60_000 });

/** A real journal whose disk is full for events of one type. */
async function failingJournal(type: RunEvent["type"]): Promise<{ journal: Journal; heal(): void }> {
  const journal = await sqliteJournal({ file: join(await emptyDirectory(), "journal.db") });
  onTestFinished(() => journal[Symbol.asyncDispose]());
  let ill = true;
  const append: Journal["append"] = async (expected, events, options) => {
    if (ill && events.some((event) => event.type === type))
      throw new OnwardError("disk", "The disk is full.");
    return journal.append(expected, events, options);
  };
  return { journal: { ...journal, append }, heal: () => (ill = false) };
}

const { maxIterations, maxCostUsd, maxTokens, maxDurationMs, maxTurns, maxWaitMs, waitForReset, fresh } =
  defaults;
const settings = {
  ...{ maxIterations, maxCostUsd, maxTokens, maxDurationMs, maxTurns, maxWaitMs, waitForReset, fresh },
  delayMs: 0,
};
const stopped: SessionResult = {
  ...{ outcome: { type: "stopped", detail: "" }, resumable: false, turns: 0, usage: noUsage },
  ...{ cumulativeCostUsd: null, denials: 0 },
};
const opened = { type: "opened", runId: newRunId("x"), settings } as const;

test("after an append that failed the ledger takes nothing more, and opened again it goes on (J1, J2)", async () => {
  const { journal, heal } = await failingJournal("asked");
  const ledger = await openLedger(journal, Date.now, () => {});
  await ledger.give(opened);
  const stop = { type: "asked", command: "stop", by: "a test" } as const;
  await expect(ledger.give(stop)).rejects.toMatchObject({ code: "disk" });
  heal();
  await expect(ledger.give(stop)).rejects.toMatchObject({ code: "disk" });
  expect(ledger.state.run?.stopAsked).toBe(false);
  const again = await openLedger(journal, Date.now, () => {});
  await again.give(stop);
  expect(again.state.run?.phase).toMatchObject({ type: "ended", reason: "interrupted" });
});

test("a snapshot that cannot be saved costs nothing but time (J4)", async () => {
  const { journal } = await failingJournal("said");
  const saveSnapshot = async () => Promise.reject(new OnwardError("disk", "The disk is full."));
  const ledger = await openLedger({ ...journal, saveSnapshot }, Date.now, () => {});
  await ledger.give(opened);
  for (let i = 0; i < 60; i += 1) {
    await ledger.give({ type: "asked", command: "pause", by: "a test" });
    await ledger.give({ type: "asked", command: "resume", by: "a test" });
  }
  expect(ledger.state.run?.phase.type).toBe("choosing");
});

test("a command that cannot be recorded ends the run with the reason, not the command's caller alone", async () => {
  const { journal } = await failingJournal("asked");
  const ledger = await openLedger(journal, Date.now, () => {});
  const waiting = Promise.withResolvers<boolean>();
  const survey = { list: { type: "absent" }, finalPass: null } as const;
  const activities = {
    survey: async () => ({ survey, restored: null }),
    listChange: async () => null,
    keepList: async () => {},
    newIds: async () => ({
      runId: newRunId("x"),
      agentSessionId: newAgentSessionId("x"),
      marker: newSessionMarker("x"),
      chance: 0,
    }),
    startCheckpoint: async () => ({ ref: "refs/onward/x", commit: "c", uncommitted: 0, leftOut: [] }),
    // A session that ends when it is told to.
    runSession: (_session: unknown, _up: unknown, { soft }: { soft: AbortSignal }) =>
      new Promise((resolve) => {
        waiting.resolve(true);
        soft.addEventListener("abort", () =>
          resolve({ result: stopped, estimatedCostUsd: 0, recoveredMs: null }),
        );
      }),
  };
  const run = startLoop(ledger, activities as unknown as Activities, settings);
  run.ended.catch(() => {});
  await waiting.promise;
  await expect(run.ask("stop", "a test")).rejects.toMatchObject({ code: "disk" });
  await expect(run.ended).rejects.toMatchObject({ code: "disk" });
});

test("what was taken away below .onward in the middle of a run is no wrong usage", async () => {
  const dir = await newProject();
  const thief = puppet(async (act) => {
    await work(act);
    rmSync(join(dir, ".onward", "snapshots"), { recursive: true });
    return undefined;
  });
  const { project } = await open(dir, thief);
  await using _ = project;
  await expect(project.start().ended).rejects.toMatchObject({
    code: "disk",
    message: expect.stringContaining("snapshots"),
    hint: expect.stringContaining("bring it back"),
  });
});

describe("a real manager", () => {
  async function scene(): Promise<Scene> {
    const made = await newScene(2);
    onTestFinished(() => made.remove());
    return made;
  }

  /** Blocks of 512 bytes beyond which the kernel lets no file grow: the journal and its log are the longest. */
  test.each([60, 130, 200])(
    "no file may grow beyond %d blocks: says so, and goes on when it may",
    async (blocks) => {
      const project = await scene();
      const limited = ["sh", "-c", `ulimit -f ${blocks}; exec "$@"`, "sh"];
      expect(await startManager(project, {}, limited).said).toMatchObject({
        type: expect.stringMatching(/error|end/),
      });
      await runToComplete(project);
      expect(await check(project)).toSatisfy(isClean);
    },
  );

  test(".onward that may not be written to: says so, and changes nothing", async () => {
    const project = await scene();
    const state = join(project.dir, ".onward");
    await mkdir(state);
    // Permissions do not bind root, so it becomes somebody else first.
    const root = process.getuid?.() === 0;
    if (root)
      for (const path of [join(project.dir, ".."), project.dir, project.witness])
        chownSync(path, 65534, 65534);
    chmodSync(state, 0o555);
    const somebody = root ? ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] : [];
    expect(await startManager(project, {}, somebody).said).toMatchObject({
      type: "error",
      code: expect.stringMatching(/directory-not-writable|disk/),
    });
    chmodSync(state, 0o755);
  });
});
