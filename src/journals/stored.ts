import type { RunEvent } from "../core/events.ts";
import type { StoredEvent } from "../ports.ts";
import { damaged, newer } from "./damage.ts";

/** A row of `events`, as it comes from the database. */
export interface EventRow {
  readonly version: number;
  readonly type: string;
  readonly body: string;
}

/** A record, so that the compiler misses none. */
const knownTypes: Readonly<Record<RunEvent["type"], true>> = {
  "run.started": true,
  "session.starting": true,
  "session.started": true,
  "session.exited": true,
  "session.settled": true,
  "session.ended": true,
  "claim.made": true,
  noted: true,
  "blocker.raised": true,
  "request.refused": true,
  "wait.started": true,
  "wait.ended": true,
  "gate.started": true,
  "gate.ended": true,
  "list.restored": true,
  "list.edit-asked": true,
  "list.edited": true,
  "list.changed": true,
  checked: true,
  "checkpoint.taken": true,
  "rolled-back": true,
  "sessions.lost": true,
  asked: true,
  said: true,
  slept: true,
  paused: true,
  resumed: true,
  "run.ended": true,
};

/**
 * The row's event. We wrote it ourselves, so its fields are trusted once it is an object of a type that we
 * know; throws `journal-newer` for a type that we do not, `journal-damaged` for anything else.
 */
export function parseRow(file: string, { version, type, body }: EventRow): StoredEvent {
  if (!Object.hasOwn(knownTypes, type)) throw newer(file, `event ${version} is of type "${type}"`);
  const event = parseObject(body);
  if (event?.type !== type) throw damaged(file, `event ${version} is not a "${type}" in JSON`);
  return { version, event: event as unknown as RunEvent };
}

function parseObject(body: string): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === "object" && value !== null ? { ...value } : null;
  } catch {
    return null;
  }
}
