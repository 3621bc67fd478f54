/**
 * A session whose manager died. Its agent is never adopted, because its pipes and hooks died with the manager:
 * what still lives is ended, and what can be known of it is read from the session's directory.
 */
import { estimateCostUsd } from "../core/prices.ts";
import type { SessionState } from "../core/run.ts";
import type { SessionResult } from "../core/session.ts";
import { endTree } from "../processes/tree.ts";
import type { LoopContext } from "./context.ts";
import type { Activities } from "./loop.ts";
import { discardIntegrity } from "./own-state.ts";
import { type SessionFiles, sessionFiles } from "./session-files.ts";
import { readResult } from "./session-result.ts";
import { readTurns } from "./turns.ts";

export function recoverSession(ctx: LoopContext): Activities["recoverSession"] {
  return async (session) => {
    await endTree({ pid: null, marker: session.marker }, { graceMs: 0 });
    const files = sessionFiles(ctx.paths, session.number);
    discardIntegrity(files);
    const result = await knownResult(files);
    return {
      result,
      estimatedCostUsd: estimateCostUsd(ctx.options.model, result.usage),
      recoveredMs: workedMs(session, files),
    };
  };
}

/** It may have ended by itself, and only the journal does not know. */
export async function knownResult(files: SessionFiles): Promise<SessionResult> {
  const reported = await readResult(files);
  return reported.type === "kept" ? reported.value : cut(files);
}

function cut(files: SessionFiles): SessionResult {
  const { turns, usage } = readTurns(files.turns);
  return {
    outcome: { type: "crashed", detail: "Onward itself was ended while this session was running" },
    // The agent writes its conversation as it goes: there is one as soon as the model answered.
    resumable: turns > 0,
    turns,
    usage,
    cumulativeCostUsd: null,
    denials: 0,
  };
}

/** From the last recorded event to the last sign of life; the time without a manager does not count. */
function workedMs(session: SessionState, files: SessionFiles): number {
  const { lastAt } = readTurns(files.turns);
  return lastAt === null ? 0 : Math.max(0, lastAt - (session.leftAloneSince ?? session.startingAt));
}
