import { finalPassOf } from "../core/final-pass.ts";
import type { Survey } from "../core/input.ts";
import { workTree } from "../project/git/work-tree.ts";
import { type ListState, readFeatureList, writeFeatureList } from "../project/list/feature-list.ts";
import { lastGoodSnapshot } from "../project/list/snapshots.ts";
import { isVerifiable } from "../verify/deciding.ts";
import { checksOf } from "../verify/settings.ts";
import { checkpointBeforeChange, unlessCut } from "./checkpoints.ts";
import type { LoopContext } from "./context.ts";
import type { Activities } from "./loop.ts";

/** Looks at the project; a damaged feature list is restored from the last good snapshot where there is one. */
export function survey(ctx: LoopContext): Activities["survey"] {
  return (signal) => unlessCut(signal, look(ctx, signal));
}

async function look(ctx: LoopContext, signal: AbortSignal) {
  const found = await readFeatureList(ctx.dir);
  const restored = found.type === "damaged" ? await restore(ctx, found.problem, signal) : null;
  const list = restored === null ? found : await readFeatureList(ctx.dir);
  // What was restored has to be told: then the tree is waited for.
  const finalPass = await passToHold(ctx, list, restored === null ? signal : undefined);
  return { survey: { list: seen(list), finalPass }, restored };
}

function seen(list: ListState): Survey["list"] {
  return list.type === "valid" ? { type: "valid", features: list.features } : list;
}

async function restore(
  ctx: LoopContext,
  problem: string,
  signal: AbortSignal,
): Promise<{ problem: string; from: string } | null> {
  const snapshot = await lastGoodSnapshot(ctx.paths);
  if (snapshot === null) return null;
  await checkpointBeforeChange(ctx, signal);
  await writeFeatureList(ctx.dir, snapshot.text);
  return { problem, from: snapshot.key };
}

/** Only a finished project is worth hashing: the tree is what a final pass would be about (F5). */
async function passToHold(ctx: LoopContext, list: ListState, signal?: AbortSignal): Promise<string | null> {
  if (list.type !== "valid" || !list.features.every((feature) => feature.passes)) return null;
  const { verify } = ctx.options;
  if (!isVerifiable(list.features, verify.command)) return null;
  return finalPassOf(await workTree(ctx.dir, signal), checksOf(verify));
}
