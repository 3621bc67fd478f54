/**
 * The first step of settling (F1): of what a session did to the feature list its flips of `passes` stay, all
 * else is undone, and so is what it did to the configuration. What was found is kept in the session's directory
 * before anything is written: after a crash in between there would be nothing left to find. It stays there, and
 * once the claims are checked the list is held against it again.
 */
import { rename } from "node:fs/promises";
import { join, relative } from "node:path";
import { OnwardError } from "../core/errors.ts";
import type { Violation } from "../core/event-parts.ts";
import type { SettledStep } from "../core/events.ts";
import { excerpt } from "../core/feature-parsing.ts";
import type { SessionExit, SessionState } from "../core/run.ts";
import { atomicWrite, fileError } from "../project/atomic-write.ts";
import { configChange, restoreConfig } from "../project/config-guard.ts";
import { digestOf } from "../project/digest.ts";
import { type ListState, readFeatureList, writeFeatureList } from "../project/list/feature-list.ts";
import {
  allViolations,
  type Flips,
  heldAgainst,
  noFlips,
  restoreIntegrity,
  withFlips,
} from "../project/list/guardian.ts";
import { lastGoodSnapshot } from "../project/list/snapshots.ts";
import { featureListName } from "../project/paths.ts";
import { type Before, isBeforeIntact, readBefore } from "./before.ts";
import { checkpointBeforeChange } from "./checkpoints.ts";
import type { LoopContext } from "./context.ts";
import { ownViolation } from "./own-state.ts";
import { type Kept, readKept, type SessionFiles, sessionFiles } from "./session-files.ts";
import { readWatched } from "./watched.ts";

export async function settleIntegrity(
  ctx: LoopContext,
  session: SessionState,
  exit: SessionExit,
): Promise<SettledStep> {
  const files = sessionFiles(ctx.paths, session.number);
  const before = await readBefore(ctx, session.number);
  if (before.type === "absent" && exit.turns === 0) {
    return { ...nothingRan, total: totalOf(await readFeatureList(ctx.dir)) };
  }
  const { config } = before.type === "kept" ? before.value : {};
  const found = (await readFound(files)) ?? (await find(ctx, session.number, before));
  if (config !== undefined && (await configChange(ctx.dir, config)) !== null) {
    await checkpointBeforeChange(ctx);
    await restoreConfig(ctx.dir, config);
  }
  await putBack(ctx, files, found.text);
  const { violations, claimed, regressed, text } = found;
  const total = totalOf(await readFeatureList(ctx.dir));
  const digest = text === null ? null : digestOf(text);
  return { step: "integrity", violations, claimed, regressed, total, digest };
}

type IntegrityStep = Extract<SettledStep, { step: "integrity" }>;

/** What a session may leave of the list, and what it did beyond. */
export interface Found extends Flips {
  /** What the list must hold; null when a first session left none that can be read. */
  readonly text: string | null;
  readonly violations: readonly Violation[];
  /** What was found later, while claims were checked. */
  readonly late?: readonly Violation[];
}

/** What the step found, null when it has not looked, or its record was lost. */
async function readFound(files: SessionFiles): Promise<Found | null> {
  const kept = await readKept(files.integrity, parseFound);
  return kept.type === "kept" ? kept.value : null;
}

/**
 * What the commands that checked the claims, or something that escaped the end of the session, did to the list
 * since: all of it is undone, `passes` included. `failed`: what the step that calls takes back itself.
 */
export async function undoLateChanges(
  ctx: LoopContext,
  session: SessionState,
  step: IntegrityStep | undefined,
  failed: readonly string[],
): Promise<readonly Violation[]> {
  const files = sessionFiles(ctx.paths, session.number);
  const found = step === undefined ? null : await foundBy(ctx, session, step);
  if (found === null || found.text === null) return [];
  const now = await readFeatureList(ctx.dir);
  const { violations, claimed, regressed } = restoreIntegrity(found.text, now);
  // After a crash the list may be as this step leaves it.
  const flipped = [...claimed, ...regressed.filter((id) => !failed.includes(id))];
  if (violations.length === 0 && flipped.length === 0) return found.late ?? [];
  const flips = flipped.map((featureId) => ({
    what: `\`passes\` of feature ${excerpt(featureId)} was changed while its session's claims were checked.`,
    featureId,
  }));
  const late = allViolations(found.late ?? [], [...violations, ...flips]);
  await atomicWrite(files.integrity, JSON.stringify({ ...found, late } satisfies Found));
  await putBack(ctx, files, found.text);
  return late;
}

/** What the step left, as far as its record is what the journal says of it; else what follows from the journal. */
async function foundBy(
  ctx: LoopContext,
  { number }: SessionState,
  step: IntegrityStep,
): Promise<Found | null> {
  const found = await readFound(sessionFiles(ctx.paths, number));
  const { digest } = step;
  if (digest === null) return null;
  // Without a known beginning, as after a rollback, there is nothing to hold the record against.
  if (
    digest === undefined ||
    ctx.state().beginning === null ||
    (found !== null && isText(found.text, digest))
  )
    return found;
  const before = await readBefore(ctx, number);
  const listText = before.type === "kept" ? before.value.listText : null;
  const text = listText === null ? null : withFlips(listText, step);
  if (isText(text, digest)) return { ...step, text };
  throw lost(number);
}

function isText(text: string | null, digest: string): boolean {
  return text !== null && digestOf(text) === digest;
}

function lost(number: number): OnwardError {
  return new OnwardError(
    "feature-list-damaged",
    `The feature list of session ${number} was tampered with, and is lost.`,
    {
      hint: "Go back to a checkpoint from before it: `onward checkpoints`, then `onward rollback <id>`.",
    },
  );
}

const nothingRan = { step: "integrity", violations: [], ...noFlips } as const;

async function find(ctx: LoopContext, number: number, before: Kept<Before>): Promise<Found> {
  const files = sessionFiles(ctx.paths, number);
  const baseline = await baselineOf(ctx, number, before);
  const watched = await readWatched(files);
  const after = await readFeatureList(ctx.dir);
  const list = baseline === null ? firstList(after) : await heldAgainst(baseline, after, watched, ctx.dir);
  const config = await configChange(ctx.dir, before.type === "kept" ? before.value.config : undefined);
  const forged = (await isBeforeIntact(ctx, number)) ? [] : [ownViolation(relative(ctx.dir, files.before))];
  const late = config === null ? forged : [...forged, { what: config, featureId: null }];
  const violations = allViolations(watched.violations, [...list.violations, ...late]);
  const found = { ...list, violations };
  // As with what was seen meanwhile.
  await atomicWrite(files.integrity, JSON.stringify(found), { durable: violations.length > 0 });
  return found;
}

/** What the list is held against; null when there was none. */
async function baselineOf(
  ctx: LoopContext,
  number: number,
  before: Kept<Before>,
): Promise<Before["listText"]> {
  if (before.type === "kept") return before.value.listText;
  if (ctx.state().beginning !== null) throw lost(number);
  // Damaged or removed from outside: then the last list that we trusted has to do.
  return (await lastGoodSnapshot(ctx.paths))?.text ?? null;
}

/** A first list has nothing to be held against. */
function firstList(after: ListState): Found {
  if (after.type !== "valid") return { ...noFlips, text: null, violations: [] };
  const claimed = after.features.filter((feature) => feature.passes).map((feature) => feature.id);
  return { ...noFlips, text: after.text, violations: [], claimed };
}

/** Without a text to put there, a list that cannot be read is put aside, not lost. */
async function putBack(ctx: LoopContext, files: SessionFiles, text: string | null): Promise<void> {
  const now = await readFeatureList(ctx.dir);
  if (text === null ? now.type !== "damaged" : now.type === "valid" && now.text === text) return;
  await checkpointBeforeChange(ctx);
  if (text !== null) return writeFeatureList(ctx.dir, text);
  const path = join(ctx.dir, featureListName);
  await rename(path, files.damagedList).catch((error: unknown) => {
    throw fileError(path, error);
  });
}

function parseFound(value: unknown): Found | null {
  const { text, violations, claimed, regressed } = value as Partial<Found>;
  const whole = [violations, claimed, regressed].every(Array.isArray);
  return whole && (text === null || typeof text === "string") ? (value as Found) : null;
}

function totalOf(list: ListState): number | null {
  return list.type === "valid" ? list.features.length : null;
}
