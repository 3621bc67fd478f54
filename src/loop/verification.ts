/** Verification of the project that a run works on: what it is given, and what may be written down of it. */
import type { ProjectState } from "../core/run.ts";
import { partMarker } from "../processes/table.ts";
import { workTree } from "../project/git/work-tree.ts";
import {
  type ProtectedFrom,
  runVerification,
  type Verification,
  type VerificationRequest,
} from "../verify/verification.ts";
import { type Before, readBefore } from "./before.ts";
import { takeProtected } from "./checkpoints.ts";
import type { LoopContext } from "./context.ts";
import { rememberOwnState } from "./own-state.ts";
import { type Kept, sessionFiles } from "./session-files.ts";

export type { Verification };

/** null after an abort. `whole`: the marker by which the next manager would find what was left running. */
export async function verifyProject(
  ctx: LoopContext,
  whole: string,
  request: VerificationRequest,
  signal: AbortSignal,
): Promise<Verification | null> {
  const { dir, env, mayRun, redact } = ctx;
  const marker = partMarker(whole, ctx.clock.uuid());
  ctx.reaper.watch(marker);
  try {
    const settings = ctx.options.verify;
    const found = await runVerification(request, { dir, env, mayRun, marker, signal, settings });
    if (signal.aborted) return null;
    const results = found.results.map((result) => ({ ...result, outputTail: redact(result.outputTail) }));
    return { ...found, results };
  } finally {
    ctx.reaper.forget(marker);
  }
}

/**
 * The same while no agent is at work: then what changes below `.onward/` is the commands' doing too, and put back.
 * What settling goes on to believe must not be what they wrote there.
 */
export async function verifyAlone(
  ctx: LoopContext,
  whole: string,
  request: VerificationRequest,
  signal: AbortSignal,
): Promise<Verification | null> {
  const own = rememberOwnState(ctx, sessionFiles(ctx.paths, ctx.state().lastNumber));
  const found = await verifyProject(ctx, whole, request, signal);
  const changed = await own.putBack();
  if (found === null || changed.length === 0) return found;
  return { ...found, undone: [...changed, ...(found.undone ?? [])] };
}

/**
 * What is protected is as people handed the project over, and what is newer than that, as it was when the session
 * began: else an agent that rewrites a test would pass by it one session later.
 */
export function protectedFromSession(state: ProjectState, before: Kept<Before>): ProtectedFrom {
  const handedOver = state.handedOver?.commits ?? [];
  switch (before.type) {
    case "kept":
      return { handedOver, session: before.value.tree };
    case "absent": // nothing ran
      return { handedOver, session: null };
    case "damaged":
      return "lost";
    default:
      throw new Error(`unknown beginning ${JSON.stringify(before satisfies never)}`);
  }
}

/** For the final pass (F5): the beginning of the last session, or people's own state where none came after it. */
export async function protectedFromLast(ctx: LoopContext): Promise<ProtectedFrom> {
  const state = ctx.state();
  const { handedOver } = state;
  if (handedOver !== null && handedOver.checkpoint === state.checkpoint) {
    return { handedOver: handedOver.commits, session: null };
  }
  return protectedFromSession(state, await readBefore(ctx, state.lastNumber));
}

/** For checks by hand: what the next manager would take for people's, as the project is now. */
export async function protectedFromNow(ctx: LoopContext): Promise<ProtectedFrom> {
  const state = ctx.state();
  const phase = state.run?.phase;
  if (phase?.type === "session") {
    return protectedFromSession(state, await readBefore(ctx, phase.session.number));
  }
  if (ctx.options.verify.protect.length === 0) return { handedOver: [], session: null };
  const taken = await takeProtected(ctx, await workTree(ctx.dir));
  return taken === null ? "lost" : { handedOver: [taken], session: null };
}
