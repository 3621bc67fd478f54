/**
 * The first step of settling (F1): of what a session did to the feature list its flips of `passes` stay, all
 * else is undone. What was found is kept in the session's directory before the list is written: after a crash
 * in between there would be nothing left to find.
 */
import { rename } from "node:fs/promises";
import { join } from "node:path";
import type { SettledStep } from "../core/events.ts";
import type { SessionExit, SessionState } from "../core/run.ts";
import { atomicWrite, fileError } from "../project/atomic-write.ts";
import { type ListState, readFeatureList, writeFeatureList } from "../project/feature-list.ts";
import { type Integrity, restoreIntegrity } from "../project/guardian.ts";
import { featureListName } from "../project/paths.ts";
import { lastGoodSnapshot } from "../project/snapshots.ts";
import { readBefore } from "./before.ts";
import { checkpointBeforeChange } from "./checkpoints.ts";
import type { LoopContext } from "./context.ts";
import { readKept, type SessionFiles, sessionFiles } from "./session-files.ts";

export async function settleIntegrity(
  ctx: LoopContext,
  session: SessionState,
  exit: SessionExit,
): Promise<SettledStep> {
  const files = sessionFiles(ctx.paths, session.number);
  const baseline = await baselineOf(ctx, files, exit);
  switch (baseline.type) {
    case "nothing-ran":
      return { ...untouched, total: totalOf(await readFeatureList(ctx.dir)) };
    case "no-list":
      return firstList(ctx, files);
    case "list":
      return restore(ctx, files, baseline.text);
    default:
      throw new Error(`unknown baseline ${JSON.stringify(baseline satisfies never)}`);
  }
}

/** What the list is held against. */
type Baseline =
  | { readonly type: "nothing-ran" }
  | { readonly type: "no-list" }
  | { readonly type: "list"; readonly text: string };

const untouched = { step: "integrity", violations: [], claimed: [], regressed: [] } as const;

async function baselineOf(ctx: LoopContext, files: SessionFiles, exit: SessionExit): Promise<Baseline> {
  const before = await readBefore(files);
  if (before.type === "absent" && exit.turns === 0) return { type: "nothing-ran" };
  // Damaged or removed from outside: then the last list that we trusted has to do.
  const text =
    before.type === "kept" ? before.value.listText : ((await lastGoodSnapshot(ctx.paths))?.text ?? null);
  return text === null ? { type: "no-list" } : { type: "list", text };
}

/** A first list has nothing to be held against; one that cannot be read is put aside, not lost. */
async function firstList(ctx: LoopContext, files: SessionFiles): Promise<SettledStep> {
  const after = await readFeatureList(ctx.dir);
  const path = join(ctx.dir, featureListName);
  if (after.type === "damaged") {
    await checkpointBeforeChange(ctx);
    await rename(path, files.damagedList).catch((error: unknown) => {
      throw fileError(path, error);
    });
  }
  const features = after.type === "valid" ? after.features : [];
  const claimed = features.filter((feature) => feature.passes).map((feature) => feature.id);
  return { ...untouched, claimed, total: totalOf(after) };
}

async function restore(ctx: LoopContext, files: SessionFiles, before: string): Promise<SettledStep> {
  const after = await readFeatureList(ctx.dir);
  const earlier = await readKept(files.integrity, parseIntegrity);
  const found = earlier.type === "kept" ? earlier.value : restoreIntegrity(before, after);
  if (after.type !== "valid" || after.text !== found.text) {
    if (earlier.type !== "kept") await atomicWrite(files.integrity, JSON.stringify(found));
    await checkpointBeforeChange(ctx);
    await writeFeatureList(ctx.dir, found.text);
  }
  const { violations, claimed, regressed } = found;
  return {
    step: "integrity",
    violations,
    claimed,
    regressed,
    total: totalOf(await readFeatureList(ctx.dir)),
  };
}

function parseIntegrity(value: unknown): Integrity | null {
  const { text, violations, claimed, regressed } = value as Partial<Integrity>;
  const whole = [violations, claimed, regressed].every(Array.isArray) && typeof text === "string";
  return whole ? (value as Integrity) : null;
}

function totalOf(list: ListState): number | null {
  return list.type === "valid" ? list.features.length : null;
}
