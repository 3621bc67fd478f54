/** The checkpoints that a run takes by itself: as it found the project, after each session, before it changes a file. */
import type { HandedOver } from "../core/event-parts.ts";
import type { SettledStep } from "../core/events.ts";
import type { SessionState } from "../core/run.ts";
import { type Checkpoint, takeCheckpoint } from "../project/checkpoints/checkpoint.ts";
import type { CheckpointKind } from "../project/checkpoints/checkpoint-facts.ts";
import { type MendedGit, openMended } from "../project/checkpoints/ref-record.ts";
import { thinCheckpoints } from "../project/checkpoints/retention.ts";
import { handOver } from "../project/copy/protected-files.ts";
import type { Git } from "../project/git/git.ts";
import { commitOwnFiles } from "../project/git/own-commit.ts";
import { isGitFailure } from "../project/git/run-git.ts";
import { changedBetween } from "../project/git/tree-changes.ts";
import { ownFiles } from "../project/paths.ts";
import { readBefore } from "./before.ts";
import type { LoopContext } from "./context.ts";
import { holdsCode } from "./holds-code.ts";
import type { Activities } from "./loop.ts";
import { sessionWork } from "./session-work.ts";

export function startCheckpoint(ctx: LoopContext): Activities["startCheckpoint"] {
  return async (signal) => {
    const taken = await unlessCut(signal, take(ctx, "start", signal));
    if (taken === null) return null;
    const { ref, commit, unheld, uncommitted, leftOut, head } = taken;
    // What was written to begin with is no work that somebody forgot to commit.
    const isNews = unheld && (head !== null || (await holdsCode(ctx)));
    await thinCheckpoints(ctx.dir, ctx.state().run?.id ?? null);
    return {
      ...{ ref, commit, uncommitted: isNews ? uncommitted : 0, leftOut: leftOut.slice(0, 20) },
      ...(await whatIsProtected(ctx, commit)),
    };
  };
}

/** Where what people handed over is lost, it stays lost: else an agent would only have to lose it. */
async function whatIsProtected(ctx: LoopContext, commit: string): Promise<{ handedOver?: HandedOver }> {
  const { protect } = ctx.options.verify;
  if (protect.length === 0 || ctx.state().run?.phase.type === "session") return {};
  const taken = await takeProtected(ctx, commit);
  const { commits = [commit] } = ctx.state().handedOver ?? {};
  return { handedOver: { commits: taken === null ? commits : [taken], protect } };
}

/** What would be protected if a manager came now and found the project as in this tree; null where it is lost. */
export async function takeProtected(ctx: LoopContext, now: string): Promise<string | null> {
  const { checkpoint, handedOver } = ctx.state();
  const { protect } = ctx.options.verify;
  return handOver(ctx.dir, { protect, now, left: checkpoint, last: handedOver });
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
  { number }: SessionState,
  signal: AbortSignal,
): Promise<SettledStep> {
  // One for the whole step: the agent and what checked its work are gone.
  const git = await openMended(ctx.dir);
  const own = await commitOwnFiles(ctx.dir, ownFiles, `Onward: session ${number}`, git);
  const { ref, commit, tree, head } = await take(ctx, "session", signal, git);
  if (number % sessionsPerThinning === 0) await thinCheckpoints(ctx.dir, ctx.state().run?.id ?? null);
  const before = await readBefore(ctx, number);
  const beginning = before.type === "kept" ? before.value.tree : null;
  const files = beginning === null ? null : await filesSince(git, beginning, tree);
  // Unknown, where the beginning is not known any more, counts as changed: nobody is called stuck for it.
  const changed = files === null ? before.type !== "absent" : files.length > 0;
  const refused = own.type === "refused" ? { notCommitted: own.reason } : {};
  const step = { step: "checkpoint", ref, commit, changed, head, ...refused } as const;
  if (ctx.state().errors.open.length === 0 || beginning === null) return step;
  return { ...step, work: await sessionWork(ctx, beginning, files ?? []) };
}

/** null: no ref holds the beginning, and `git gc`, or a new repository, has dropped it. */
async function filesSince(git: Git, beginning: string, tree: string): Promise<readonly string[] | null> {
  return changedBetween(git, beginning, tree, ownFiles).catch((error: unknown) => {
    if (isGitFailure(error)) return null;
    throw error;
  });
}

function take(
  ctx: LoopContext,
  kind: CheckpointKind,
  signal?: AbortSignal,
  opened?: MendedGit,
): Promise<Checkpoint> {
  const { run, lastNumber } = ctx.state();
  const request = { kind, runId: run?.id ?? null, session: lastNumber, now: ctx.clock.now() };
  return takeCheckpoint(ctx.dir, signal === undefined ? request : { ...request, signal }, opened);
}
