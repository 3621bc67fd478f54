import { OnwardError } from "../core/errors.ts";
import { newAgentSessionId, newRunId, newSessionMarker } from "../core/ids.ts";
import { takenBack } from "../core/verdicts.ts";
import { endTree } from "../processes/tree.ts";
import { fileError } from "../project/atomic-write.ts";
import { readFeatureList } from "../project/list/feature-list.ts";
import { checkpointBeforeChange, startCheckpoint } from "./checkpoints.ts";
import type { LoopContext } from "./context.ts";
import { betweenKey, listActivities } from "./list-activities.ts";
import type { Activities } from "./loop.ts";
import { recoverSession } from "./recover-session.ts";
import { runSession } from "./run-session.ts";
import { setFailing, settle } from "./settle.ts";
import { survey } from "./survey.ts";
import { protectedFromLast, verifyAlone } from "./verification.ts";

/** The activities of one project on this machine. */
export function createActivities(ctx: LoopContext): Activities {
  return saying(ctx, {
    survey: survey(ctx),
    ...listActivities({ ...ctx, beforeWrite: () => checkpointBeforeChange(ctx) }),
    startCheckpoint: startCheckpoint(ctx),
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
    endLeftovers: (marker) => endTree({ pid: null, marker }, { graceMs: 0 }),
    settle: settle(ctx),
    verifyAll: verifyAll(ctx),
  });
}

/** A system call that fails is the disk's or the system's fault, which a person can act on, and no bug. */
function saying(ctx: LoopContext, activities: Activities): Activities {
  const told = Object.entries(activities).map(
    ([name, act]: [string, (...args: never[]) => Promise<unknown>]) => [
      name,
      (...args: never[]) =>
        act(...args).catch((error: unknown) => {
          const { syscall, path = ctx.dir } = error as NodeJS.ErrnoException;
          throw noLongerThere(syscall === undefined ? error : fileError(path, error));
        }),
    ],
  );
  return Object.fromEntries(told) as unknown as Activities;
}

/** When the project was opened all of it was there; it is not the command line that is wrong. */
function noLongerThere(error: unknown): unknown {
  if (!(error instanceof OnwardError) || error.code !== "directory-missing") return error;
  const hint = "It was there before: see what took it away, bring it back, then run `onward run` again.";
  return new OnwardError("disk", error.message, { hint, cause: error });
}

/** The final pass (F5): every feature that can be checked, and the project's own command as the gate. */
function verifyAll(ctx: LoopContext): Activities["verifyAll"] {
  return async (signal) => {
    const list = await readFeatureList(ctx.dir);
    const features = list.type === "valid" ? list.features : [];
    const request = {
      ...{ features, claimed: new Set<string>(), gate: true, alone: true },
      protectedFrom: await protectedFromLast(ctx),
    };
    const found = await verifyAlone(ctx, ctx.state().run?.id ?? "run", request, signal);
    if (found === null) return null;
    const regressed = takenBack(found.results, request.claimed);
    if (regressed.length > 0) await setFailing(ctx, regressed, betweenKey(ctx.state().lastNumber));
    return { ...found, regressed };
  };
}
