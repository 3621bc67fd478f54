/**
 * The journal's vocabulary. Events are facts with everything that is needed to fold them and to find their
 * effect again; they are never changed, only added to (a new field is optional). Times are epoch
 * milliseconds, durations milliseconds, money USD.
 */
import type { Spent } from "./budget.ts";
import type {
  Beginning,
  EditDone,
  EndReason,
  HandedOver,
  ListChange,
  Resolution,
  RunSettings,
  SessionCaps,
  SessionPurpose,
  SessionWork,
  VerificationEffects,
  VerificationResult,
  Violation,
  WaitReason,
} from "./event-parts.ts";
import type { AgentSessionId, RunId, SessionMarker } from "./ids.ts";
import type { ListEdit } from "./list-edits.ts";
import type { Outcome, SessionType, Usage } from "./session.ts";

export interface LostSessions {
  readonly first: number;
  readonly last: number;
  /** null: with the old journal a person has put aside what was spent. */
  readonly spent: Spent | null;
}

/** One finished step of settling a session; each is recorded once and never redone. */
export type SettledStep =
  | {
      readonly step: "integrity";
      readonly violations: readonly Violation[];
      readonly claimed: readonly string[];
      readonly regressed: readonly string[];
      /** Features of the list after the step; null when there is no valid list (a failed init). */
      readonly total: number | null;
      /** Digest (SHA-256) of the list after the step; null when it left none. */
      readonly digest?: string | null;
    }
  | ({ readonly step: "verification"; readonly results: readonly VerificationResult[] } & VerificationEffects)
  | {
      readonly step: "list";
      /** Claims that stand. */
      readonly passed: readonly string[];
      /** Claims that were taken back, and regressions found by running commands. */
      readonly failed: readonly string[];
      readonly passing: number;
      readonly total: number;
      /** What was done to the list while claims were checked. */
      readonly violations?: readonly Violation[];
    }
  | { readonly step: "notes" }
  | {
      readonly step: "checkpoint";
      readonly ref: string;
      readonly commit: string;
      /** Whether anything but our own files differs from the session's beginning. */
      readonly changed: boolean;
      /** The branch's head, null in an empty repository. */
      readonly head: string | null;
      /** Looked up only while a check fails, for the memory of what mended it. */
      readonly work?: SessionWork;
      /** Why Onward's own two files could not be committed on the branch; the checkpoint holds them. */
      readonly notCommitted?: string;
    };
export type StepName = SettledStep["step"];

/**
 * What an agent told us through the feature tools. `request`: the name under which a process of the session's own
 * (`onward mcp`) waits for this very event; null from a tool that we run ourselves.
 */
export type AgentRecord =
  /** Onward ran what decides the feature while the agent waited. */
  | {
      readonly type: "claim.made";
      readonly featureId: string;
      /** The agent's own words; they decide nothing. */
      readonly evidence: string;
      /** null: nothing decides it, so it stands unverified (F2). */
      readonly result: VerificationResult | null;
      /** What resolved an error of the same kind before, as the agent was told. */
      readonly seen?: Resolution;
      readonly request: string | null;
    }
  | { readonly type: "noted"; readonly text: string; readonly request: string | null }
  /** Something that the agent cannot get past by itself. */
  | {
      readonly type: "blocker.raised";
      readonly text: string;
      readonly featureId: string | null;
      readonly request: string | null;
    }
  | { readonly type: "request.refused"; readonly request: string; readonly reason: string };

export type RunEvent =
  | {
      readonly type: "run.started";
      readonly at: number;
      readonly runId: RunId;
      readonly resumed: boolean;
      readonly settings: RunSettings;
    }
  | {
      readonly type: "session.starting";
      readonly at: number;
      readonly number: number;
      readonly sessionType: SessionType;
      readonly purpose: SessionPurpose;
      readonly agentSessionId: AgentSessionId;
      readonly resumes: boolean;
      readonly marker: SessionMarker;
      /** The feature that the briefing puts first; null when there is none to choose. */
      readonly offered: string | null;
      readonly lastAttempt: boolean;
      /** Features that passed as it began. */
      readonly passing?: number;
      readonly caps: SessionCaps;
    }
  | {
      readonly type: "session.started";
      readonly at: number;
      readonly number: number;
      readonly pid: number | null;
      readonly beginning?: Beginning;
    }
  | {
      readonly type: "session.exited";
      readonly at: number;
      readonly number: number;
      readonly outcome: Outcome;
      readonly resumable: boolean;
      readonly turns: number;
      readonly usage: Usage;
      /** This session alone. */
      readonly costUsd: number;
      /** The agent session's cumulative figure, the baseline of a later resume. */
      readonly cumulativeCostUsd: number;
      readonly costEstimated: boolean;
      readonly denials: number;
      /** The first few that the guard denied, as the next briefing tells them. */
      readonly denied?: readonly string[];
      /** Set when a later manager recorded it: the session's working time, which no live clock counted. */
      readonly recoveredMs: number | null;
    }
  | {
      readonly type: "session.settled";
      readonly at: number;
      readonly number: number;
      readonly settled: SettledStep;
    }
  | { readonly type: "session.ended"; readonly at: number; readonly number: number }
  | (AgentRecord & { readonly at: number; readonly number: number })
  | {
      readonly type: "wait.started";
      readonly at: number;
      readonly reason: WaitReason;
      readonly until: number;
      readonly detail: string;
    }
  | { readonly type: "wait.ended"; readonly at: number }
  /** `tree`, here and at its end: what it is about (`finalPassOf`), under the name of the days when that was a tree. */
  | { readonly type: "gate.started"; readonly at: number; readonly tree: string }
  | ({
      readonly type: "gate.ended";
      readonly at: number;
      readonly tree: string;
      readonly ok: boolean;
      readonly results: readonly VerificationResult[];
      readonly regressed: readonly string[];
    } & VerificationEffects)
  | { readonly type: "list.restored"; readonly at: number; readonly problem: string; readonly from: string }
  /** A person asked for a change of the list; it is made when no session is at work. */
  | {
      readonly type: "list.edit-asked";
      readonly at: number;
      readonly edit: ListEdit;
      /** The command that brought it out of the inbox; null when it was given at once. */
      readonly command: number | null;
    }
  /** The oldest of the changes that were asked for has been made, or cannot be. */
  | {
      readonly type: "list.edited";
      readonly at: number;
      readonly edit: ListEdit;
      readonly done: EditDone;
    }
  /** What people did to the file itself since the last session. */
  | {
      readonly type: "list.changed";
      readonly at: number;
      readonly change: ListChange;
      readonly digest: string;
    }
  /** A person had features checked (`onward features verify`), while no run was under way. */
  | ({
      readonly type: "checked";
      readonly at: number;
      readonly results: readonly VerificationResult[];
    } & VerificationEffects)
  /** The project as a manager found it, before it changed anything. */
  | {
      readonly type: "checkpoint.taken";
      readonly at: number;
      readonly ref: string;
      readonly commit: string;
      /** Files of a person's that no commit and no earlier checkpoint holds; what a new project begins with is none. */
      readonly uncommitted: number;
      /** Untracked files that were too large to be held; the first few. */
      readonly leftOut: readonly string[];
      /** What is protected from now on: none while a session is unsettled, or where nothing is protected. */
      readonly handedOver?: HandedOver;
    }
  /** A person went back to a checkpoint, while no manager held the project. */
  | {
      readonly type: "rolled-back";
      readonly at: number;
      /** The checkpoint's commit. */
      readonly commit: string;
      /** The commit that holds what was there before. */
      readonly rescue: string;
      /** Features that pass in the checkpoint's list; 0 without one. */
      readonly passing: number;
    }
  /**
   * Traces of sessions that the journal does not know: it has lost its end, or is a new one. Their numbers are used
   * (R2), and what they spent counts in the next run to be started or taken up (R3).
   */
  | ({ readonly type: "sessions.lost"; readonly at: number } & LostSessions)
  | {
      readonly type: "asked";
      readonly at: number;
      readonly command: "stop" | "pause" | "resume";
      readonly by: string;
    }
  /** A person's message to the agent. `toldTo`: the session that was at work and got it at once. */
  | {
      readonly type: "said";
      readonly at: number;
      readonly text: string;
      readonly by: string;
      readonly toldTo: number | null;
    }
  /** The machine slept: so much of the time since the last event was nobody's work. */
  | { readonly type: "slept"; readonly at: number; readonly ms: number }
  | { readonly type: "paused"; readonly at: number }
  | { readonly type: "resumed"; readonly at: number }
  | {
      readonly type: "run.ended";
      readonly at: number;
      readonly reason: EndReason;
      readonly detail: string;
      /** What a person can do about it. */
      readonly hint?: string;
    };

/** What people did to the feature list, or somebody in their name. */
export type PeoplesChange = EventOf<"list.edited" | "list.changed">;

export type EventOf<Type extends RunEvent["type"]> = Extract<RunEvent, { type: Type }>;
