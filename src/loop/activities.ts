import { newAgentSessionId, newRunId, newSessionMarker } from "../core/ids.ts";
import { readFeatureList } from "../project/feature-list.ts";
import { finalPass } from "../verify/verify.ts";
import type { LoopContext } from "./context.ts";
import type { Activities } from "./loop.ts";
import { recoverSession } from "./recover-session.ts";
import { runSession } from "./run-session.ts";
import { redacted, setFailing, settle, verifyOptions } from "./settle.ts";
import { survey } from "./survey.ts";

/** The activities of one project on this machine. */
export function createActivities(ctx: LoopContext): Activities {
  return {
    survey: survey(ctx),
    newIds: async () => ({
      runId: newRunId(ctx.clock.uuid()),
      agentSessionId: newAgentSessionId(ctx.clock.uuid()),
      marker: newSessionMarker(ctx.clock.uuid()),
      chance: ctx.clock.random(),
    }),
    async wait(until, signal) {
      await ctx.clock.sleepUntil(until, signal);
      return !signal.aborted;
    },
    runSession: runSession(ctx),
    recoverSession: recoverSession(ctx),
    settle: settle(ctx),
    verifyAll: verifyAll(ctx),
  };
}

/** The final pass (F5): every feature that can be checked, and the project's own command as the gate. */
function verifyAll(ctx: LoopContext): Activities["verifyAll"] {
  return async (signal) => {
    const list = await readFeatureList(ctx.dir);
    const features = list.type === "valid" ? list.features : [];
    const marker = newSessionMarker(ctx.clock.uuid());
    ctx.reaper.watch(marker);
    try {
      const results = redacted(ctx, await finalPass(features, verifyOptions(ctx, marker, signal)));
      if (signal.aborted) return null;
      const regressed = results.flatMap(({ featureId, ok }) => (ok || featureId === null ? [] : [featureId]));
      await setFailing(ctx, regressed, ctx.state().lastNumber);
      return { results, regressed };
    } finally {
      ctx.reaper.forget(marker);
    }
  };
}
