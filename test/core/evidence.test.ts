import { describe, expect, it } from "vitest";
import type { VerificationResult } from "../../src/core/event-parts.ts";
import type { RunEvent, SettledStep } from "../../src/core/events.ts";
import { authorOf, isVerified } from "../../src/core/evidence.ts";
import { evidenceOf } from "../../src/core/evidence-fold.ts";
import { newAgentSessionId, newSessionMarker } from "../../src/core/ids.ts";
import { feature } from "./story.ts";

const result = (featureId: string | null, ok: boolean): VerificationResult => ({
  ...{ featureId, command: `check ${featureId}`, ok, exitCode: ok ? 0 : 1 },
  ...{ durationMs: 5, outputTail: ok ? "fine" : "broken" },
});

interface Told {
  readonly offered?: string;
  readonly claimed?: readonly string[];
  readonly results?: readonly VerificationResult[];
  readonly passed?: readonly string[];
  readonly failed?: readonly string[];
  readonly edited?: readonly string[];
}

/** The events of one session that say something of features. */
function session(number: number, told: Told): readonly RunEvent[] {
  const { claimed = [], results = [], edited = [], offered = null } = told;
  const failed =
    told.failed ?? results.flatMap(({ ok, featureId }) => (ok || featureId === null ? [] : [featureId]));
  const passed = told.passed ?? claimed.filter((id) => !failed.includes(id));
  const steps: readonly SettledStep[] = [
    { step: "integrity", violations: [], claimed, regressed: edited, total: 2 },
    { step: "verification", results },
    { step: "list", passed, failed, passing: 0, total: 2 },
    { step: "notes" },
    {
      step: "checkpoint",
      ref: "refs/onward/r/1",
      commit: `commit-${number}`,
      changed: true,
      head: `head-${number}`,
    },
  ];
  return [
    {
      ...{ type: "session.starting", at: number * 10, number, sessionType: "continue", purpose: "work" },
      ...{ agentSessionId: newAgentSessionId("a"), resumes: false, marker: newSessionMarker("a") },
      ...{ offered, lastAttempt: false },
      caps: { maxTurns: 1, maxBudgetUsd: null, maxTokens: null, deadline: null },
    },
    ...steps.map((settled) => ({ type: "session.settled", at: number * 10 + 5, number, settled }) as const),
  ];
}

const gate = (results: readonly VerificationResult[], regressed: readonly string[] = []): RunEvent => ({
  ...{ type: "gate.ended", at: 1000, tree: "t", ok: regressed.length === 0, results, regressed },
});
const rollback = (commit: string, rescue: string): RunEvent => ({
  ...{ type: "rolled-back", at: 2000, commit, rescue, passing: 0 },
});
const verified = (id: string, ...events: readonly (readonly RunEvent[])[]) =>
  isVerified(feature(id, { passes: true }), evidenceOf(events.flat()));

const held = session(1, { offered: "a", claimed: ["a"], results: [result("a", true)] });

describe("the evidence for a feature", () => {
  it("is the claim, what decided it, and where", () => {
    const evidence = evidenceOf([
      ...session(1, { offered: "a", claimed: ["a"], results: [result("a", false)] }),
      ...session(2, { offered: "a", claimed: ["a"], results: [result("a", true)] }),
    ]);
    const file = evidence.features.get("a");
    expect(file?.claims).toMatchObject([
      { session: 1, at: 15, stands: false, check: { result: { exitCode: 1, outputTail: "broken" } } },
      { session: 2, at: 25, stands: true, check: { result: { exitCode: 0, outputTail: "fine" } } },
    ]);
    expect(file).toMatchObject({ triedIn: [1, 2], checks: 2, regressions: [], vouchedBy: { session: 2 } });
    expect(evidence.places.get(2)).toEqual({ checkpoint: "commit-2", head: "head-2" });
    expect(isVerified(feature("a", { passes: false }), evidence)).toBe(false);
    expect(isVerified(feature("a", { passes: true }), evidence)).toBe(true);
  });

  it("is a claim that nobody has settled yet, too", () => {
    const unsettled = session(1, { offered: "a", claimed: ["a"] }).slice(0, 2);
    expect(evidenceOf(unsettled).features.get("a")?.claims).toMatchObject([{ stands: null, check: null }]);
  });

  it("is what the agent claimed with the tool, in its own words, and what came of it", () => {
    const [starting, ...settled] = session(1, { claimed: ["a"], results: [result("a", true)] });
    if (starting === undefined) throw new Error("a session begins");
    const claim = (ok: boolean, featureId = "a"): RunEvent => ({
      ...{ type: "claim.made", at: 12, number: 1, featureId, evidence: "I tried it" },
      ...{ result: result(featureId, ok), request: null },
    });
    const { features } = evidenceOf([starting, claim(false), claim(true), claim(true, "b"), ...settled]);
    expect(features.get("a")?.claims).toMatchObject([
      { session: 1, words: "I tried it", stands: false, check: { at: 12, result: { ok: false } } },
      { session: 1, words: "I tried it", stands: true, check: { at: 15, result: { ok: true } } },
    ]);
    expect(features.get("a")).toMatchObject({ checks: 3, triedIn: [1] });
    // Taken back by the agent itself before the session ended.
    expect(features.get("b")?.claims).toMatchObject([{ stands: false }]);
    const [once] = evidenceOf([starting, claim(false)]).features.get("a")?.claims ?? [];
    expect(once).toMatchObject({ stands: false });
  });

  it("tells what broke, and who found out", () => {
    const { features } = evidenceOf([
      ...held,
      ...session(2, { results: [result("a", false)] }),
      ...session(3, { edited: ["b"] }),
      gate([result("a", false), result(null, true)], ["a"]),
    ]);
    expect(features.get("a")?.regressions).toMatchObject([
      { session: 2, foundBy: "check", check: { result: { ok: false } } },
      { session: 3, foundBy: "final pass", check: { final: true } },
    ]);
    expect(features.get("b")?.regressions).toMatchObject([{ foundBy: "edit", check: null }]);
  });
});

describe("a feature is verified", () => {
  it("while the last command that ran for it held", () => {
    expect(verified("a", held)).toBe(true);
    expect(verified("a", held, session(2, { results: [result("a", false)] }))).toBe(false);
    expect(verified("a", held, [gate([result("a", false)], ["a"])])).toBe(false);
    expect(verified("a", [gate([result("a", true)])])).toBe(true);
    expect(verified("b", held)).toBe(false);
  });

  it("also when it could not be checked again, which speaks against nothing", () => {
    const blameless = { ...result("a", false), notRun: "setup" } as const;
    expect(verified("a", held, session(2, { results: [blameless], failed: [] }))).toBe(true);
  });

  it("not by what vouched for an earlier claim", () => {
    const again = session(3, { claimed: ["a"] });
    expect(verified("a", held, session(2, { edited: ["a"] }))).toBe(false);
    expect(verified("a", held, session(2, { edited: ["a"] }), again)).toBe(false);
    expect(verified("a", held, again)).toBe(false);
  });

  it("by what held for the files that a rollback brought back, and by nothing that came after", () => {
    const broken = session(2, { results: [result("a", false)] });
    const other = session(3, { claimed: ["b"], results: [result("b", true)] });
    const back = [...held, ...broken, ...other, rollback("commit-1", "rescue-1")];
    expect([verified("a", back), verified("b", back)]).toEqual([true, false]);
    const forth = [...back, rollback("rescue-1", "rescue-2")];
    expect([verified("a", forth), verified("b", forth)]).toEqual([false, true]);
    expect(verified("b", forth, [rollback("never-heard-of", "rescue-3")])).toBe(false);
  });
});

it("knows whose command it was, also where nobody wrote that down", () => {
  const own = feature("a", { verify: "npm test" });
  expect(authorOf(result("a", true), own)).toBe("agent");
  expect(authorOf(result("a", true), feature("a"))).toBe("person");
  expect(authorOf(result(null, true), null)).toBe("person");
  expect(authorOf({ ...result("a", true), author: "person" }, own)).toBe("person");
});
