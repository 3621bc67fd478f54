import type { AgentDriver } from "../../ports.ts";
import { agentEnvironment } from "./environment.ts";
import { bundledProgram, configDirectory, requireCredentials, requireProgram } from "./installation.ts";
import { startSession } from "./session.ts";

export interface ClaudeDriverOptions {
  /** The manager's environment; the agent gets what it needs of it (see `environment.ts`). */
  readonly env: Readonly<NodeJS.ProcessEnv>;
  /** The agent's tools, by its own names. */
  readonly tools?: readonly string[];
  /** Where the agent keeps its login and its conversations; as the environment says, unless given. */
  readonly configDir?: string;
  /** The agent's program; the one that came with the SDK, unless given. */
  readonly program?: string;
  /** How long a running tool may take to finish when a session is stopped; default 5000. */
  readonly graceMs?: number;
}

/**
 * For work without a person: nothing that asks one (questions, plans to approve), nothing that works behind
 * the session's back (schedules, monitors, messages), and no web.
 */
const defaultTools = ["Bash", "Read", "Write", "Edit", "NotebookEdit", "Glob", "Grep", "Agent"];

/** Claude, through its Agent SDK. */
export function claudeDriver(options: ClaudeDriverOptions): AgentDriver {
  const configDir = options.configDir ?? configDirectory(options.env);
  const program = () => options.program ?? bundledProgram();
  return {
    name: "claude",
    capabilities: { gate: "every-call", cost: true, resume: true, stopAfterTool: true },
    async check() {
      await requireProgram(program());
      await requireCredentials(options.env, configDir);
    },
    start(spec, host) {
      return startSession(spec, host, {
        program,
        env: agentEnvironment(options.env, { marker: spec.marker, configDir: options.configDir ?? null }),
        configDir,
        tools: options.tools ?? defaultTools,
        graceMs: options.graceMs ?? 5000,
      });
    },
  };
}
