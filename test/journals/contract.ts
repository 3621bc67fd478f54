import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { RunEvent } from "../../src/core/events.ts";
import type { Journal } from "../../src/ports.ts";

/** A place that holds one journal, which can be opened any number of times. */
export interface JournalPlace extends AsyncDisposable {
  open(): Promise<Journal>;
}

export const ended = (number: number): RunEvent => ({
  type: "session.ended",
  at: 1_700_000_000_000 + number,
  number,
});
const waited: RunEvent = { type: "wait.ended", at: 1_700_000_000_000 };
const texts: RunEvent = {
  type: "run.ended",
  at: 1,
  reason: "blocked",
  detail: `\0 "quoted"\n\u2028 日本語 ${"x".repeat(9000)}`,
};

/** What every adapter of `Journal` must do. */
export function journalContract(name: string, makePlace: () => Promise<JournalPlace>): void {
  describe(`${name}: the contract of a journal`, () => {
    let place: JournalPlace;
    let journal: Journal;
    beforeEach(async () => {
      place = await makePlace();
      journal = await place.open();
    });
    afterEach(async () => {
      await journal[Symbol.asyncDispose]();
      await place[Symbol.asyncDispose]();
    });

    it("is empty at first", async () => {
      expect(await journal.version()).toBe(0);
      expect(await journal.read(0)).toEqual([]);
      expect(await journal.latestSnapshot(1)).toBeNull();
      expect(await journal.waitingCommands()).toEqual([]);
    });

    it("numbers events from 1 without a gap and returns them as they were", async () => {
      expect(await journal.append(0, [waited, texts])).toBe(2);
      expect(await journal.append(2, [ended(1)])).toBe(3);
      expect(await journal.version()).toBe(3);
      expect(await journal.read(0)).toEqual([
        { version: 1, event: waited },
        { version: 2, event: texts },
        { version: 3, event: ended(1) },
      ]);
    });

    it("reads after a version, and only the types asked for", async () => {
      await journal.append(0, [ended(1), waited, ended(2), texts]);
      expect(await journal.read(2)).toMatchObject([{ version: 3 }, { version: 4 }]);
      expect(await journal.read(4)).toEqual([]);
      expect(await journal.read(0, ["session.ended"])).toMatchObject([{ version: 1 }, { version: 3 }]);
      expect(await journal.read(1, ["session.ended", "run.ended"])).toMatchObject([
        { version: 3 },
        { version: 4 },
      ]);
      expect(await journal.read(0, [])).toEqual([]);
    });

    it("appends nothing at another version than the expected one (J2)", async () => {
      await journal.append(0, [ended(1)]);
      for (const expected of [0, 2]) {
        await expect(journal.append(expected, [ended(2)])).rejects.toMatchObject({
          code: "journal-conflict",
        });
      }
      expect(await journal.read(0)).toHaveLength(1);
      expect(await journal.append(1, [])).toBe(1);
      expect(await journal.append(1, [ended(2)])).toBe(2);
    });

    it("lets one of two writers win, and the other go on from there (J2)", async () => {
      await using other = await place.open();
      await journal.append(0, [ended(1)]);
      await expect(other.append(0, [ended(9)])).rejects.toMatchObject({ code: "journal-conflict" });
      expect(await other.append(1, [ended(2)])).toBe(2);
      expect(await journal.read(0)).toEqual([
        { version: 1, event: ended(1) },
        { version: 2, event: ended(2) },
      ]);
    });

    it("keeps everything when it is closed and opened again (J1)", async () => {
      await journal.append(0, [ended(1), texts]);
      await journal.saveSnapshot(1, { version: 2, state: { sessions: 1 } });
      await journal.post({ type: "pause" }, 5);
      await journal[Symbol.asyncDispose]();
      journal = await place.open();
      expect(await journal.read(0)).toHaveLength(2);
      expect(await journal.latestSnapshot(1)).toEqual({ version: 2, state: { sessions: 1 } });
      expect(await journal.waitingCommands()).toMatchObject([{ command: { type: "pause" }, at: 5 }]);
    });

    it("shows a reader what has been appended, at once", async () => {
      await using reader = await place.open();
      expect(await reader.version()).toBe(0);
      await journal.append(0, [ended(1)]);
      expect(await reader.read(0)).toEqual([{ version: 1, event: ended(1) }]);
    });

    it("keeps the newest snapshot of each schema of state", async () => {
      await journal.append(0, [ended(1), ended(2), ended(3)]);
      await journal.saveSnapshot(1, { version: 2, state: "two" });
      await journal.saveSnapshot(1, { version: 1, state: "one" });
      expect(await journal.latestSnapshot(1)).toEqual({ version: 2, state: "two" });
      await journal.saveSnapshot(1, { version: 3, state: ["three"] });
      expect(await journal.latestSnapshot(1)).toEqual({ version: 3, state: ["three"] });
      expect(await journal.latestSnapshot(2)).toBeNull();
    });

    it("keeps each command until it is forgotten, under a number that is never used again", async () => {
      await using poster = await place.open();
      await poster.post({ type: "pause" }, 10);
      await poster.post({ type: "resume" }, 20);
      const [first, second, ...more] = await journal.waitingCommands();
      expect([first, second, ...more]).toMatchObject([
        { at: 10, command: { type: "pause" } },
        { at: 20, command: { type: "resume" } },
      ]);
      expect(await journal.forgetCommand(first?.id ?? 0)).toBe(true);
      expect(await poster.forgetCommand(first?.id ?? 0)).toBe(false);
      expect(await journal.waitingCommands()).toEqual([second]);
      expect(await journal.forgetCommand(second?.id ?? 0)).toBe(true);
      await poster.post({ type: "stop" }, 30);
      const [later] = await journal.waitingCommands();
      expect(later?.id).toBeGreaterThan(second?.id ?? Number.NaN);
      expect(await journal.version()).toBe(0);
    });

    it("can be closed twice", async () => {
      await journal[Symbol.asyncDispose]();
      await journal[Symbol.asyncDispose]();
    });
  });
}
