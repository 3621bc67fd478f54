/**
 * The state of a project's runs, folded from its journal.
 *
 * `phase` says what the loop has to do now; after a crash the next manager reads it and goes on there. Every
 * counter that a decision needs lives here and nowhere else (R3), and its size does not grow with the number of
 * sessions (J4): `attempts` holds at most one entry a feature.
 */
import type { Blocker } from "./blockers.ts";
import type { Spent } from "./budget.ts";
import { type ErrorMemory, nothingLearnt } from "./error-memory.ts";
import type {
  Beginning,
  EndReason,
  HandedOver,
  RunSettings,
  SessionCaps,
  SessionPurpose,
  VerificationResult,
  Violation,
  WaitReason,
} from "./event-parts.ts";
import type { LostSessions, SettledStep, StepName } from "./events.ts";
import type { Attempts } from "./features.ts";
import type { AgentSessionId, RunId, SessionMarker } from "./ids.ts";
import type { ListEdit } from "./list-edits.ts";
import { isHealthy, type Outcome, type OutcomeType, type SessionType, type Usage } from "./session.ts";

export interface ProjectState {
  /** The highest session number ever used; numbers are never reused (R2). */
  readonly lastNumber: number;
  /** The agent's own last conversation, the one that may be resumed. */
  readonly conversation: Conversation | null;
  /** The last checkpoint's commit: how the project was when nobody was at work on it. */
  readonly checkpoint: string | null;
  /** Protected files as people have handed them over; null where nothing is protected. */
  readonly handedOver: HandOver | null;
  /** How the last session found the project; null where that is not known, or a rollback has made it another. */
  readonly beginning: Beginning | null;
  /** What the last final pass that held was about (`finalPassOf`). */
  readonly finalPass: string | null;
  /** What the last session's settling found, for the next one's briefing; a few of each. */
  readonly findings: Findings;
  /** The last session in which a model answered; null where none has, or its work was rolled back. */
  readonly lastWorked: WorkedSession | null;
  readonly errors: ErrorMemory;
  /** What agents could not get past and nothing has cleared since; a few. */
  readonly blockers: readonly Blocker[];
  readonly list: PeoplesList;
  /** Of a journal that lost its end, until a run is there that they count in. */
  readonly lost: (LostSessions & { readonly spent: Spent }) | null;
  readonly run: RunState | null;
}

/** Taken by each manager that comes while no session is unsettled. */
export interface HandOver extends HandedOver {
  /** The commit of the checkpoint that it came with. */
  readonly checkpoint: string;
}

/** What people have done to the feature list, and have asked for. */
export interface PeoplesList {
  /** Asked for and not made, oldest first. */
  readonly edits: readonly ListEdit[];
  /** The last command of the inbox that has become an edit; those up to it are not taken again. */
  readonly lastCommand: number;
  /** What they did since a session last worked, a line each; the last few. */
  readonly news: readonly string[];
  /** Digest of the list that was recorded as theirs since the last session; null when none was. */
  readonly digest: string | null;
}

export interface Findings {
  readonly failures: readonly VerificationResult[];
  readonly violations: readonly Violation[];
  readonly denied: readonly string[];
  /** A person went back to a checkpoint, and no session has worked since. */
  readonly rolledBack: boolean;
}

export interface WorkedSession {
  readonly number: number;
  readonly outcome: OutcomeType;
  readonly offered: string | null;
}

export interface Conversation {
  readonly id: AgentSessionId;
  readonly resumable: boolean;
  /** Over all its sessions: the baseline that a resumed session's cost is counted from. */
  readonly cumulativeCostUsd: number;
}

export interface RunState extends Spent {
  readonly id: RunId;
  readonly startedAt: number;
  readonly settings: RunSettings;
  readonly phase: Phase;
  /** Begun and not over; a stop, a pause or a crash interrupts it, and what remains is decided on anew. */
  readonly wait: Wait | null;
  readonly stopAsked: boolean;
  readonly pauseAsked: boolean;
  /** When working time was last added up; null while it does not count. */
  readonly countingSince: number | null;
  /** The outcome of the last session until the next one starts. */
  readonly lastOutcome: Outcome | null;
  /** Whether the wait that `lastOutcome` asks for has still to be made. */
  readonly restOwed: boolean;
  readonly trouble: Trouble;
  readonly standstill: Standstill;
  readonly attempts: Readonly<Record<string, Attempts>>;
  /** A final verification that did not hold and that no session has answered yet. */
  readonly gateFailure: readonly VerificationResult[] | null;
  /** Final verifications that held since the last session; more than one where files changed meanwhile. */
  readonly gatesHeld: number;
  /** What people said and no session has taken in yet. */
  readonly messages: readonly Message[];
}

export interface Message {
  readonly text: string;
  /** The session that has been told, null while none has. */
  readonly toldTo: number | null;
}

export interface Wait {
  readonly reason: WaitReason;
  readonly until: number;
  readonly detail: string;
}

export type Phase =
  /** Look at the project and decide what is next. */
  | { readonly type: "choosing" }
  | { readonly type: "waiting"; readonly wait: Wait }
  | { readonly type: "session"; readonly session: SessionState }
  /** Run the final verification. */
  | { readonly type: "gate"; readonly finalPass: string }
  | { readonly type: "paused" }
  | {
      readonly type: "ended";
      readonly reason: EndReason;
      readonly detail: string;
      readonly hint?: string;
      readonly at: number;
    };

export interface SessionState {
  readonly number: number;
  readonly sessionType: SessionType;
  readonly purpose: SessionPurpose;
  readonly agentSessionId: AgentSessionId;
  readonly resumes: boolean;
  readonly marker: SessionMarker;
  readonly offered: string | null;
  readonly lastAttempt: boolean;
  readonly caps: SessionCaps;
  readonly startingAt: number;
  /** What the agent noted, a line each; a few. */
  readonly notes: readonly string[];
  /** What the agent claimed with the tool in vain, the last claim of a feature; a few. */
  readonly failedClaims: readonly VerificationResult[];
  /** A person has asked for a stop or a pause while the agent was at work: then that it was cut is no trouble. */
  readonly askedToStop: boolean;
  /** The last recorded sign of its manager, which died while the session ran; null while it has one. */
  readonly leftAloneSince: number | null;
  readonly life: SessionLife;
}

export type SessionLife =
  | { readonly type: "starting" }
  | { readonly type: "running"; readonly since: number }
  | { readonly type: "settling"; readonly exit: SessionExit; readonly settled: readonly SettledStep[] };

export interface SessionExit {
  readonly outcome: Outcome;
  readonly turns: number;
  readonly usage: Usage;
  readonly costUsd: number;
  readonly denied: readonly string[];
}

/** Counters of what went wrong since the last healthy session. */
export interface Trouble {
  readonly crashed: number;
  readonly stalled: number;
  readonly refused: number;
  /** Rate limits, overload, network, usage limits. */
  readonly transient: number;
  /** Sum of the waits for trouble, since a window of the account's was last used up by work. */
  readonly waitedMs: number;
}

/** What healthy sessions brought, as far as it may be nothing. */
export interface Standstill {
  /** In a row without a change outside our own files. */
  readonly idle: number;
  /** In a row without more features passing than `toBeat`. */
  readonly withoutPass: number;
  /** Features that passed when it was last known. */
  readonly passing: number;
  readonly toBeat: number;
  /** The most that ever passed; what people do to the list is not held against it. */
  readonly best: number;
  /** Features were lost, and `toBeat` lowered for it, since more passed than ever. */
  readonly forgiven: boolean;
  /** `init` sessions that left no valid list. */
  readonly emptyInits: number;
  /** Of the last healthy sessions, oldest first; as many as can be called a standstill. */
  readonly efforts: readonly Effort[];
}

export interface Effort {
  readonly number: number;
  /** Features that were offered first or claimed; the first few. */
  readonly at: readonly string[];
}

export const noProject: ProjectState = {
  lastNumber: 0,
  conversation: null,
  checkpoint: null,
  handedOver: null,
  beginning: null,
  finalPass: null,
  findings: { failures: [], violations: [], denied: [], rolledBack: false },
  lastWorked: null,
  errors: nothingLearnt,
  blockers: [],
  list: { edits: [], lastCommand: 0, news: [], digest: null },
  lost: null,
  run: null,
};

/** To be raised when the shape of ProjectState changes: snapshots of other schemas are ignored. */
export const stateSchema = 12;

/** Of one session; what is more belongs into claude-progress.txt. */
export const maxNotes = 10;

/** Of one session, the last ones. */
export const maxFailedClaims = 5;

/** The step of settling that comes next, null when all are recorded. */
export function nextStep(settled: readonly SettledStep[]): StepName | null {
  const order: readonly StepName[] = ["integrity", "verification", "list", "notes", "checkpoint"];
  return order.find((name) => !settled.some((done) => done.step === name)) ?? null;
}

/** What a finished step found, undefined when it has not been done. */
export function settledStep<Name extends StepName>(
  settled: readonly SettledStep[],
  name: Name,
): Extract<SettledStep, { step: Name }> | undefined {
  return settled.find((done): done is Extract<SettledStep, { step: Name }> => done.step === name);
}

/** All that was undone, in whichever step it was found. */
export function undoneIn(settled: readonly SettledStep[]): readonly Violation[] {
  const early = settledStep(settled, "integrity")?.violations ?? [];
  return [...early, ...(settledStep(settled, "list")?.violations ?? [])];
}

/** An agent that says it is done without one answer from a model has not worked. */
export function wasHealthy(exit: SessionExit): boolean {
  return isHealthy(exit.outcome) && exit.turns > 0;
}
