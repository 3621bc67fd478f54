import type { PeoplesChange } from "../core/events.ts";
import { requireDirectory } from "../inspect.ts";
import { readHistory, type SessionRecord } from "./history/session-history.ts";
import { iso, print, printJson } from "./output.ts";
import { sessionTable } from "./status/status-screen.ts";

export async function sessionsCommand(dir: string, { json }: { readonly json: boolean }): Promise<void> {
  await requireDirectory(dir);
  const { sessions } = await readHistory(dir);
  if (json) printJson(sessions.map(sessionJson));
  else print(sessions.length === 0 ? "no session yet" : sessionTable(sessions, Date.now()));
}

/** A session with everything that the journal knows of it. */
export function sessionJson(session: SessionRecord): object {
  const { startedAt, exitedAt, endedAt, outcome, violations, listChanges, ...rest } = session;
  return {
    ...rest,
    startedAt: iso(startedAt),
    exitedAt: iso(exitedAt),
    endedAt: iso(endedAt),
    outcome: outcome?.type ?? null,
    detail: outcome?.detail ?? null,
    violations: violations.map(({ what }) => what),
    listChanges: listChanges.map(listChangeJson),
  };
}

function listChangeJson(event: PeoplesChange): object {
  const at = iso(event.at);
  if (event.type === "list.changed") return { at, ...event.change };
  const { edit, done } = event;
  const commands = done.type === "made" ? (done.commands ?? []) : [];
  const problem = done.type === "refused" ? done.problem : null;
  return { at, edit: edit.type, featureId: edit.id, problem, commands };
}
