import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Attempts, chooseWork, type Feature, maxTries } from "../../src/core/features.ts";

const feature = (id: string, over: Partial<Feature> = {}): Feature => ({
  id,
  description: `what ${id} does`,
  steps: [],
  passes: false,
  category: null,
  priority: null,
  dependsOn: [],
  verify: null,
  ...over,
});
const tried = (...entries: [string, Attempts][]) => new Map(entries);
const none = new Map<string, Attempts>();
const offered = (choice: ReturnType<typeof chooseWork>) =>
  choice.type === "offer"
    ? { id: choice.feature.id, upcoming: choice.upcoming.map((next) => next.id), last: choice.lastAttempt }
    : choice.type;

describe("chooseWork", () => {
  it("takes what does not pass by priority, then in list order, without a priority last", () => {
    const list = [
      feature("done", { passes: true }),
      feature("b"),
      feature("c", { priority: 2 }),
      feature("d", { priority: 1 }),
      feature("e", { priority: 2 }),
      feature("f"),
    ];
    expect(offered(chooseWork(list, none))).toEqual({ id: "d", upcoming: ["c", "e", "b", "f"], last: false });
  });

  it("waits for dependencies, and names what follows as if each one before it passed", () => {
    const list = [
      feature("top", { priority: 1, dependsOn: ["mid"] }),
      feature("mid", { dependsOn: ["base"] }),
      feature("base"),
    ];
    expect(offered(chooseWork(list, none))).toEqual({ id: "base", upcoming: ["mid", "top"], last: false });
  });

  it("keeps the list of upcoming features short", () => {
    const list = Array.from({ length: 50 }, (_, index) => feature(`f${index}`));
    expect(offered(chooseWork(list, none))).toMatchObject({ upcoming: ["f1", "f2", "f3", "f4", "f5"] });
  });

  it("defers a feature after three tries", () => {
    const list = [feature("hard", { priority: 1 }), feature("easy")];
    const attempts = tried(["hard", { tries: maxTries, lastAttempt: false }]);
    expect(offered(chooseWork(list, attempts))).toEqual({ id: "easy", upcoming: [], last: false });
  });

  it("gives one last attempt to each deferred or unreachable feature, those first that wait for no other", () => {
    const list = [
      feature("dependent", { priority: 1, dependsOn: ["hard"] }),
      feature("one", { dependsOn: ["two"] }),
      feature("two", { dependsOn: ["one"] }),
      feature("hard"),
      feature("lost", { dependsOn: ["no such feature"] }),
    ];
    const attempts = tried(["hard", { tries: maxTries, lastAttempt: false }]);
    expect(offered(chooseWork(list, attempts))).toEqual({
      id: "hard",
      upcoming: ["dependent", "lost", "one", "two"],
      last: true,
    });
  });

  it("is exhausted when all had their last attempt, and names them", () => {
    const list = [feature("hard"), feature("done", { passes: true }), feature("lost", { dependsOn: ["?"] })];
    const spent = { tries: maxTries + 1, lastAttempt: true };
    const choice = chooseWork(list, tried(["hard", spent], ["lost", { tries: 1, lastAttempt: true }]));
    expect(choice).toEqual({ type: "exhausted", deferred: ["hard", "lost"] });
  });

  it("has nothing to defer when all pass", () => {
    expect(chooseWork([feature("a", { passes: true })], none)).toEqual({ type: "exhausted", deferred: [] });
  });
});

const ids = ["a", "b", "c", "d", "e", "f"];
const lists = fc.uniqueArray(fc.constantFrom(...ids), { minLength: 1 }).chain((names) =>
  fc.tuple(
    ...names.map((id) =>
      fc
        .record({
          passes: fc.boolean(),
          priority: fc.option(fc.integer({ min: 1, max: 3 })),
          dependsOn: fc.uniqueArray(fc.constantFrom(...ids, "unknown"), { maxLength: 2 }),
        })
        .map((over) => feature(id, over)),
    ),
  ),
);

describe("chooseWork, for any list", () => {
  it("ends when nothing ever succeeds: three tries and one last attempt each, at most", () => {
    fc.assert(
      fc.property(lists, (list) => {
        const attempts = new Map<string, Attempts>();
        const failing = list.filter((item) => !item.passes);
        for (let session = 0; ; session++) {
          expect(session).toBeLessThanOrEqual(failing.length * (maxTries + 1));
          const choice = chooseWork(list, attempts);
          if (choice.type === "exhausted") {
            expect(new Set(choice.deferred)).toEqual(new Set(failing.map((item) => item.id)));
            expect(failing.every((item) => attempts.get(item.id)?.lastAttempt)).toBe(true);
            return;
          }
          const before = attempts.get(choice.feature.id) ?? { tries: 0, lastAttempt: false };
          expect(before.lastAttempt).toBe(false);
          attempts.set(choice.feature.id, { tries: before.tries + 1, lastAttempt: choice.lastAttempt });
        }
      }),
    );
  });

  it("offers nothing that passes, nothing twice, and before the last attempts only what is ready", () => {
    fc.assert(
      fc.property(lists, (list) => {
        const choice = chooseWork(list, none);
        if (choice.type === "exhausted") {
          expect(list.every((item) => item.passes)).toBe(true);
          return;
        }
        const named = [choice.feature, ...choice.upcoming];
        expect(new Set(named).size).toBe(named.length);
        expect(named.some((item) => item.passes)).toBe(false);
        const passing = new Set(list.filter((item) => item.passes).map((item) => item.id));
        const ready = (item: Feature) => !item.passes && item.dependsOn.every((id) => passing.has(id));
        const rank = (item: Feature) => item.priority ?? Number.POSITIVE_INFINITY;
        const readyNow = list.filter(ready);
        expect(choice.lastAttempt).toBe(readyNow.length === 0);
        if (choice.lastAttempt) return;
        expect(rank(choice.feature)).toBe(Math.min(...readyNow.map(rank)));
        for (const item of named) {
          expect(ready(item)).toBe(true);
          passing.add(item.id);
        }
      }),
    );
  });

  it("completes every list without cycles and unknown dependencies when each offer succeeds", () => {
    fc.assert(
      fc.property(lists, (list) => {
        let now: readonly Feature[] = list.map((item, index) => ({
          ...item,
          dependsOn: item.dependsOn.filter((id) => list.slice(0, index).some((earlier) => earlier.id === id)),
        }));
        for (let choice = chooseWork(now, none); choice.type === "offer"; choice = chooseWork(now, none)) {
          const { id } = choice.feature;
          expect(choice.lastAttempt).toBe(false);
          now = now.map((item) => (item.id === id ? { ...item, passes: true } : item));
        }
        expect(now.every((item) => item.passes)).toBe(true);
      }),
    );
  });
});
