/**
 * What the events of the journal are made of, and the same on both sides of it: what is decided, and what is shown.
 * Durations are milliseconds, money USD.
 */

/** What a run may spend. null: no cap. */
export interface Budget {
  readonly maxIterations: number | null;
  readonly maxCostUsd: number | null;
  readonly maxTokens: number | null;
  /** Working time: waits for a usage limit and time without a manager do not count. */
  readonly maxDurationMs: number | null;
}

/** Everything of the configuration that decisions depend on; fixed while a manager runs. */
export interface RunSettings extends Budget {
  /** Between two sessions. */
  readonly delayMs: number;
  /** Model calls per session. */
  readonly maxTurns: number;
  /** The longest chain of waits without a healthy session, or one that worked until its usage window was used up. */
  readonly maxWaitMs: number;
  readonly waitForReset: boolean;
  /** Never resume the agent's own conversation. */
  readonly fresh: boolean;
}

export type EndReason = "complete" | "limit" | "blocked" | "failed" | "interrupted";

export type WaitReason = "delay" | "usage-limit" | "backoff";

/** What a session was begun with, beyond its type. */
export type SessionPurpose =
  /** Take up the next feature (or, for `init`, write the list). */
  | "work"
  /** All features pass but the final verification does not. */
  | "mend-gate"
  /** Go on with the agent's own interrupted conversation. */
  | "go-on";

/** The caps of one session, cut to what is left of the run's budget. */
export interface SessionCaps {
  readonly maxTurns: number;
  readonly maxBudgetUsd: number | null;
  readonly maxTokens: number | null;
  /** Epoch ms. */
  readonly deadline: number | null;
}

/** The verdict of a command that Onward ran itself. */
export interface VerificationResult {
  /** null: the project's own command, the gate, unless `role` says otherwise. */
  readonly featureId: string | null;
  readonly command: string;
  /** Who wrote the command: `agent` for what stands in the feature list. */
  readonly author?: VerificationAuthor;
  /** Set on what surrounds the checks; recorded only when it failed. */
  readonly role?: "setup" | "teardown";
  /** Why the command did not run: the setup failed, a dependency did not hold, the guard refused it. */
  readonly notRun?: "setup" | "dependency" | "refused";
  readonly ok: boolean;
  /** null when a signal or the time limit ended it. */
  readonly exitCode: number | null;
  readonly durationMs: number;
  /** The end of its output, redacted. */
  readonly outputTail: string;
}

export type VerificationAuthor = "person" | "agent";

/** What a verification did beside giving verdicts; the first paths of each. */
export interface VerificationEffects {
  /** What its commands changed in the project, which was undone. */
  readonly undone?: readonly string[];
  /** Protected files that were not checked as they are: people left others, or none. */
  readonly held?: readonly string[];
}

/** Protected files as people handed them over. */
export interface HandedOver {
  /** Commits that hold them, the oldest first: of each file what the first has that has it. */
  readonly commits: readonly string[];
  /** The globs that were in force. */
  readonly protect: readonly string[];
}

/** A change of the feature list that was not allowed and has been undone (F1, F3). */
export interface Violation {
  readonly what: string;
  readonly featureId: string | null;
}

/** The first few of what a session did: subjects of its commits, files that it changed. Redacted. */
export interface SessionWork {
  readonly commits: readonly string[];
  readonly files: readonly string[];
}

/** What resolved an error: the session after which its check held again, and what was done until then. */
export interface Resolution extends SessionWork {
  readonly session: number;
}

/** Another command for a feature. As one line, and the beginning of a long one; null: it has none of its own. */
export interface CommandChange {
  readonly featureId: string;
  readonly from: string | null;
  readonly to: string | null;
}

/** `digest`: SHA-256 of the list as it was then, which is the baseline from there on. */
export type EditDone =
  /** `unpassed`: the feature passed, and has to prove itself again. */
  | {
      readonly type: "made";
      readonly unpassed: boolean;
      readonly digest: string;
      readonly commands?: readonly CommandChange[];
    }
  | { readonly type: "refused"; readonly problem: string };

/** Ids of features, at most so many of each kind that an event stays small; `more` counts the others. */
export interface ListChange {
  readonly added: readonly string[];
  readonly removed: readonly string[];
  /** Something else than `passes`. */
  readonly edited: readonly string[];
  readonly passing: readonly string[];
  readonly failing: readonly string[];
  readonly reordered: boolean;
  readonly more: number;
  /** Of those that were edited, the first whose command is another one. */
  readonly commands?: readonly CommandChange[];
}

/** How a session found the project, by which what `.onward/` says of that is known to be ours. Digests are SHA-256. */
export interface Beginning {
  /** The working tree as a git tree, or as a commit that holds it. */
  readonly tree: string;
  /** Digest of the feature list; null when there was no valid one. */
  readonly list: string | null;
  /** Digest of the configuration, null without one; absent where it was no plain file. */
  readonly config?: string | null;
}
