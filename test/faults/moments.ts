/** What a manager is at, by what it has acknowledged; and how to bring it to a pause and out of it. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { RunEvent } from "../../src/core/events.ts";
import { sqliteJournal } from "../../src/journals/sqlite.ts";
import type { Scene } from "./scene.ts";
import { underwayAfter } from "./underway.ts";

export type Moment = "session" | "wait" | "pause" | "verification";

/** A shorter rest of a wait is over before another manager could go on with it. */
const longWaitMs = 1500;

/** null: between two of them, or in no run. */
export function momentOf(scene: Scene): Moment | null {
  const events = eventsOf(scene);
  const now = underwayAfter(events);
  if (now.ended) return null;
  if (now.paused) return "pause";
  if (now.session !== null) return momentOfSession(events.filter(({ type }) => type.startsWith("session.")));
  if (now.verification) return "verification";
  return now.wait !== null && now.wait - Date.now() >= longWaitMs ? "wait" : null;
}

function momentOfSession(events: readonly RunEvent[]): Moment | null {
  const last = events.at(-1);
  if (last?.type === "session.started") return "session";
  return last?.type === "session.settled" && last.settled.step === "integrity" ? "verification" : null;
}

/** How many events have been acknowledged in this project. */
export function eventsOf({ witness }: Scene): readonly RunEvent[] {
  const text = readFileSync(join(witness, "events.log"), { encoding: "utf8", flag: "a+" });
  return text
    .split("\n")
    .slice(0, -1)
    .map((line) => JSON.parse(line) as RunEvent);
}

/** As another process of the person's does, `onward pause`. */
export async function post({ dir }: Scene, type: "pause" | "resume"): Promise<void> {
  await using journal = await sqliteJournal({ file: join(dir, ".onward", "journal.db") });
  await journal.post({ type }, Date.now());
}
