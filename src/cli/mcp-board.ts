/**
 * The board of a process inside a session. It reads by itself; what has to be recorded it asks of the manager,
 * through the journal's inbox, because the journal has one writer (J2), and because a verdict that an agent's own
 * process tree has come to would be the agent's word. The answer is the event that names the request.
 */
import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { AgentRecord, RunEvent } from "../core/events.ts";
import { noProject, type ProjectState } from "../core/run.ts";
import { readLockOwner } from "../engines/lock.ts";
import { type Claimed, type FeatureBoard, type Recorded, refused } from "../feature-tools/board.ts";
import { boardList } from "../feature-tools/listing.ts";
import { sqliteJournal } from "../journals/sqlite.ts";
import { readState } from "../loop/ledger.ts";
import type { AgentCommand } from "../ports.ts";
import { readFeatureList } from "../project/list/feature-list.ts";
import { statePaths } from "../project/paths.ts";
import { isPresent } from "../project/presence.ts";

/** `marker`: that of the session which this process belongs to; null when it belongs to none. */
export function remoteBoard(dir: string, marker: string | null): FeatureBoard {
  const paths = statePaths(dir);

  return {
    async list() {
      const { run } = await readProject();
      return boardList(await readFeatureList(dir), run?.attempts ?? {});
    },
    async claim(featureId, evidence, signal) {
      const answer = await ask({ type: "claim", featureId, evidence, ...named() }, signal);
      if (answer.type === "recorded") throw new Error("a claim was recorded without a verdict");
      return answer;
    },
    note: async (text, signal) => recorded(await ask({ type: "note", text, ...named() }, signal)),
    blocker: async (text, featureId, signal) =>
      recorded(await ask({ type: "blocker", text, featureId, ...named() }, signal)),
  };

  function named(): { readonly marker: string; readonly request: string } {
    return { marker: marker ?? "", request: randomUUID() };
  }

  async function ask(command: AgentCommand, signal: AbortSignal): Promise<Claimed | Recorded> {
    if (!(await isAtWork())) return refused(notAtWork);
    await using journal = await sqliteJournal({ file: paths.journal });
    const before = await journal.version();
    await journal.post(command, Date.now());
    for (let looks = 1; !signal.aborted; looks += 1) {
      const answers = (await journal.read(before, answering)).map(({ event }) =>
        answerIn(event, command.request),
      );
      const answer = answers.find((found) => found !== null);
      if (answer !== undefined && answer !== null) return answer;
      if (looks % looksPerCheck === 0 && !(await isAtWork())) return refused(notAtWork);
      await sleep(lookEveryMs, undefined, { signal }).catch(() => {});
    }
    return refused("Nobody waits for the answer any more.");
  }

  /** Whether a manager lives, and the session that it has at work is ours. */
  async function isAtWork(): Promise<boolean> {
    if (marker === null) return false;
    if ((await readLockOwner(paths.lock)).type === "free") return false;
    const phase = (await readProject()).run?.phase;
    return phase?.type === "session" && phase.session.marker === marker;
  }

  async function readProject(): Promise<ProjectState> {
    if (!isPresent(paths.journal)) return noProject;
    await using journal = await sqliteJournal({ file: paths.journal, readOnly: true });
    return (await readState(journal)).state;
  }
}

const lookEveryMs = 100;
const looksPerCheck = 10;
const notAtWork =
  "No session of Onward that this server belongs to is at work here, so nothing is checked or recorded. The other " +
  "tools work. A person starts sessions with `onward run`.";

const answering = [
  "claim.made",
  "noted",
  "blocker.raised",
  "request.refused",
] as const satisfies readonly AgentRecord["type"][];

function answerIn(event: RunEvent, request: string): Claimed | Recorded | null {
  if (!("request" in event) || event.request !== request) return null;
  switch (event.type) {
    case "claim.made":
      return { type: "decided", result: event.result, seen: event.seen ?? null };
    case "noted":
    case "blocker.raised":
      return { type: "recorded" };
    case "request.refused":
      return refused(event.reason);
    default:
      throw new Error(`unknown answer ${(event satisfies never as RunEvent).type}`);
  }
}

function recorded(answer: Claimed | Recorded): Recorded {
  return answer.type === "decided" ? { type: "recorded" } : answer;
}
