/**
 * Settling: what is done between an agent's exit and the end of its session. Every step may run again after a
 * crash, with the same arguments and at least what the crash had already done in place, and must then come to
 * the same project:
 *
 * integrity     compares with the list of before, which no crash touches
 * verification  runs commands; their results are recorded together or not at all
 * list          sets `passes` to what was found, which is the same the second time
 * notes         tags its entry with the session and does not write it twice
 * checkpoint    makes commits; the same tree under the same ref
 */
import { rename } from "node:fs/promises";
import type { SettledStep, StepName, VerificationResult } from "../core/events.ts";
import type { Feature } from "../core/features.ts";
import { type SessionExit, type SessionState, settledStep } from "../core/run.ts";
import { changedBetween, checkpoint } from "../project/checkpoint.ts";
import { readFeatureList, writeFeatureList } from "../project/feature-list.ts";
import { restoreIntegrity } from "../project/guardian.ts";
import { head } from "../project/history.ts";
import { appendNote } from "../project/notes.ts";
import { commitOwnFiles } from "../project/own-commit.ts";
import { featureListName, ownFiles } from "../project/paths.ts";
import { setPasses } from "../project/set-passes.ts";
import { saveSnapshot } from "../project/snapshots.ts";
import { verifyClaims } from "../verify/verify.ts";
import { readBefore } from "./before.ts";
import type { LoopContext } from "./context.ts";
import type { Activities } from "./loop.ts";
import { noteText } from "./note-text.ts";
import { chooseRegressionChecks } from "./regression.ts";
import { sessionFiles } from "./session-files.ts";

export function settle(ctx: LoopContext): Activities["settle"] {
  return async (session, step, signal) => {
    const { exit, settled } = settling(session);
    switch (step) {
      case "integrity":
        return integrity(ctx, session);
      case "verification":
        return verification(ctx, session, settled, signal);
      case "list":
        return list(ctx, session, settled);
      case "notes":
        await appendNote(
          ctx.dir,
          `session ${session.number}`,
          noteText(session, exit, settled, ctx.clock.now()),
        );
        return { step: "notes" };
      case "checkpoint":
        return takeCheckpoint(ctx, session);
      default:
        throw new Error(`unknown step ${step satisfies never as StepName}`);
    }
  };
}

async function integrity(ctx: LoopContext, session: SessionState): Promise<SettledStep> {
  const files = sessionFiles(ctx.paths, session.number);
  const before = (await readBefore(files))?.listText ?? null;
  const after = await readFeatureList(ctx.dir);
  if (before === null) {
    // An init session's list has nothing to be held against; one that cannot be read is put aside, not lost.
    if (after.type === "damaged") await rename(`${ctx.dir}/${featureListName}`, files.damagedList);
    const features = after.type === "valid" ? after.features : null;
    const claimed = (features ?? []).filter((feature) => feature.passes).map((feature) => feature.id);
    return { step: "integrity", violations: [], claimed, regressed: [], total: features?.length ?? null };
  }
  const restored = restoreIntegrity(before, after);
  if (after.type !== "valid" || after.text !== restored.text) await writeFeatureList(ctx.dir, restored.text);
  const { violations, claimed, regressed } = restored;
  const now = await readFeatureList(ctx.dir);
  const total = now.type === "valid" ? now.features.length : null;
  return { step: "integrity", violations, claimed, regressed, total };
}

async function verification(
  ctx: LoopContext,
  session: SessionState,
  settled: readonly SettledStep[],
  signal: AbortSignal,
): Promise<SettledStep | null> {
  const features = await currentFeatures(ctx);
  const claimed = new Set(settledStep(settled, "integrity")?.claimed ?? []);
  const checks = [
    ...features.filter((feature) => claimed.has(feature.id)),
    ...chooseRegressionChecks(features, claimed, ctx.options, session.number),
  ];
  ctx.reaper.watch(session.marker);
  try {
    const results = redacted(ctx, await verifyClaims(checks, verifyOptions(ctx, session.marker, signal)));
    return signal.aborted ? null : { step: "verification", results };
  } finally {
    ctx.reaper.forget(session.marker);
  }
}

async function list(
  ctx: LoopContext,
  session: SessionState,
  settled: readonly SettledStep[],
): Promise<SettledStep> {
  const results = settledStep(settled, "verification")?.results ?? [];
  const failed = results.flatMap(({ featureId, ok }) => (ok || featureId === null ? [] : [featureId]));
  await setFailing(ctx, failed, session.number);
  const features = await currentFeatures(ctx);
  const passing = features.filter((feature) => feature.passes).length;
  const claimed = settledStep(settled, "integrity")?.claimed ?? [];
  const passed = claimed.filter((id) => !failed.includes(id));
  return { step: "list", passed, failed, passing, total: features.length };
}

/** Takes back passes that did not hold, and keeps the list as the last good one. */
export async function setFailing(ctx: LoopContext, ids: readonly string[], number: number): Promise<void> {
  const now = await readFeatureList(ctx.dir);
  if (now.type !== "valid") return;
  const text = setPasses(now.text, new Map(ids.map((id) => [id, false])));
  if (text !== now.text) await writeFeatureList(ctx.dir, text);
  await saveSnapshot(ctx.paths, `${String(number).padStart(4, "0")}-settled`, text);
}

async function takeCheckpoint(ctx: LoopContext, session: SessionState): Promise<SettledStep> {
  await commitOwnFiles(ctx.dir, ownFiles, `Onward: session ${session.number}`);
  const runId = ctx.state().run?.id ?? "run";
  const ref = `refs/onward/${runId}/${session.number}`;
  const { commit, tree } = await checkpoint(ctx.dir, ref, `Onward: after session ${session.number}`);
  const before = await readBefore(sessionFiles(ctx.paths, session.number));
  const changed = before !== null && (await changedBetween(ctx.dir, before.tree, tree, ownFiles));
  return { step: "checkpoint", ref, commit, changed, head: await head(ctx.dir) };
}

/** Options of every command that Onward runs to check the project. */
export function verifyOptions(ctx: LoopContext, marker: string, signal: AbortSignal) {
  return {
    dir: ctx.dir,
    projectCommand: ctx.options.verifyCommand,
    timeoutMs: ctx.options.verifyTimeoutMs,
    env: ctx.env,
    marker,
    signal,
    mayRun: ctx.mayRun,
  };
}

/** The results of a command, ready to be written down. */
export function redacted(
  ctx: LoopContext,
  results: readonly VerificationResult[],
): readonly VerificationResult[] {
  return results.map((result) => ({ ...result, outputTail: ctx.redact(result.outputTail) }));
}

async function currentFeatures(ctx: LoopContext): Promise<readonly Feature[]> {
  const now = await readFeatureList(ctx.dir);
  return now.type === "valid" ? now.features : [];
}

function settling(session: SessionState): { exit: SessionExit; settled: readonly SettledStep[] } {
  if (session.life.type !== "settling") throw new Error(`session ${session.number} has not exited`);
  return session.life;
}
