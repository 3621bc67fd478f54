/** The checkpoints that a run takes by itself: as it found the project, after each session, before it changes a file. */
import { type Checkpoint, takeCheckpoint } from "../project/checkpoint.ts";
import type { CheckpointKind } from "../project/checkpoint-facts.ts";
import { readFeatureList } from "../project/feature-list.ts";
import { commitOwnFiles } from "../project/own-commit.ts";
import { ownFiles } from "../project/paths.ts";
import { thinCheckpoints } from "../project/retention.ts";
import { saveSnapshot } from "../project/snapshots.ts";
import type { LoopContext } from "./context.ts";
import type { Activities } from "./loop.ts";

export function startCheckpoint(ctx: LoopContext): Activities["startCheckpoint"] {
  return async () => {
    const { ref, commit, unheld, uncommitted, leftOut } = await take(ctx, "start");
    const { lastNumber, run } = ctx.state();
    const list = await readFeatureList(ctx.dir);
    // What an unsettled session left is not to be trusted yet (F2).
    if (list.type === "valid" && run?.phase.type !== "session") {
      await saveSnapshot(ctx.paths, `${String(lastNumber).padStart(4, "0")}-start`, list.text);
    }
    await thinCheckpoints(ctx.dir, run?.id ?? null);
    return { ref, commit, uncommitted: unheld ? uncommitted : 0, leftOut: leftOut.slice(0, 20) };
  };
}

const sessionsPerThinning = 20;

/** To be called before a file is written that an agent or a person may have changed. */
export async function checkpointBeforeChange(ctx: LoopContext): Promise<void> {
  await take(ctx, "before");
}

/** Our own commit comes first, so that the checkpoint knows it: it changes the branch alone, and no file. */
export async function sessionCheckpoint(ctx: LoopContext, number: number): Promise<Checkpoint> {
  await commitOwnFiles(ctx.dir, ownFiles, `Onward: session ${number}`);
  const checkpoint = await take(ctx, "session");
  if (number % sessionsPerThinning === 0) await thinCheckpoints(ctx.dir, ctx.state().run?.id ?? null);
  return checkpoint;
}

function take(ctx: LoopContext, kind: CheckpointKind): Promise<Checkpoint> {
  const { run, lastNumber } = ctx.state();
  return takeCheckpoint(ctx.dir, {
    kind,
    runId: run?.id ?? null,
    session: lastNumber,
    now: ctx.clock.now(),
  });
}
