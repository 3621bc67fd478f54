/**
 * What the feature tools work on. There are two boards: that of the manager itself, whose word is recorded before
 * it is given (`loop/session-board.ts`), and that of a process inside a session, which asks the manager for
 * everything that has to be recorded (`cli/mcp-board.ts`).
 */
import type { Resolution, VerificationResult } from "../core/event-parts.ts";
import type { Feature } from "../core/features.ts";

export interface FeatureBoard {
  list(): Promise<BoardList>;
  /** Runs what decides the feature, and answers when the verdict is recorded. Gives up when `signal` aborts. */
  claim(featureId: string, evidence: string, signal: AbortSignal): Promise<Claimed>;
  note(text: string, signal: AbortSignal): Promise<Recorded>;
  blocker(text: string, featureId: string | null, signal: AbortSignal): Promise<Recorded>;
}

export type BoardList =
  | { readonly type: "listed"; readonly features: readonly Feature[]; readonly next: readonly Feature[] }
  /** `problem`: a sentence for the agent. */
  | { readonly type: "unreadable"; readonly problem: string };

/** `reason` is for the agent: what stands in the way, and what to do instead. */
export interface Refused {
  readonly type: "refused";
  readonly reason: string;
}

export type Claimed =
  | {
      readonly type: "decided";
      /** null: nothing decides the feature. */
      readonly result: VerificationResult | null;
      /** What resolved an error of the same kind before; null where it holds, or none is known. */
      readonly seen: Resolution | null;
    }
  | Refused;

export type Recorded = { readonly type: "recorded" } | Refused;

export function refused(reason: string): Refused {
  return { type: "refused", reason };
}
