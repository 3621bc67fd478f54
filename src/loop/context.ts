import type { ProjectState } from "../core/run.ts";
import type { SessionType } from "../core/session.ts";
import type { Verdict } from "../guard/verdict.ts";
import type { AgentDriver, AgentEvent, Clock, ToolCall } from "../ports.ts";
import type { StatePaths } from "../project/paths.ts";
import type { PromptSet } from "../prompts/templates.ts";
import type { VerifySettings } from "../verify/settings.ts";

/** What the activities of one project share. Made by `compose.ts`, closed by it. */
export interface LoopContext {
  /** The project, absolute. */
  readonly dir: string;
  readonly paths: StatePaths;
  readonly options: LoopOptions;
  readonly driver: AgentDriver;
  readonly clock: Clock;
  /** Decides and records (G1, G2). */
  readonly guard: (call: ToolCall, session: { number: number; sessionType: SessionType }) => Promise<Verdict>;
  /** Whether a shell line that the agent wrote may be run by us (T1). */
  readonly mayRun: (command: string) => Verdict;
  /** Takes secrets out of what is written down. */
  readonly redact: (text: string) => string;
  /** Ends marked processes should this process die. */
  readonly reaper: { watch(marker: string): void; forget(marker: string): void };
  /** Environment for commands that Onward runs itself. */
  readonly env: NodeJS.ProcessEnv;
  readonly state: () => ProjectState;
  /** Sees what a session tells, as it happens; must not throw. */
  readonly onAgentEvent: (number: number, event: AgentEvent) => void;
}

/** The part of the configuration that the activities need. */
export interface LoopOptions {
  readonly model: string | null;
  readonly specFile: string | null;
  /** Read once a run (T1). */
  readonly prompts: PromptSet;
  /** Replaces the task that a session would be given; null for Onward's own prompts. */
  readonly task: string | null;
  readonly stallMs: number;
  readonly toolMaxMs: number;
  readonly sessionMaxMs: number | null;
  readonly stopAtUtilization: number | null;
  readonly verify: VerifySettings;
  /** How many passing features to check again after a session. */
  readonly regression:
    | { readonly type: "sample"; readonly size: number }
    | { readonly type: "all" }
    | { readonly type: "off" };
}
