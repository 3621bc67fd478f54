import { describe, expect, test } from "vitest";
import { decide } from "../../src/core/decide.ts";
import { evolve } from "../../src/core/evolve.ts";
import { newAgentSessionId, newRunId, newSessionMarker } from "../../src/core/ids.ts";
import type { Survey } from "../../src/core/input.ts";
import { noProject } from "../../src/core/run.ts";
import type { Outcome } from "../../src/core/session.ts";
import { feature, start, story, work } from "./story.ts";
import { settings } from "./world.ts";

const done: Outcome = { type: "done", detail: "" };
const crashed: Outcome = { type: "crashed", detail: "signal SIGKILL" };
const overloaded: Outcome = { type: "overloaded", detail: "529" };
const minute = 60_000;
const hour = 60 * minute;

const survey = (passes: readonly boolean[], finalPass: string | null = null): Survey => ({
  list: {
    type: "valid",
    features: passes.map((pass, i) => feature(String.fromCharCode(97 + i), { passes: pass })),
  },
  finalPass,
});

describe("detection", () => {
  test("no feature list: init", () => {
    const event = story().next({ list: { type: "absent" }, finalPass: null });
    expect(event).toMatchObject({ type: "session.starting", number: 1, sessionType: "init", offered: null });
  });

  test("a feature that does not pass: continue, with that feature", () => {
    expect(story().next(survey([true, false]))).toMatchObject({ sessionType: "continue", offered: "b" });
  });

  test("all pass without verification: complete, said to be unverified", () => {
    expect(story().next(survey([true]))).toMatchObject({
      type: "run.ended",
      reason: "complete",
      detail: expect.stringMatching(/unverified/),
    });
  });

  test("all pass with verification: verified first, without a session (F5)", () => {
    const s = story();
    expect(s.next(survey([true], "t1"))).toMatchObject({ type: "gate.started", tree: "t1" });
    s.give({ type: "gate-ended", results: [], regressed: [] });
    expect(s.next(survey([true], "t1"))).toMatchObject({ type: "run.ended", reason: "complete" });
  });

  test("a final pass counts for its own tree only, but what never holds still is not checked for ever", () => {
    const s = story();
    s.next(survey([true], "t1"));
    s.give({ type: "gate-ended", results: [], regressed: [] });
    expect(s.next(survey([true], "t2"))).toMatchObject({ type: "gate.started", tree: "t2" });
    s.give({ type: "gate-ended", results: [], regressed: [] });
    expect(s.next(survey([true], "t3"))).toMatchObject({ type: "run.ended", reason: "complete" });
  });

  test("a final pass that fails: the next session mends it, also when nothing is left to choose", () => {
    const s = story();
    s.next(survey([true], "t1"));
    const result = {
      featureId: null,
      command: "npm test",
      ok: false,
      exitCode: 1,
      durationMs: 1,
      outputTail: "red",
    };
    s.give({ type: "gate-ended", results: [result], regressed: [] });
    expect(s.next(survey([true], "t1"))).toMatchObject({
      type: "session.starting",
      purpose: "mend-gate",
      offered: null,
    });
  });

  test("a damaged list blocks and says where", () => {
    const event = story().next({
      list: { type: "damaged", problem: "is not JSON: line 3" },
      finalPass: null,
    });
    expect(event).toMatchObject({
      type: "run.ended",
      reason: "blocked",
      detail: expect.stringMatching(/line 3/),
    });
  });

  test("two healthy init sessions without a list block", () => {
    const s = story();
    const absent: Survey = { list: { type: "absent" }, finalPass: null };
    for (let i = 0; i < 2; i++) {
      expect(s.next(absent)).toMatchObject({ sessionType: "init" });
      s.give({
        type: "session-exited",
        result: { outcome: done, resumable: true, turns: 3, usage: zero, cumulativeCostUsd: 0, denials: 0 },
        estimatedCostUsd: 0,
        recoveredMs: null,
      });
      s.give({
        type: "step-settled",
        settled: { step: "integrity", violations: [], claimed: [], regressed: [], total: null },
      });
      s.give({ type: "step-settled", settled: { step: "verification", results: [] } });
      s.give({
        type: "step-settled",
        settled: { step: "list", passed: [], failed: [], passing: 0, total: 0 },
      });
      s.give({ type: "step-settled", settled: { step: "notes" } });
      s.give({
        type: "step-settled",
        settled: { step: "checkpoint", ref: "r", commit: "c", changed: true, head: null },
      });
    }
    expect(s.next(absent)).toMatchObject({
      type: "run.ended",
      reason: "blocked",
      detail: expect.stringMatching(/init sessions/),
    });
  });
});

const zero = { inputTokens: 0, outputTokens: 0, cacheReadTokens: 0, cacheWriteTokens: 0 };

describe("after a session", () => {
  test.each<Outcome>([done, { type: "max-turns", detail: "" }, { type: "context-full", detail: "" }])(
    "$type: the delay, then a fresh context",
    (outcome) => {
      const s = story();
      s.session(outcome);
      const ids = { agentSessionId: newAgentSessionId("x"), marker: newSessionMarker("x") };
      const [event] = s.give({ type: "surveyed", survey: work, ...ids, chance: 0 });
      expect(event).toMatchObject({ type: "wait.started", reason: "delay", until: start + 1000 + 3000 });
      s.give({ type: "wait-over" });
      expect(s.next(work)).toMatchObject({
        type: "session.starting",
        number: 2,
        resumes: false,
        purpose: "work",
      });
    },
  );

  test("usage limit with a reset time: waits until then and a jitter, then resumes the conversation", () => {
    const s = story();
    const resetsAt = start + 2 * hour;
    s.session({ type: "usage-limit", detail: "5-hour limit", resetsAt });
    const wait = s.next(work, 0.5);
    expect(wait).toMatchObject({ type: "wait.started", reason: "usage-limit", until: resetsAt + 30_000 });
    s.pass(2 * hour + minute);
    s.give({ type: "wait-over" });
    expect(s.next(work)).toMatchObject({ type: "session.starting", resumes: true, purpose: "go-on" });
  });

  test("a reset time beyond maxWait ends with limit", () => {
    const s = story({ maxWaitMs: 8 * hour });
    s.session({ type: "usage-limit", detail: "weekly limit", resetsAt: start + 70 * hour });
    expect(s.next(work)).toMatchObject({
      type: "run.ended",
      reason: "limit",
      detail: expect.stringMatching(/weekly limit/),
    });
  });

  test("windows that work used up do not add up; a window that gives no answer does (maxWait)", () => {
    const s = story({ maxWaitMs: 8 * hour });
    for (const [window, turns] of [120, 120, 120, 120, 0].entries()) {
      const resetsAt = start + (window + 1) * 6 * hour;
      s.session({ type: "usage-limit", detail: "5-hour limit", resetsAt }, { turns, workedMs: hour });
    }
    expect(s.next(work)).toMatchObject({
      type: "run.ended",
      reason: "limit",
      detail: expect.stringMatching(/--max-wait/),
    });
  });

  test("waiting for a reset can be switched off", () => {
    const s = story({ waitForReset: false });
    s.session({ type: "usage-limit", detail: "limit", resetsAt: start + hour });
    expect(s.next(work)).toMatchObject({ type: "run.ended", reason: "limit" });
  });

  test("a usage limit without a reset time backs off up to 30 min, and in sum up to maxWait", () => {
    const s = story({ maxWaitMs: 2 * hour });
    const waits: number[] = [];
    for (;;) {
      s.session({ type: "usage-limit", detail: "limit", resetsAt: null });
      const event = s.next(work, 0.999);
      if (event.type !== "wait.started") {
        expect(event).toMatchObject({ type: "run.ended", reason: "limit" });
        break;
      }
      waits.push(event.until - event.at);
      s.pass(event.until - event.at);
      s.give({ type: "wait-over" });
    }
    expect(Math.max(...waits)).toBeLessThanOrEqual(30 * minute);
    expect(waits[1]).toBeGreaterThan(waits[0] ?? Infinity);
    expect(waits.reduce((a, b) => a + b)).toBeLessThanOrEqual(2 * hour);
  });

  test("transient trouble backs off, honours retry-after, and is forgotten after a healthy session", () => {
    const s = story();
    s.session({ type: "rate-limited", detail: "429", retryAfterMs: 20_000 });
    expect(s.next(work, 0)).toMatchObject({ reason: "backoff", until: start + 1000 + 20_000 });
    s.pass(20_000);
    s.give({ type: "wait-over" });
    s.session(overloaded);
    expect(s.state.run?.trouble).toMatchObject({ transient: 2 });
    s.session(done);
    expect(s.state.run?.trouble).toMatchObject({ transient: 0, waitedMs: 0 });
  });

  test("transient trouble for longer than maxWait blocks", () => {
    const s = story({ maxWaitMs: 10_000 });
    s.session({ type: "rate-limited", detail: "429", retryAfterMs: 11_000 });
    expect(s.next(work)).toMatchObject({ type: "run.ended", reason: "blocked" });
  });

  test.each<Outcome["type"]>(["auth", "billing", "not-found"])("%s blocks at once", (type) => {
    const s = story();
    s.session({ type, detail: "said so" } as Outcome, { turns: 0 });
    expect(s.next(work)).toMatchObject({
      type: "run.ended",
      reason: "blocked",
      detail: expect.stringMatching(/said so/),
    });
  });

  test("three stalls block", () => {
    const s = story();
    for (let i = 0; i < 3; i++) s.session({ type: "stalled", detail: "" });
    expect(s.next(work)).toMatchObject({
      type: "run.ended",
      reason: "blocked",
      detail: expect.stringMatching(/stalled/),
    });
  });

  test("a crash resumes the conversation once, then begins a fresh one, then blocks", () => {
    const s = story();
    s.session(crashed);
    expect(s.next(work)).toMatchObject({ number: 2, resumes: true });
    s.give({ type: "session-exited", ...exit(crashed) });
    settle(s);
    expect(s.next(work)).toMatchObject({ number: 3, resumes: false });
    s.give({ type: "session-exited", ...exit(crashed) });
    settle(s);
    expect(s.next(work)).toMatchObject({
      type: "run.ended",
      reason: "blocked",
      detail: expect.stringMatching(/crashed 3 times/),
    });
  });

  test("a crash without a saved conversation begins a fresh one; --fresh always does", () => {
    const s = story();
    s.session(crashed, { resumable: false });
    expect(s.next(work)).toMatchObject({ resumes: false });
    const fresh = story({ fresh: true });
    fresh.session(crashed);
    expect(fresh.next(work)).toMatchObject({ resumes: false });
  });

  test("a refusal has one fresh retry", () => {
    const s = story();
    const refused: Outcome = { type: "refused", detail: "" };
    s.session(refused);
    s.session(refused);
    expect(s.events.findLast((event) => event.type === "session.starting")).toMatchObject({ resumes: false });
    expect(s.next(work)).toMatchObject({ type: "run.ended", reason: "blocked" });
  });

  test("done without a single answer of the model is a crash", () => {
    const s = story();
    for (let i = 0; i < 3; i++) s.session(done, { turns: 0 });
    expect(s.next(work)).toMatchObject({ type: "run.ended", reason: "blocked" });
  });
});

describe("stuck", () => {
  test("three healthy sessions without a change", () => {
    const s = story();
    for (let i = 0; i < 3; i++) s.session(done, { changed: false });
    expect(s.next(work)).toMatchObject({
      type: "run.ended",
      reason: "blocked",
      detail: expect.stringMatching(/stuck: 3 sessions/),
    });
  });

  const tenWithout = { type: "run.ended", reason: "blocked", detail: expect.stringMatching(/^stuck: 10/) };

  /** Otherwise the features would be deferred first. */
  const passed = ["a", "b"];

  test("ten without a net new pass, also in a run that begins with some passing", () => {
    const s = story();
    s.session(done, { found: 3, passing: 3 });
    for (let i = 1; i < 10; i++) s.session(done, { passing: 3, passed });
    expect(s.next(work)).toMatchObject(tenWithout);
  });

  test("passing and losing the same feature is no progress: a loss is forgiven once", () => {
    const s = story();
    s.session(done, { passing: 1, claimed: ["x"] });
    for (let i = 0; i < 12; i++) s.session(done, { passing: i % 2, claimed: ["x"], passed });
    expect(s.next(work)).toMatchObject(tenWithout);
  });

  test("what was lost at once and is won again one by one is progress; so is what came before a limit", () => {
    const s = story();
    s.session(done, { passing: 50 });
    s.session(done, { passing: 5 });
    for (let i = 6; i < 30; i++) s.session(done, { passing: i, passed });
    for (let i = 0; i < 9; i++) s.session(done, { passing: 29, passed });
    s.session({ type: "usage-limit", detail: "", resetsAt: null }, { passing: 30 });
    expect(s.state.run?.standstill).toMatchObject({ withoutPass: 0, toBeat: 30, best: 50, forgiven: true });
    s.session(done, { passing: 51 });
    expect(s.state.run?.standstill).toMatchObject({ toBeat: 51, best: 51, forgiven: false });
  });

  test("what people take away moves the marks; what the final pass takes away is a loss", () => {
    const s = story();
    s.session(done, { passing: 50 });
    s.session(done, { found: 5, passing: 6 });
    expect(s.state.run?.standstill).toMatchObject({ withoutPass: 0, toBeat: 6, best: 6, forgiven: false });
    s.next(survey([true, true, true, true, true, true], "t1"));
    s.give({ type: "gate-ended", results: [], regressed: ["a", "b"] });
    expect(s.state.run?.standstill).toMatchObject({ passing: 4, toBeat: 4, best: 6, forgiven: true });
  });

  test("the end names the sessions, the features they were at, and the last failure", () => {
    const s = story();
    const result = { featureId: "a", command: "npm test a", ok: false, exitCode: 1, durationMs: 1 };
    const results = [{ ...result, outputTail: "a lot\nexpected 1, got 2\n" }];
    s.session(done, { passing: 1 });
    for (let i = 0; i < 3; i++) s.session(done, { passing: 1, changed: false, claimed: ["c"], results });
    expect(s.next(work)).toMatchObject({
      detail:
        "stuck: 3 sessions in a row changed nothing in the project; sessions 2 to 4; at work on a, c, b; " +
        "last failure: a, npm test a: expected 1, got 2",
    });
  });

  test("features tried three times are deferred, get one last attempt each, then end the run", () => {
    const s = story();
    for (let i = 0; i < 6; i++) s.session(done, { changed: true, passing: i + 1 });
    const tried = s.events.flatMap((event) => (event.type === "session.starting" ? [event.offered] : []));
    expect(tried).toEqual(["a", "a", "a", "b", "b", "b"]);
    s.session(done, { passing: 7 });
    s.session(done, { passing: 8 });
    const last = s.events.filter((event) => event.type === "session.starting").slice(-2);
    expect(last).toMatchObject([
      { offered: "a", lastAttempt: true },
      { offered: "b", lastAttempt: true },
    ]);
    expect(s.next(work)).toMatchObject({
      type: "run.ended",
      reason: "limit",
      detail: expect.stringMatching(/^deferred: a, b/),
    });
  });
});

describe("budgets", () => {
  test("maxIterations counts sessions with an answer, exactly", () => {
    const s = story({ maxIterations: 2 });
    s.session(crashed, { turns: 0 });
    s.session(done);
    s.session(done);
    expect(s.next(work)).toMatchObject({
      type: "run.ended",
      reason: "limit",
      detail: expect.stringMatching(/2 of 2/),
    });
  });

  test("what is left caps the session", () => {
    const s = story({ maxCostUsd: 5, maxDurationMs: hour });
    s.session(done, { costUsd: 2, workedMs: 10 * minute });
    const event = s.next(work);
    expect(event).toMatchObject({ type: "session.starting", caps: { maxBudgetUsd: 3 } });
    expect(event.type === "session.starting" && event.caps.deadline).toBe(
      event.at + hour - 10 * minute - 3000,
    );
  });

  test("a resumed conversation's cumulative cost is counted once", () => {
    const s = story();
    s.session(crashed, { costUsd: 2 });
    s.session(done, { costUsd: 1 });
    expect(s.events.filter((event) => event.type === "session.exited").map((event) => event.costUsd)).toEqual(
      [2, 1],
    );
    expect(s.state.run?.costUsd).toBe(3);
  });

  test("a wait for a usage limit is no working time, a delay is", () => {
    const s = story();
    s.session({ type: "usage-limit", detail: "", resetsAt: start + 2 * hour }, { workedMs: minute });
    s.next(work);
    s.pass(2 * hour);
    s.give({ type: "wait-over" });
    s.session(done, { workedMs: minute });
    expect(s.state.run?.activeMs).toBe(2 * minute);
  });

  test("an empty budget comes before any wait", () => {
    const s = story({ maxIterations: 1 });
    s.session({ type: "usage-limit", detail: "", resetsAt: start + 2 * hour });
    expect(s.next(work)).toMatchObject({ type: "run.ended", reason: "limit" });
  });
});

describe("going back to a checkpoint", () => {
  const rolledBack = { type: "rolled-back", commit: "c", rescue: "r", passing: 1 } as const;

  test("counters of standstill, tries, findings and the conversation begin anew; money and time do not", () => {
    const s = story();
    s.session(done, { changed: false, passing: 5, costUsd: 2 });
    s.session(done, { changed: false, passing: 5, costUsd: 1 });
    const spent = s.state.run;
    expect(s.give(rolledBack)).toEqual([{ ...rolledBack, at: expect.any(Number) }]);
    expect(s.state.run).toMatchObject({
      ...{ costUsd: spent?.costUsd, iterations: 2, activeMs: spent?.activeMs, attempts: {} },
      standstill: { idle: 0, withoutPass: 0, toBeat: 1, emptyInits: 0, efforts: [] },
    });
    expect(s.state.findings.rolledBack).toBe(true);
    s.session(crashed, { turns: 0 });
    expect(s.state.findings.rolledBack).toBe(true);
    s.session(done, { passing: 2 });
    expect(s.state.findings.rolledBack).toBe(false);
    expect(s.state.run?.standstill).toMatchObject({ withoutPass: 0, toBeat: 2 });
  });

  test("it is recorded after a run's end, and where there has never been a run", () => {
    expect(decide(noProject, rolledBack, start)).toEqual([{ ...rolledBack, at: start }]);
    expect(evolve(noProject, { ...rolledBack, at: start })).toMatchObject({ run: null, lastNumber: 0 });
    const s = story();
    s.next(survey([true]));
    s.give(rolledBack);
    expect(s.state.run?.phase).toMatchObject({ type: "ended", reason: "complete" });
    s.give({ type: "opened", runId: newRunId("next"), settings });
    expect(s.events.at(-1)).toMatchObject({ type: "run.started", resumed: false });
  });

  test("no conversation goes on that remembers what is gone", () => {
    const s = story();
    s.next(work);
    s.give({ type: "asked", command: "stop", by: "SIGINT" });
    s.give({ type: "session-exited", ...exit({ type: "stopped", detail: "" }) });
    settle(s);
    s.next(work);
    s.give(rolledBack);
    s.give({ type: "opened", runId: newRunId("other"), settings });
    expect(s.next(work)).toMatchObject({ type: "session.starting", number: 2, resumes: false });
  });

  test("in the middle of settling: what was found about files that are gone counts no more (R2)", () => {
    const s = story();
    s.next(work);
    const result = { featureId: "b", command: "c", ok: false, exitCode: 1, durationMs: 1, outputTail: "" };
    const claim = { type: "claim.made", featureId: "b", evidence: "e", result, request: null } as const;
    s.give({ type: "agent-recorded", record: claim });
    s.give({ type: "session-exited", ...exit(done) });
    const found = { violations: [{ what: "v", featureId: null }], claimed: ["a"], regressed: ["b"] };
    s.give({ type: "step-settled", settled: { step: "integrity", ...found, total: 2 } });
    s.give(rolledBack);
    const phase = s.state.run?.phase;
    expect(phase?.type === "session" && phase.session).toMatchObject({
      failedClaims: [],
      life: { settled: [{ step: "integrity", violations: [], claimed: [], regressed: [], total: 2 }] },
    });
    expect(s.state.errors.open).toEqual([]);
  });

  test("a final verification that was cut begins anew", () => {
    const s = story();
    s.next(survey([true], "t1"));
    s.give(rolledBack);
    expect(s.next(survey([true], "t2"))).toMatchObject({ type: "gate.started", tree: "t2" });
  });
});

describe("what people ask", () => {
  test("stop between sessions ends at once; the next manager continues the same run", () => {
    const s = story();
    s.session(done);
    const events = s.give({ type: "asked", command: "stop", by: "SIGINT" });
    expect(events).toMatchObject([{ type: "asked" }, { type: "run.ended", reason: "interrupted" }]);
    s.give({ type: "opened", runId: newRunId("other"), settings });
    expect(s.events.at(-1)).toMatchObject({ type: "run.started", resumed: true, runId: s.state.run?.id });
  });

  test("stop in a session: settled first, then interrupted; later the conversation goes on", () => {
    const s = story();
    s.next(work);
    s.give({ type: "session-up", pid: 1 });
    expect(s.give({ type: "asked", command: "stop", by: "SIGINT" })).toMatchObject([{ type: "asked" }]);
    s.give({ type: "session-exited", ...exit({ type: "stopped", detail: "" }) });
    settle(s);
    expect(s.next(work)).toMatchObject({ type: "run.ended", reason: "interrupted" });
    s.give({ type: "opened", runId: newRunId("other"), settings });
    expect(s.next(work)).toMatchObject({ type: "session.starting", number: 2, resumes: true });
  });

  test("what a stop cut is no crash, also when a later manager settles it, or finds how it ended", () => {
    const s = story();
    for (let i = 0; i < 4; i++) {
      expect(s.next(work)).toMatchObject({ type: "session.starting" });
      s.give({ type: "asked", command: i === 3 ? "pause" : "stop", by: "SIGINT" });
      if (i % 2 === 0) s.give({ type: "session-exited", ...exit({ type: "stopped", detail: "" }) });
      s.give({ type: "opened", runId: newRunId("other"), settings });
      if (i % 2 === 1) s.give({ type: "session-exited", ...exit({ type: "stopped", detail: "" }) });
      settle(s);
    }
    expect(s.state.run?.trouble.crashed).toBe(0);
  });

  test("stop in a wait for a reset: the next manager waits for what remains", () => {
    const s = story();
    const resetsAt = start + 2 * hour;
    s.session({ type: "usage-limit", detail: "", resetsAt });
    s.next(work, 0);
    s.give({ type: "asked", command: "stop", by: "SIGINT" });
    const waitedMs = s.state.run?.trouble.waitedMs;
    s.pass(hour);
    s.give({ type: "opened", runId: newRunId("other"), settings });
    expect(s.next(work, 0.9)).toMatchObject({ type: "wait.started", reason: "usage-limit", until: resetsAt });
    expect(s.state.run).toMatchObject({ phase: { type: "waiting" }, trouble: { waitedMs } });
    s.pass(2 * hour);
    s.give({ type: "opened", runId: newRunId("other"), settings });
    expect(s.next(work)).toMatchObject({ type: "session.starting", resumes: true });
    expect(s.state.run?.wait).toBeNull();
  });

  const limited: Outcome = { type: "usage-limit", detail: "5-hour limit", resetsAt: start + 2 * hour };
  test.each([
    ["waitForReset: false", limited, { waitForReset: false }, { type: "run.ended", reason: "limit" }],
    ["a short maxWait", limited, { maxWaitMs: minute }, { type: "run.ended", reason: "limit" }],
    ["maxIterations that are used", limited, { maxIterations: 1 }, { type: "run.ended", reason: "limit" }],
    ["a short maxWait, overloaded", overloaded, { maxWaitMs: 1 }, { type: "run.ended", reason: "blocked" }],
    ["a shorter delay", done, { delayMs: 1000 }, { type: "wait.started", until: start + 2000 }],
    ["no delay", done, { delayMs: 0 }, { type: "session.starting", number: 2 }],
  ])("a wait goes by what the next manager is told, stopped or killed: %s", (_what, outcome, told, then) => {
    for (const how of ["stopped", "killed"]) {
      const s = story();
      s.session(outcome);
      const ids = { agentSessionId: newAgentSessionId("x"), marker: newSessionMarker("x") };
      const look = { type: "surveyed", survey: work, ...ids, chance: 0.5 } as const;
      expect(s.give(look)).toMatchObject([{ type: "wait.started" }]);
      if (how === "stopped") s.give({ type: "asked", command: "stop", by: "SIGINT" });
      s.give({ type: "opened", runId: newRunId("other"), settings: { ...settings, ...told } });
      expect(s.give(look)).toMatchObject([then]);
    }
  });

  test("pause and resume", () => {
    const s = story();
    s.give({ type: "asked", command: "pause", by: "cli" });
    expect(s.state.run?.phase.type).toBe("paused");
    s.give({ type: "asked", command: "resume", by: "cli" });
    expect(s.next(work)).toMatchObject({ type: "session.starting" });
  });

  test("a message reaches the session at work, or the next one, and again after a crash", () => {
    const s = story();
    s.next(work);
    s.give({ type: "session-up", pid: 1 });
    s.give({ type: "said", text: "Use tabs.", by: "cli" });
    expect(s.state.run?.messages).toEqual([{ text: "Use tabs.", toldTo: 1 }]);
    s.give({ type: "session-exited", ...exit(crashed) });
    settle(s);
    expect(s.state.run?.messages).toEqual([{ text: "Use tabs.", toldTo: null }]);
    s.session(done);
    expect(s.state.run?.messages).toEqual([]);
  });

  test("a paused run stays paused when its manager dies, and says so", () => {
    const s = story();
    s.give({ type: "asked", command: "pause", by: "cli" });
    s.give({ type: "opened", runId: newRunId("other"), settings });
    expect(s.next(work)).toMatchObject({ type: "paused" });
  });

  test("a run that ended for good is not continued, and its numbers are not used again (R2)", () => {
    const s = story({ maxIterations: 1 });
    s.session(done);
    s.next(work);
    s.give({ type: "opened", runId: newRunId("other"), settings });
    expect(s.events.at(-1)).toMatchObject({ resumed: false });
    expect(s.next(work)).toMatchObject({ number: 2 });
    expect(s.state.run?.iterations).toBe(0);
  });
});

function exit(outcome: Outcome) {
  const result = { outcome, resumable: true, turns: 5, usage: zero, cumulativeCostUsd: 0, denials: 0 };
  return { result, estimatedCostUsd: 0, recoveredMs: null };
}

function settle(s: ReturnType<typeof story>): void {
  s.give({
    type: "step-settled",
    settled: { step: "integrity", violations: [], claimed: [], regressed: [], total: 2 },
  });
  s.give({ type: "step-settled", settled: { step: "verification", results: [] } });
  s.give({ type: "step-settled", settled: { step: "list", passed: [], failed: [], passing: 0, total: 2 } });
  s.give({ type: "step-settled", settled: { step: "notes" } });
  s.give({
    type: "step-settled",
    settled: { step: "checkpoint", ref: "r", commit: "c", changed: true, head: null },
  });
}
