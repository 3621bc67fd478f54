/** What `decide` can be told. */
import type {
  Beginning,
  EditDone,
  RunSettings,
  VerificationEffects,
  VerificationResult,
} from "./event-parts.ts";
import type { AgentRecord, EventOf, RunEvent, SettledStep } from "./events.ts";
import type { Feature } from "./features.ts";
import type { AgentSessionId, RunId, SessionMarker } from "./ids.ts";
import type { SessionResult } from "./session.ts";

/** What the loop saw of the project just now. */
export interface Survey {
  readonly list:
    | { readonly type: "absent" }
    | { readonly type: "valid"; readonly features: readonly Feature[] }
    | { readonly type: "damaged"; readonly problem: string };
  /**
   * What a final pass would be about (`finalPassOf`); null where nothing is configured that could verify, or while
   * a feature does not pass.
   */
  readonly finalPass: string | null;
}

/** What was found, and is recorded as it was found. */
type FactsOf<Type extends RunEvent["type"]> = Omit<EventOf<Type>, "type" | "at">;

export type Input =
  /** A manager took the project. `runId` is used when a new run begins. */
  | { readonly type: "opened"; readonly runId: RunId; readonly settings: RunSettings }
  /** `chance` is in [0, 1). */
  | {
      readonly type: "surveyed";
      readonly survey: Survey;
      readonly agentSessionId: AgentSessionId;
      readonly marker: SessionMarker;
      readonly chance: number;
    }
  | { readonly type: "wait-over" }
  | { readonly type: "session-up"; readonly pid: number | null; readonly beginning?: Beginning }
  | {
      readonly type: "session-exited";
      readonly result: SessionResult;
      /** What the session's usage is worth, for when the agent could not say; USD. */
      readonly estimatedCostUsd: number;
      /** What the guard denied, a line each; the first few. */
      readonly denied?: readonly string[];
      readonly recoveredMs: number | null;
    }
  | { readonly type: "step-settled"; readonly settled: SettledStep }
  /** Through the feature tools of the session that is at work. */
  | { readonly type: "agent-recorded"; readonly record: AgentRecord }
  | ({
      readonly type: "gate-ended";
      readonly results: readonly VerificationResult[];
      readonly regressed: readonly string[];
    } & VerificationEffects)
  | ({ readonly type: "list-restored" } & FactsOf<"list.restored">)
  | ({ readonly type: "checkpoint-taken" } & FactsOf<"checkpoint.taken">)
  | ({ readonly type: "rolled-back" } & FactsOf<"rolled-back">)
  | ({ readonly type: "sessions-lost" } & FactsOf<"sessions.lost">)
  | { readonly type: "asked"; readonly command: "stop" | "pause" | "resume"; readonly by: string }
  /** A person's message to the agent. */
  | { readonly type: "said"; readonly text: string; readonly by: string }
  /** 0: nothing to tell. */
  | { readonly type: "slept"; readonly ms: number }
  /** A person's change of the list, for when no session is at work. */
  | ({ readonly type: "edit-asked" } & FactsOf<"list.edit-asked">)
  | { readonly type: "list-edited"; readonly done: EditDone }
  | ({ readonly type: "list-changed" } & FactsOf<"list.changed">)
  /** By hand. */
  | ({ readonly type: "checked" } & FactsOf<"checked">)
  /** The manager itself failed. */
  | { readonly type: "broken"; readonly detail: string };

export type InputOf<Type extends Input["type"]> = Extract<Input, { type: Type }>;
