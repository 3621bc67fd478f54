/**
 * Settling: what is done between an agent's exit and the end of its session. Every step may run again after a
 * crash, with the same arguments and at least what the crash had already done in place, and must then come to
 * the same project:
 *
 * integrity     keeps what it found before it undoes anything
 * verification  runs commands; their results are recorded together or not at all
 * list          undoes what came late, and sets `passes` to what was found, which is the same the second time
 * notes         writes the same entry, whose title names the session, or what is missing of it; what is oldest moves
 *               to an archive that is named by what it holds
 * checkpoint    makes commits; the same tree under the same ref
 */
import type { Violation } from "../core/event-parts.ts";
import type { SettledStep, StepName } from "../core/events.ts";
import { featuresOf } from "../core/failed-claims.ts";
import { excerpt } from "../core/feature-parsing.ts";
import type { Feature } from "../core/features.ts";
import { type SessionExit, type SessionState, settledStep } from "../core/run.ts";
import { takenBack, undecided } from "../core/verdicts.ts";
import { readFeatureList, writeFeatureList } from "../project/list/feature-list.ts";
import { setPasses } from "../project/list/set-passes.ts";
import { saveSnapshot } from "../project/list/snapshots.ts";
import { appendNote } from "../project/notes/notes.ts";
import { rotateNotes } from "../project/notes/notes-archive.ts";
import { readBefore } from "./before.ts";
import { checkpointBeforeChange, sessionCheckpoint, unlessCut } from "./checkpoints.ts";
import type { LoopContext } from "./context.ts";
import { settleIntegrity, undoLateChanges } from "./integrity.ts";
import type { Activities } from "./loop.ts";
import { noteFacts } from "./note-facts.ts";
import { noteText } from "./note-text.ts";
import { chooseRegressionChecks } from "./regression.ts";
import { protectedFromSession, verifyAlone } from "./verification.ts";

export function settle(ctx: LoopContext): Activities["settle"] {
  return async (session, step, { soft, hard }) => {
    const { exit, settled } = settling(session);
    switch (step) {
      case "integrity":
        return settleIntegrity(ctx, session, exit);
      case "verification":
        return verification(ctx, session, settled, soft);
      case "list":
        return list(ctx, session, settled);
      case "notes": {
        const facts = await noteFacts(ctx, session, exit, settled, await currentFeatures(ctx));
        await appendNote(ctx.dir, `session ${session.number}`, noteText(session, exit, settled, facts));
        await rotateNotes(ctx.dir);
        return { step: "notes" };
      }
      case "checkpoint":
        return unlessCut(hard, sessionCheckpoint(ctx, session, hard));
      default:
        throw new Error(`unknown step ${step satisfies never as StepName}`);
    }
  };
}

async function verification(
  ctx: LoopContext,
  session: SessionState,
  settled: readonly SettledStep[],
  signal: AbortSignal,
): Promise<SettledStep | null> {
  const features = await currentFeatures(ctx);
  const claimed = new Set(settledStep(settled, "integrity")?.claimed ?? []);
  // One that failed a claim passed before it, and passes again because the agent has set it back by hand.
  const doubtful = new Set([...claimed, ...featuresOf(session.failedClaims)]);
  const checks = [
    ...features.filter(({ id, passes }) => claimed.has(id) || (passes && doubtful.has(id))),
    ...chooseRegressionChecks(features, doubtful, ctx.options, session.number),
  ];
  const protectedFrom = protectedFromSession(ctx.state(), await readBefore(ctx, session.number));
  const request = { features: checks, claimed, gate: false, protectedFrom, alone: true };
  const found = await verifyAlone(ctx, session.marker, request, signal);
  return found === null ? null : { step: "verification", ...found };
}

async function list(
  ctx: LoopContext,
  session: SessionState,
  settled: readonly SettledStep[],
): Promise<SettledStep> {
  const results = settledStep(settled, "verification")?.results ?? [];
  const claimed = settledStep(settled, "integrity")?.claimed ?? [];
  const unshown = session.sessionType === "init" ? undecided(results, claimed) : [];
  const failed = [...takenBack(results, new Set(claimed)), ...unshown];
  const late = await undoLateChanges(ctx, session, settledStep(settled, "integrity"), failed);
  const violations = unshown.length === 0 ? late : [...late, passedUnshown(unshown)];
  await setFailing(ctx, failed, `${String(session.number).padStart(4, "0")}-settled`);
  const features = await currentFeatures(ctx);
  const passing = new Set(features.filter((feature) => feature.passes).map((feature) => feature.id));
  const passed = claimed.filter((id) => passing.has(id));
  return { step: "list", passed, failed, passing: passing.size, total: features.length, violations };
}

const mostNamed = 10;

function passedUnshown(ids: readonly string[]): Violation {
  const more = ids.length > mostNamed ? ` and ${ids.length - mostNamed} more` : "";
  const named = ids.slice(0, mostNamed).map(excerpt).join(", ");
  const what = `The first list had features that pass without a command that shows it: ${named}${more}. They do not pass yet.`;
  return { what, featureId: null };
}

/** Takes back passes that did not hold, and keeps the list as the last good one under this key. */
export async function setFailing(ctx: LoopContext, ids: readonly string[], key: string): Promise<void> {
  const now = await readFeatureList(ctx.dir);
  if (now.type !== "valid") return;
  // A person may have taken out a feature since it was checked.
  const listed = new Set(now.features.map((feature) => feature.id));
  const text = setPasses(now.text, new Map(ids.filter((id) => listed.has(id)).map((id) => [id, false])));
  if (text !== now.text) {
    await checkpointBeforeChange(ctx);
    await writeFeatureList(ctx.dir, text);
  }
  await saveSnapshot(ctx.paths, key, text);
}

async function currentFeatures(ctx: LoopContext): Promise<readonly Feature[]> {
  const now = await readFeatureList(ctx.dir);
  return now.type === "valid" ? now.features : [];
}

function settling(session: SessionState): { exit: SessionExit; settled: readonly SettledStep[] } {
  if (session.life.type !== "settling") throw new Error(`session ${session.number} has not exited`);
  return session.life;
}
