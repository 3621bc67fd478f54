/**
 * The contracts between the loop and the world. Each has one factory per adapter; `compose.ts` chooses.
 * Ports are asynchronous, and everything that lives is closed by whoever opened it.
 */
import type { RunEvent } from "./core/events.ts";
import type { AgentSessionId, SessionMarker } from "./core/ids.ts";
import type { ListEdit } from "./core/list-edits.ts";
import type { SessionResult, Usage } from "./core/session.ts";
import type { Verdict } from "./guard/verdict.ts";

/** Time and chance, handed in so that tests own them. */
export interface Clock {
  /** Epoch milliseconds, wall clock. */
  now(): number;
  /**
   * Resolves when the wall clock reaches `until` (also after a suspend), or within 100 ms of an abort (R6).
   * Never rejects.
   */
  sleepUntil(until: number, signal: AbortSignal): Promise<void>;
  /** A number in [0, 1). */
  random(): number;
  uuid(): string;
}

// ---------------------------------------------------------------- journal

export interface StoredEvent {
  /** 1 for the first event; gapless. */
  readonly version: number;
  readonly event: RunEvent;
}

export interface JournalSnapshot {
  /** The version of the last event folded into `state`. */
  readonly version: number;
  /** JSON; opaque to the journal. */
  readonly state: unknown;
}

/** A request from another process (`onward stop`), outside the versioned stream (J2). */
export interface InboxCommand {
  readonly id: number;
  readonly at: number;
  readonly command: Command;
}
export type Command =
  | { readonly type: "stop" | "pause" | "resume" }
  /** A message to the agent. */
  | { readonly type: "say"; readonly text: string }
  | AgentCommand
  /** To be done to the feature list when no session is at work on it. */
  | { readonly type: "edit-list"; readonly edit: ListEdit };

/**
 * What a process of a session (`onward mcp`) wants recorded. `marker`: the one it carries, by which it is known
 * to belong to the session at work. `request`: its own name for this, under which the answering event is found.
 */
export type AgentCommand = { readonly marker: string; readonly request: string } & (
  | { readonly type: "claim"; readonly featureId: string; readonly evidence: string }
  | { readonly type: "note"; readonly text: string }
  | { readonly type: "blocker"; readonly text: string; readonly featureId: string | null }
);

export interface AppendOptions {
  /**
   * Whether the events have to survive the death of the machine too (default). Without it they do as soon as a
   * later append has to: never without what came before them, and never with a gap.
   */
  readonly durable?: boolean;
}

/**
 * The append-only record of one project. One writer (the lock's holder); any number of readers.
 * J1: what `append` acknowledged survives the death of the process, and of the machine where it has to.
 * J3: opening a damaged or newer journal throws `journal-damaged` or `journal-newer` and changes nothing.
 * J4: no method but `read` grows with the journal's length.
 */
export interface Journal extends AsyncDisposable {
  /** Version of the last event; 0 when empty. */
  version(): Promise<number>;
  /**
   * Appends all events or none, and returns the new version.
   * Throws `journal-conflict` when the journal is not at `expectedVersion` (J2), `disk` when it cannot write.
   */
  append(expectedVersion: number, events: readonly RunEvent[], options?: AppendOptions): Promise<number>;
  /** Events after `afterVersion`, oldest first; with `types`, only those. */
  read(afterVersion: number, types?: readonly RunEvent["type"][]): Promise<readonly StoredEvent[]>;
  /** The newest snapshot of this `schema` of state, null when there is none. */
  latestSnapshot(schema: number): Promise<JournalSnapshot | null>;
  /** Replaces older snapshots. A lost snapshot costs time, never truth. */
  saveSnapshot(schema: number, snapshot: JournalSnapshot): Promise<void>;
  /** From any process. */
  post(command: Command, at: number): Promise<void>;
  /** The commands that wait in the inbox, oldest first. Their ids rise, and are never used again. */
  waitingCommands(): Promise<readonly InboxCommand[]>;
  /**
   * Takes a command out of the inbox, and answers whether it was still there: of several who ask, one hears yes.
   * What must not be lost is recorded first and forgotten then; what must not happen twice, the other way round.
   */
  forgetCommand(id: number): Promise<boolean>;
}

// ---------------------------------------------------------------- agents

export interface ToolCall {
  readonly tool: string;
  readonly input: Readonly<Record<string, unknown>>;
  /** The agent's working directory at the call, absolute. */
  readonly cwd: string;
}

/** What a session tells while it lives. */
export type AgentEvent =
  /** The agent is up and took the prompt. */
  | { readonly type: "up" }
  /** What the model says, as soon as it has said it; a turn may hold several, and tools between them. */
  | { readonly type: "said"; readonly text: string }
  /** One model answer; `usage` is that call's alone. */
  | { readonly type: "turn"; readonly turn: number; readonly usage: Usage; readonly text: string }
  | {
      readonly type: "tool-started";
      readonly id: string;
      readonly tool: string;
      readonly input: Readonly<Record<string, unknown>>;
    }
  | { readonly type: "tool-decided"; readonly id: string; readonly tool: string; readonly verdict: Verdict }
  | { readonly type: "tool-ended"; readonly id: string }
  /** The agent retries a model call by itself. */
  | {
      readonly type: "retry";
      readonly attempt: number;
      readonly status: number | null;
      readonly delayMs: number;
    }
  /** Share of the account's usage window that is used, 0 to 1; `resetsAt` epoch ms. */
  | { readonly type: "utilization"; readonly used: number; readonly resetsAt: number | null }
  /** Anything else that shows it is alive. */
  | { readonly type: "alive" };

/** A tool of Onward's own, in no driver's form. A driver whose agents cannot be given tools passes it over. */
export interface AgentTool {
  /** Agents know it by a longer name, in which the server `onward` stands before it. */
  readonly name: string;
  /** For the model. */
  readonly description: string;
  /** All arguments are texts. */
  readonly parameters: Readonly<Record<string, ToolParameter>>;
  /**
   * `input` holds the parameters, the optional ones where they were given, and may hold nothing else. `signal`: the
   * agent waits no longer. A rejection is told to the agent as an error.
   */
  call(input: Readonly<Record<string, string | undefined>>, signal: AbortSignal): Promise<ToolAnswer>;
}

export interface ToolParameter {
  readonly description: string;
  readonly optional?: boolean;
}

export interface ToolAnswer {
  readonly text: string;
  /** It could not be done; a verdict that the agent does not like is no failure. */
  readonly failed: boolean;
}

/** What the loop hands to a session. */
export interface SessionHost {
  readonly tools: readonly AgentTool[];
  /** Asked before every tool call. A throw or a time-out denies (G1). */
  decide(call: ToolCall, signal: AbortSignal): Promise<Verdict>;
  /**
   * Told after every tool call that ran, whatever became of it, and before the model sees its result. Answers
   * what the agent must be told at once, null when nothing. Must not reject.
   */
  afterTool(call: ToolCall): Promise<string | null>;
  /** Must not throw. */
  event(event: AgentEvent): void;
  /** One line of the transcript, JSON without a newline, in the driver's own form. Must not throw. */
  transcript(line: string): void;
}

export interface SessionSpec {
  /** Absolute; the agent's working directory. */
  readonly cwd: string;
  readonly prompt: string;
  /** Appended to the agent's own system prompt. */
  readonly instructions: string;
  /** Alias or full name; null for the agent's default. */
  readonly model: string | null;
  readonly agentSessionId: AgentSessionId;
  /** Take up this conversation again instead of beginning it. */
  readonly resume: boolean;
  readonly maxTurns: number;
  /** For this session alone; null without a cap. */
  readonly maxBudgetUsd: number | null;
  /** Set as `ONWARD_SESSION` in the environment of the agent and so of all it starts. */
  readonly marker: SessionMarker;
}

/**
 * - `after-tool`: let the running tool finish, then end (graceful; the default for Ctrl-C, pause, budgets)
 * - `interrupt`: cut the model's turn now, keep the conversation resumable
 * - `kill`: SIGKILL to the whole tree now
 */
export type StopHow = "after-tool" | "interrupt" | "kill";

export interface AgentSession {
  /** Process id of the agent, null before it is spawned. */
  readonly pid: number | null;
  /**
   * Resolves when the process tree is gone. Calling again with a harder way escalates; graceful ways escalate
   * by themselves (`after-tool` when no tool boundary comes within its grace).
   */
  stop(how: StopHow): Promise<void>;
  /** Hands the agent a person's message at its next turn. Without effect once it has ended. */
  say(text: string): void;
  /**
   * How it ended; resolves only after the agent's process tree is gone (R5), and never rejects: what cannot be
   * classified is `crashed`. A session stopped by `stop` is `stopped`, unless it had ended by itself before.
   */
  readonly result: Promise<SessionResult>;
}

export interface DriverCapabilities {
  /** `every-call`: no tool runs without our decision. */
  readonly gate: "every-call" | "on-ask" | "none";
  readonly cost: boolean;
  readonly resume: boolean;
  readonly stopAfterTool: boolean;
}

/** The adapter to one kind of agent. */
export interface AgentDriver {
  readonly name: string;
  readonly capabilities: DriverCapabilities;
  /**
   * Whether a session could start: program present, credentials found. Throws `agent-missing` or
   * `credentials-missing` with what it looked for. Starts nothing.
   */
  check(): Promise<void>;
  /** Returns at once; failures to start arrive as the session's result. */
  start(spec: SessionSpec, host: SessionHost): AgentSession;
}
