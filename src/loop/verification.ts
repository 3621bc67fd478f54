/** Verification of the project that a run works on: what it is given, and what may be written down of it. */
import { partMarker } from "../processes/table.ts";
import { listCheckpoints } from "../project/checkpoints.ts";
import { openGit } from "../project/git.ts";
import {
  type ProtectedFrom,
  runVerification,
  type Verification,
  type VerificationRequest,
} from "../verify/verification.ts";
import { type Before, readBefore } from "./before.ts";
import type { LoopContext } from "./context.ts";
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

/** What a session must not have changed is as it was when the session began. */
export function protectedFromSession(before: Kept<Before>): ProtectedFrom {
  switch (before.type) {
    case "kept":
      return { type: "tree", tree: before.value.tree };
    case "absent": // nothing ran
      return { type: "now" };
    case "damaged":
      return { type: "lost" };
    default:
      throw new Error(`unknown beginning ${JSON.stringify(before satisfies never)}`);
  }
}

/**
 * For the final pass (F5): the beginning of the last session. Where a manager came after that session, people had
 * the project in between, and what they made of the protected files counts.
 */
export async function protectedFromLast(ctx: LoopContext): Promise<ProtectedFrom> {
  const { checkpoint, lastNumber } = ctx.state();
  if (ctx.options.verify.protect.length === 0 || checkpoint === null) return { type: "now" };
  const all = await listCheckpoints(await openGit(ctx.dir));
  if (all.find(({ commit }) => commit === checkpoint)?.kind === "start") return { type: "now" };
  return protectedFromSession(await readBefore(sessionFiles(ctx.paths, lastNumber)));
}
