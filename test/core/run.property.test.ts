import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { RunEvent } from "../../src/core/events.ts";
import { evolve } from "../../src/core/evolve.ts";
import type { Feature } from "../../src/core/features.ts";
import { noProject, type ProjectState } from "../../src/core/run.ts";
import { live, settings, type World } from "./world.ts";

const feature = (id: string, dependsOn: readonly string[]): Feature => ({
  id,
  description: id,
  steps: [],
  passes: false,
  category: null,
  priority: null,
  dependsOn,
  verify: null,
});

const world: fc.Arbitrary<World> = fc
  .record({
    seed: fc.integer(),
    size: fc.integer({ min: 1, max: 6 }),
    maxIterations: fc.integer({ min: 1, max: 15 }),
    maxCostUsd: fc.option(fc.integer({ min: 1, max: 50 })),
    maxDurationMs: fc.option(fc.integer({ min: 60_000, max: 5_000_000 })),
    delayMs: fc.constantFrom(0, 3000),
    fresh: fc.boolean(),
    crash: fc.constantFrom(0, 0, 0.05, 0.3),
  })
  .map(({ seed, size, crash, ...budget }) =>
    live(
      {
        settings: { ...settings, ...budget },
        features: Array.from({ length: size }, (_, i) => feature(`f${i}`, i % 3 === 2 ? [`f${i - 1}`] : [])),
        random: chanceFrom(seed),
        crash,
        person: 0.01,
      },
      20_000,
    ),
  );

/** Mulberry32: a seed that fast-check can print and replay stands for a whole stream of chance. */
function chanceFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

const check = (holds: (world: World) => void) =>
  fc.assert(
    fc.property(world, (lived) => {
      holds(lived);
    }),
    { numRuns: 1000 },
  );

describe("for any sequence of inputs", () => {
  test("a run with a finite budget and a finite maxWait ends", () => {
    check(({ ended }) => {
      expect(ended).toBe(true);
    });
  });

  test("R2: session numbers count up without a gap, and every start has exactly one end", () => {
    check(({ events }) => {
      const starts = numbersOf(events, "session.starting");
      expect(starts).toEqual(starts.map((_, i) => i + 1));
      expect(numbersOf(events, "session.exited")).toEqual(starts);
      expect(numbersOf(events, "session.ended")).toEqual(starts);
    });
  });

  test("R3: what was spent is the sum of what the sessions recorded, whatever crashed between", () => {
    check(({ events, state }) => {
      const lastStart = events.findLastIndex((event) => event.type === "run.started" && !event.resumed);
      const exits = events.slice(lastStart).filter((event) => event.type === "session.exited");
      expect(state.run?.iterations).toBe(exits.filter((exit) => exit.turns > 0).length);
      expect(state.run?.costUsd).toBeCloseTo(exits.reduce((sum, exit) => sum + exit.costUsd, 0));
    });
  });

  test("R4: no session starts past a budget, after the end, or while a pause or a stop is asked", () => {
    check(({ events }) => {
      let state = noProject;
      for (const event of events) {
        if (event.type === "session.starting" && !mayStart(state))
          expect.fail(JSON.stringify({ event, state }));
        state = evolve(state, event);
      }
    });
  });

  test("a run that is blocked says what a person can do", () => {
    check(({ events }) => {
      for (const event of events) {
        if (event.type === "run.ended" && event.reason === "blocked") expect(event.hint).toMatch(/\.$/);
      }
    });
  });

  test("folding a prefix and then the rest is folding the whole, also through JSON (J4)", () => {
    fc.assert(
      fc.property(world, fc.double({ min: 0, max: 1, noNaN: true }), ({ events, state }, share) => {
        const cut = Math.floor(events.length * share);
        const snapshot = JSON.parse(
          JSON.stringify(events.slice(0, cut).reduce(evolve, noProject)),
        ) as ProjectState;
        expect(events.slice(cut).reduce(evolve, snapshot)).toEqual(state);
      }),
      { numRuns: 200 },
    );
  });
});

function numbersOf(
  events: readonly RunEvent[],
  type: "session.starting" | "session.exited" | "session.ended",
): number[] {
  return events.flatMap((event) => (event.type === type ? [event.number] : []));
}

function mayStart({ run }: ProjectState): boolean {
  if (run === null || run.phase.type !== "choosing" || run.stopAsked || run.pauseAsked) return false;
  const { maxIterations, maxCostUsd, maxDurationMs } = run.settings;
  return (
    run.iterations < (maxIterations ?? Infinity) &&
    run.costUsd < (maxCostUsd ?? Infinity) &&
    run.activeMs < (maxDurationMs ?? Infinity)
  );
}
