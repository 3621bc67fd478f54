import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Feature } from "../../src/core/features.ts";
import { etaOf, forecastOf, progressOf, type SessionWork, velocityOf } from "../../src/core/progress.ts";

const feature = (passes: boolean, category: string | null): Feature => ({
  id: "any",
  description: "any",
  steps: [],
  passes,
  category,
  priority: null,
  dependsOn: [],
  verify: null,
});
const hour = 3_600_000;
const session = (netPassed: number, workingMs = hour): SessionWork => ({ netPassed, workingMs });
const steady = Array.from({ length: 10 }, () => session(2));

describe("progressOf", () => {
  it("counts by category, whatever a category is called", () => {
    const list = [
      feature(true, "cli"),
      feature(false, "cli"),
      feature(true, null),
      feature(false, "__proto__"),
    ];
    const progress = progressOf(list);
    expect(progress).toMatchObject({ total: 4, passing: 2, percent: 50 });
    expect(Object.entries(progress.byCategory)).toEqual([
      ["cli", [1, 2]],
      ["uncategorized", [1, 1]],
      ["__proto__", [0, 1]],
    ]);
  });

  it("says 100 only when all pass", () => {
    const almost = Array.from({ length: 1000 }, (_, index) => feature(index > 0, null));
    expect(progressOf(almost).percent).toBe(99);
    expect(progressOf(almost.slice(1)).percent).toBe(100);
    expect(progressOf([]).percent).toBe(0);
  });
});

describe("velocityOf", () => {
  it("looks at the last sessions only", () => {
    const sessions = [...Array.from({ length: 90 }, () => session(50)), ...steady];
    expect(velocityOf(sessions)).toEqual({ perHour: 2, perSession: 2 });
  });

  it("tells net losses, and nothing where nothing was worked", () => {
    expect(velocityOf([session(-1, hour / 2)])).toEqual({ perHour: -2, perSession: -1 });
    expect(velocityOf([])).toBeNull();
    expect(velocityOf([session(0, 0)])).toBeNull();
  });
});

describe("etaOf", () => {
  it("is what is left at the recent pace, within a range", () => {
    const eta = etaOf(10, steady);
    expect(eta?.likelyMs).toBe(5 * hour);
    expect(eta?.lowMs).toBeLessThan(5 * hour);
    expect(eta?.highMs).toBeGreaterThan(5 * hour);
  });

  it("is less certain the more the sessions scatter, and the fewer there are", () => {
    const width = (sessions: readonly SessionWork[]) => {
      const eta = etaOf(10, sessions);
      return eta === null ? Number.NaN : eta.highMs / eta.lowMs;
    };
    const scattered = Array.from({ length: 10 }, (_, index) => session(index === 0 ? 20 : 0));
    expect(width(scattered)).toBeGreaterThan(width(steady));
    expect(width(steady.slice(0, 2))).toBeGreaterThan(width(steady));
  });

  it("is null when it is unknowable", () => {
    expect(etaOf(10, [])).toBeNull();
    expect(etaOf(10, [session(0)])).toBeNull();
    expect(etaOf(10, [session(1), session(-2)])).toBeNull();
    expect(etaOf(10, [session(1, 0)])).toBeNull();
    expect(etaOf(0, steady)).toBeNull();
  });

  it("is always an ordered range of finite times", () => {
    const sessions = fc.array(
      fc.record({ workingMs: fc.nat(hour), netPassed: fc.integer({ min: -5, max: 20 }) }),
    );
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10_000 }), sessions, (remaining, list) => {
        const eta = etaOf(remaining, list);
        if (eta === null) return;
        expect(eta.lowMs).toBeGreaterThan(0);
        expect(eta.lowMs).toBeLessThanOrEqual(eta.likelyMs);
        expect(eta.likelyMs).toBeLessThanOrEqual(eta.highMs);
        expect(Number.isFinite(eta.highMs)).toBe(true);
      }),
    );
  });
});

describe("forecastOf", () => {
  it("is an estimate only where there is something to estimate from", () => {
    expect(forecastOf(0, steady)).toEqual({ type: "none" });
    expect(forecastOf(10, [session(5), session(5)])).toEqual({ type: "too-early", sessions: 2 });
    expect(forecastOf(10, [...steady, ...steady.map(() => session(0))])).toEqual({
      type: "standstill",
      sessions: 10,
    });
    expect(forecastOf(10, steady)).toEqual({ type: "estimate", eta: etaOf(10, steady) });
  });
});
