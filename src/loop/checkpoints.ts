/** The checkpoints that a run takes by itself: as it found the project, after each session, before it changes a file. */
import { type Checkpoint, takeCheckpoint } from "../project/checkpoint.ts";
import type { CheckpointKind } from "../project/checkpoint-facts.ts";
import { commitOwnFiles } from "../project/own-commit.ts";
import { ownFiles } from "../project/paths.ts";
import { thinCheckpoints } from "../project/retention.ts";
import { isGitFailure } from "../project/run-git.ts";
import type { LoopContext } from "./context.ts";
import type { Activities } from "./loop.ts";

export function startCheckpoint(ctx: LoopContext): Activities["startCheckpoint"] {
  return async (signal) => {
    const taken = await unlessCut(signal, take(ctx, "start", signal));
    if (taken === null) return null;
    const { ref, commit, unheld, uncommitted, leftOut } = taken;
    await thinCheckpoints(ctx.dir, ctx.state().run?.id ?? null);
    return { ref, commit, uncommitted: unheld ? uncommitted : 0, leftOut: leftOut.slice(0, 20) };
  };
}

const sessionsPerThinning = 20;

/** To be called before a file is written that an agent or a person may have changed. */
export async function checkpointBeforeChange(ctx: LoopContext, signal?: AbortSignal): Promise<void> {
  await take(ctx, "before", signal);
}

/** Hashing a large tree takes minutes, for which nobody who wants to stop is made to wait; null then. */
export async function unlessCut<T>(signal: AbortSignal, work: Promise<T>): Promise<T | null> {
  try {
    return await work;
  } catch (error) {
    if (signal.aborted && isGitFailure(error)) return null;
    throw error;
  }
}

/** Our own commit comes first, so that the checkpoint knows it: it changes the branch alone, and no file. */
export async function sessionCheckpoint(
  ctx: LoopContext,
  number: number,
  signal: AbortSignal,
): Promise<Checkpoint & { readonly notCommitted: string | null }> {
  const own = await commitOwnFiles(ctx.dir, ownFiles, `Onward: session ${number}`);
  const checkpoint = await take(ctx, "session", signal);
  if (number % sessionsPerThinning === 0) await thinCheckpoints(ctx.dir, ctx.state().run?.id ?? null);
  return { ...checkpoint, notCommitted: own.type === "refused" ? own.reason : null };
}

function take(ctx: LoopContext, kind: CheckpointKind, signal?: AbortSignal): Promise<Checkpoint> {
  const { run, lastNumber } = ctx.state();
  return takeCheckpoint(ctx.dir, {
    kind,
    runId: run?.id ?? null,
    session: lastNumber,
    now: ctx.clock.now(),
    ...(signal === undefined ? {} : { signal }),
  });
}
