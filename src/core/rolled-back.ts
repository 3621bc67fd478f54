/** What a rollback leaves of a project's state. */
import type { EventOf, SettledStep } from "./events.ts";
import type { Phase, ProjectState } from "./run.ts";
import { noStandstill } from "./standstill.ts";

/**
 * What was found out about files that are gone counts no more, and no conversation goes on that remembers them.
 * It happens between two managers, so no working time passes.
 */
export function rollBack(state: ProjectState, { commit, passing }: EventOf<"rolled-back">): ProjectState {
  const { conversation, run } = state;
  return {
    ...state,
    conversation: conversation === null ? null : { ...conversation, resumable: false },
    checkpoint: commit,
    beginning: null,
    findings: { failures: [], violations: [], denied: [], rolledBack: true },
    lastWorked: null,
    errors: { ...state.errors, open: [], work: [] },
    blockers: [],
    list: { ...state.list, digest: null },
    run:
      run === null
        ? null
        : {
            ...run,
            phase: phaseAfterRollback(run.phase),
            standstill: noStandstill(passing),
            attempts: {},
            gateFailure: null,
          },
  };
}

function phaseAfterRollback(phase: Phase): Phase {
  if (phase.type === "gate") return { type: "choosing" };
  if (phase.type !== "session") return phase;
  const session = { ...phase.session, failedClaims: [] };
  if (session.life.type !== "settling") return { type: "session", session };
  const settled = session.life.settled.map(withoutFindings);
  return { type: "session", session: { ...session, life: { ...session.life, settled } } };
}

function withoutFindings(step: SettledStep): SettledStep {
  if (step.step === "integrity") return { ...step, violations: [], claimed: [], regressed: [] };
  if (step.step === "list") return { ...step, violations: [] };
  return step.step === "verification" ? { ...step, results: [] } : step;
}
