import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { noUsage } from "../../../src/core/session.ts";
import { sessionFiles } from "../../../src/loop/session-files.ts";
import { recordTurn } from "../../../src/loop/turns.ts";
import { ensureRepository, openGit } from "../../../src/project/git/git.ts";
import { statePaths } from "../../../src/project/paths.ts";
import { json, onward } from "../onward.ts";
import { commitOf, fiveFeatures, hold, type MadeProject, makeProject, startedAt } from "../project.ts";

let project: MadeProject;
beforeEach(async () => {
  project = await makeProject();
});
afterEach(() => project[Symbol.asyncDispose]());

const status = async () => (await json(["status", project.dir])) as Record<string, unknown>;
const state = async () => (await status()).state;
const isoTime = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);

/** An init session, then one feature verified, one not, and one session that brought nothing. */
async function twoFeatures(): Promise<void> {
  await using history = await project.history();
  await history.session({ turns: 9, costUsd: 0.25 });
  await project.list(fiveFeatures);
  await history.session({ passed: ["add"], workedMs: 600_000, denials: 2 });
  await history.session({ passed: ["save"], verified: false });
  await history.session({ outcome: { type: "max-turns", detail: "1000 turns" }, turns: 1000 });
}

describe("status --json", () => {
  it("has just the keys of the contract", async () => {
    await twoFeatures();
    expect(await status()).toEqual({
      project: project.dir,
      state: "interrupted",
      next: { sessionType: "continue", reason: expect.stringContaining("3 of 5 features"), at: null },
      features: {
        total: 5,
        passing: 2,
        verified: 1,
        deferred: 0,
        byCategory: { cli: [1, 3], storage: [1, 2] },
      },
      run: {
        id: expect.stringMatching(/^run_[0-9a-f]{12}$/),
        iterations: 4,
        costUsd: expect.closeTo(0.55),
        tokens: { input: 24_000, output: 800 },
        startedAt: new Date(startedAt).toISOString(),
        endedAt: null,
        reason: null,
      },
      sessions: [
        ["init", "done", 9, 0.25, 60_000, []],
        ["continue", "done", 9, 0.1, 600_000, ["add"]],
        ["continue", "done", 9, 0.1, 60_000, ["save"]],
        ["continue", "max-turns", 1000, 0.1, 60_000, []],
      ].map(([sessionType, outcome, turns, costUsd, durationMs, passed], index) => ({
        number: index + 1,
        sessionType,
        outcome,
        turns,
        costUsd: expect.closeTo(Number(costUsd)),
        durationMs,
        passed,
        commit: commitOf(index + 1),
      })),
    });
  });

  it("looks without leaving anything behind", async () => {
    expect(await status()).toEqual({
      project: project.dir,
      state: "new",
      next: { sessionType: "init", reason: "there is no feature_list.json", at: null },
      features: { total: 0, passing: 0, verified: 0, deferred: 0, byCategory: {} },
      run: null,
      sessions: [],
    });
    expect(existsSync(join(project.dir, ".onward"))).toBe(false);
  });

  it("tells the turns and the cost of a session that is at work", async () => {
    await using history = await project.history();
    await history.begin();
    const { dir, turns } = sessionFiles(statePaths(project.dir), 1);
    await mkdir(dir, { recursive: true });
    for (let turn = 1; turn <= 3; turn += 1)
      recordTurn(turns, Date.now(), { ...noUsage, outputTokens: 1000 });
    await using _held = await hold(project.dir);
    const [session] = (await status()).sessions as { costUsd: number }[];
    expect(session).toMatchObject({ number: 1, outcome: null, turns: 3 });
    expect(session?.costUsd).toBeGreaterThan(0);
  });

  it("is running only while a manager lives", async () => {
    await project.list(fiveFeatures);
    await using history = await project.history();
    await history.begin();
    expect(await state()).toBe("interrupted");
    await using _held = await hold(project.dir);
    expect(await status()).toMatchObject({
      state: "running",
      sessions: [{ number: 1, outcome: null, commit: null }],
    });
  });

  it("is waiting until a time, also on the screen", async () => {
    await project.list(fiveFeatures);
    await using history = await project.history();
    const resetsAt = Date.now() + 3_600_000;
    history.pass(Date.now() - startedAt);
    await history.session({ outcome: { type: "usage-limit", detail: "5-hour limit", resetsAt } });
    await history.survey();
    await using _held = await hold(project.dir);
    expect(await status()).toMatchObject({ state: "waiting", next: { at: isoTime } });
    const { stdout } = await onward(["status", project.dir]);
    expect(stdout).toMatch(/● waiting/);
    expect(stdout).toMatch(
      /waits +usage-limit: (1h 0\dm|5\dm \d\ds|1h 00m) more, until \d\d:\d\d \(5-hour limit\)/,
    );
  });

  it.each([
    ["paused", "pause"],
    ["interrupted", "stop"],
  ] as const)("is %s after %s", async (expected, command) => {
    await project.list(fiveFeatures);
    await using history = await project.history();
    await history.give({ type: "asked", command, by: "test" });
    expect(await state()).toBe(expected);
  });

  it("says how a paused run goes on, with a manager and without", async () => {
    await project.list(fiveFeatures);
    await using history = await project.history();
    await history.give({ type: "asked", command: "pause", by: "test" });
    const screen = async () => (await onward(["status", project.dir])).stdout.replaceAll(/\s+/g, " ");
    expect(await screen()).toContain("nobody is at work: after `onward run`, `onward resume` goes on");
    await using _held = await hold(project.dir);
    expect(await screen()).toMatch(/paused `onward resume` goes on/);
  });

  it("tells how a run ended", async () => {
    await project.list(fiveFeatures);
    {
      await using history = await project.history({ maxIterations: 1 });
      await history.session({});
      await history.survey();
    }
    expect(await status()).toMatchObject({ state: "limit", run: { reason: "limit", endedAt: isoTime } });
    {
      await using history = await project.history();
      await history.give({ type: "broken", detail: "no space left" });
    }
    expect(await state()).toBe("failed");
    {
      await using history = await project.history();
      await history.session({ outcome: { type: "auth", detail: "401" } });
      await history.survey();
    }
    expect(await state()).toBe("blocked");
    {
      await using history = await project.history();
      await history.session({ passed: ["add", "list", "done", "save", "lock"] });
      await history.survey();
    }
    expect(await state()).toBe("complete");
    await project.list(fiveFeatures);
    expect(await state()).toBe("new");
  });

  it("counts what was tried too often as deferred", async () => {
    await project.list(fiveFeatures);
    await using history = await project.history();
    for (let session = 1; session <= 3; session += 1) await history.session({});
    expect(await status()).toMatchObject({ features: { deferred: 1 } });
    const rows = (await json(["features", project.dir])) as { id: string; deferred: boolean }[];
    expect(rows.filter((row) => row.deferred).map((row) => row.id)).toEqual(["add"]);
  });

  it("exits 0 and is blocked where the list is damaged", async () => {
    await project.write("feature_list.json", "{");
    expect(await status()).toMatchObject({
      state: "blocked",
      next: { sessionType: "none", reason: expect.stringContaining("line 1, column 2") },
    });
    expect(await json(["detect", project.dir])).toEqual({
      sessionType: "none",
      state: "damaged",
      reason: expect.stringContaining("is not JSON"),
    });
    expect((await onward(["features", project.dir])).code).toBe(4);
  });
});

describe("the screen of status", () => {
  it("fits 80 columns and tells what matters", async () => {
    await twoFeatures();
    const { stdout, code } = await onward(["status", project.dir]);
    expect(code).toBe(0);
    for (const line of stdout.split("\n")) expect([...line].length).toBeLessThanOrEqual(80);
    expect(stdout).toMatch(/● interrupted/);
    expect(stdout).toMatch(/█+░+ 40 % {2}2 of 5, 1 of them verified/);
    expect(stdout).toMatch(/cli +█+░+ {2}1\/3/);
    expect(stdout).toMatch(/cost +\$0\.55 of \$5\.00 · 4 iterations · /);
    expect(stdout).toMatch(/time +13m 09s, agents at work for 13m 00s of it/);
    expect(stdout).toMatch(/pace +10 features an hour · \$0\.55 per verified feature/);
    expect(stdout).toMatch(/left +about \d+m of work, most likely \d+m to (\d+m|\dh \d\dm)/);
    expect(stdout).toMatch(/denied +2 tool calls/);
    expect(stdout).toMatch(/^2 {2}continue +done +9 +10m 00s +\$0\.10 {2}add$/m);
  });

  it("sends nothing to the terminal that an agent wrote for it", async () => {
    await project.list([
      { description: "a\u001b]0;owned\u0007\u202eb", category: "x\u001b[2J", passes: false },
    ]);
    for (const command of ["status", "features", "detect"]) {
      const { stdout } = await onward([command, project.dir]);
      // biome-ignore lint/suspicious/noControlCharactersInRegex: just these must not be there
      expect(stdout).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u202e]/);
    }
  });
});

describe("sessions and show", () => {
  it("list and tell everything of a session", async () => {
    await twoFeatures();
    const sessions = (await json(["sessions", project.dir])) as Record<string, unknown>[];
    expect(sessions.map(({ number, outcome }) => [number, outcome])).toEqual([
      [1, "done"],
      [2, "done"],
      [3, "done"],
      [4, "max-turns"],
    ]);
    const shown = await json(["show", "2", "--dir", project.dir]);
    expect(shown).toMatchObject({
      number: 2,
      sessionType: "continue",
      offered: "add",
      outcome: "done",
      detail: "end of turn",
      startedAt: isoTime,
      endedAt: isoTime,
      denials: 2,
      passed: ["add"],
      verifications: [{ featureId: "add", ok: true, exitCode: 0 }],
      commits: [],
    });
    const { stdout } = await onward(["show", "2"], { cwd: project.dir });
    expect(stdout).toMatch(/^session 2 · continue$/m);
    expect(stdout).toMatch(/denied +2 tool calls/);
    expect(stdout).toMatch(/✓ add: npm test -- add \(a person's, exit 0/);
  });

  it("tell the commits that a session brought, and what was undone", async () => {
    await ensureRepository(project.dir);
    const git = await openGit(project.dir);
    const commit = async (subject: string) => {
      await git.run(["commit", "--quiet", "--allow-empty", "-m", subject], { writes: true });
      return (await git.run(["rev-parse", "HEAD"])).trim();
    };
    const [first, second, third] = [await commit("one"), await commit("two"), await commit("three")];
    {
      await using history = await project.history();
      await history.session({ head: first });
      await history.session({ head: third, violations: ["feature add was removed"] });
    }
    expect(await json(["show", "2"], { cwd: project.dir })).toMatchObject({
      commits: [
        { hash: third, subject: "three" },
        { hash: second, subject: "two" },
      ],
      violations: ["feature add was removed"],
    });
    const { stdout } = await onward(["show", "1"], { cwd: project.dir });
    expect(stdout).toContain(`Commits\n  ${first.slice(0, 10)} one`);
  });

  it("know the sessions there are", async () => {
    const none = await onward(["show", "1", "--dir", project.dir]);
    expect(none).toMatchObject({ code: 2, stderr: expect.stringContaining("no session") });
    expect((await onward(["sessions", project.dir])).stdout).toBe("no session yet\n");
    await twoFeatures();
    const { code, stderr } = await onward(["show", "9", "--dir", project.dir]);
    expect([code, stderr]).toEqual([2, expect.stringContaining("There is no session 9.")]);
    expect(stderr).toContain("from 1 to 4");
  });
});

describe("features", () => {
  it("lists them, all or some", async () => {
    await twoFeatures();
    const ids = async (...args: string[]) =>
      ((await json(["features", project.dir, ...args])) as { id: string }[]).map(({ id }) => id);
    expect(await ids()).toEqual(["add", "list", "done", "save", "lock"]);
    expect(await ids("--failing")).toEqual(["list", "done", "lock"]);
    expect(await ids("--category", "storage")).toEqual(["save", "lock"]);
    expect(await ids("--failing", "--category", "Storage")).toEqual(["lock"]);
    const [first] = (await json(["features", project.dir])) as object[];
    expect(first).toEqual({
      ...fiveFeatures[0],
      ...{ passes: true, priority: null, dependsOn: [], verify: null, deferred: false },
      ...{ verified: true, verifiedBy: "person" },
    });
    const { stdout } = await onward(["features", project.dir]);
    expect(stdout).toMatch(/✓ save +Tasks outlive the program unverified/);
    expect(stdout).toMatch(/· lock +Two programs/);
  });

  it("show one with all that speaks for it", async () => {
    await twoFeatures();
    const shown = await json(["features", "show", "add"], { cwd: project.dir });
    const check = {
      ...{
        at: isoTime,
        session: 2,
        final: false,
        byHand: false,
        command: "npm test -- add",
        ok: true,
        exitCode: 0,
      },
      ...{ durationMs: 900, outputTail: "ok", author: "person", checkpoint: commitOf(2), head: null },
    };
    expect(shown).toEqual({
      ...fiveFeatures[0],
      ...{ passes: true, priority: null, dependsOn: [], verify: null, verified: true, deferred: false },
      ...{
        tries: 0,
        triedIn: [2],
        checks: 1,
        vouchedBy: check,
        lastCheck: check,
        changes: [],
        regressions: [],
      },
      claims: [{ at: isoTime, session: 2, words: null, stands: true, check }],
    });
    const { stdout } = await onward(["features", "show", "add", project.dir]);
    expect(stdout).toMatch(/^add {2}✓ verified$/m);
    expect(stdout).toMatch(/decided by npm test -- add \(your command\)/);
    expect(stdout).toMatch(/held +2026-\d\d-\d\d \d\d:\d\d after session 2, at chk_c{8} \(900ms\)/);
    expect(stdout).toMatch(/#2 {2}claimed, and it held \(exit 0, 900ms\)/);
    expect(stdout).toMatch(/│ ok$/m);
    expect((await onward(["features", "show", "save", project.dir])).stdout).toMatch(
      /claimed, nothing checks it/,
    );
    const wrong = await onward(["features", "show", "savee", project.dir]);
    expect(wrong).toMatchObject({ code: 2, stderr: expect.stringContaining("Did you mean save?") });
  });
});
