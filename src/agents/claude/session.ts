/**
 * One session of the Claude agent, from its start until the last of its processes is gone.
 *
 * C1 `result` resolves exactly once, never rejects, and only after the process tree is gone (R5).
 * C2 No tool runs without the host's verdict (see `gate.ts`).
 * C3 What ended first decides: once the agent has answered, a stop changes nothing; once we have decided to
 *    end it, what the agent still says changes nothing.
 * C4 Every way of ending gets harder by itself until it has succeeded: after-tool, interrupt, kill.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { Options, Query, SDKUserMessage } from "@anthropic-ai/claude-agent-sdk";
import type { SessionResult } from "../../core/session.ts";
import type { AgentSession, SessionHost, SessionSpec, StopHow } from "../../ports.ts";
import { endTree } from "../../processes/tree.ts";
import { readWordedLimit } from "../limit-wording.ts";
import { type Answer, type Cause, classify, type Exit } from "./classify.ts";
import { toolGate } from "./gate.ts";
import { isConversationSaved, requireProgram } from "./installation.ts";
import { type AgentProcess, deathSignalWrapper, spawnAgent } from "./process.ts";
import { readConversation } from "./reading.ts";

/** What the driver prepares for every session alike. */
export interface SessionSetup {
  /** The agent's program; throws `agent-missing`. */
  program(): string;
  readonly env: Readonly<Record<string, string>>;
  readonly configDir: string;
  readonly tools: readonly string[];
  /** How long a running tool may take to finish after a stop `after-tool`. */
  readonly graceMs: number;
}

/** For the agent to write its files and leave, once it has answered or was interrupted. */
const leaveMs = 2000;
/** For what is still in the pipe of a process that is gone. */
const drainMs = 1000;

export function startSession(spec: SessionSpec, host: SessionHost, setup: SessionSetup): AgentSession {
  const input = openInput(spec.prompt);
  const exited = Promise.withResolvers<Exit>();
  const timers: NodeJS.Timeout[] = [];
  let agent: AgentProcess | null = null;
  let conversation: Query | null = null;
  let cause: Cause | null = null;
  let hardest: StopHow | null = null;
  let thrown: string | null = null;

  const gate = toolGate(host);
  const reading = readConversation(host, {
    toolEnded: gate.ended,
    unauthorised: () => endFor("auth", "interrupt"),
    compacted: () => endFor("context-full", "after-tool"),
    answered() {
      input.end();
      timers.push(setTimeout(endProcesses, leaveMs));
    },
  });

  async function live(): Promise<SessionResult> {
    const talk = converse().catch((error: unknown) => {
      thrown = messageOf(error);
    });
    // Something that the agent left behind may hold its pipe open: the process counts, not the pipe.
    const gone = exited.promise.then(() => endProcesses()).then(() => briefly());
    await Promise.race([talk, gone]);
    await endProcesses();
    conversation?.close();
    for (const timer of timers) clearTimeout(timer);
    // A stop from now on ends nothing: the process number may soon be somebody else's.
    hardest = "kill";
    return report();
  }

  async function converse(): Promise<void> {
    const [{ query }, { ownToolServer }, wrapper] = await Promise.all([
      import("@anthropic-ai/claude-agent-sdk"),
      import("./own-tools.ts"),
      deathSignalWrapper(),
    ]);
    const program = await findProgram();
    if (program === null || cause !== null) return;
    conversation = query({
      prompt: input,
      options: {
        ...sessionOptions(spec, setup),
        pathToClaudeCodeExecutable: program,
        hooks: gate.hooks,
        mcpServers: ownToolServer(host.tools),
        spawnClaudeCodeProcess(options) {
          const spawned = spawnAgent(options, wrapper);
          agent = spawned;
          void spawned.exited.then(exited.resolve);
          return spawned.child;
        },
      },
    });
    for await (const message of conversation) reading.read(message);
  }

  async function findProgram(): Promise<string | null> {
    try {
      const program = setup.program();
      await requireProgram(program);
      return program;
    } catch (error) {
      exited.resolve({ type: "no-program", message: messageOf(error) });
      return null;
    }
  }

  function endFor(reason: Cause, how: StopHow): void {
    if (reading.answer === null) cause ??= reason;
    if (hardest !== null && hardness[how] <= hardness[hardest]) return;
    hardest = how;
    switch (how) {
      case "after-tool":
        gate.stopAfterTools();
        if (gate.busy) timers.push(setTimeout(endFor, setup.graceMs, reason, "interrupt"));
        else endFor(reason, "interrupt");
        break;
      case "interrupt":
        // Rejects when the process ends meanwhile, which is as good.
        conversation?.interrupt().catch(() => {});
        timers.push(setTimeout(endFor, leaveMs, reason, "kill"));
        break;
      case "kill":
        void endProcesses(0);
        break;
      default:
        how satisfies never;
    }
  }

  /** Never rejects: what survives SIGKILL cannot be waited for, and is found again by its marker. */
  async function endProcesses(graceMs = 1000): Promise<void> {
    const target = { pid: agent?.pid ?? null, marker: spec.marker };
    await endTree(target, { graceMs }).catch((error: unknown) => {
      thrown ??= messageOf(error);
    });
  }

  async function report(): Promise<SessionResult> {
    // The operating system tells of a process's end before node does.
    const exit = await Promise.race([exited.promise, agent === null ? null : briefly()]);
    const { answer, limit, retried, turns, usage, cumulativeCostUsd, costUsd } = reading;
    const stderrTail = agent?.stderrTail() ?? "";
    const worded = wordedLimit(answer);
    return {
      outcome: classify({ cause, answer, limit, worded, retried, exit, thrown, stderrTail }),
      resumable: await isConversationSaved(setup.configDir, spec.agentSessionId),
      turns,
      usage,
      cumulativeCostUsd,
      ...(costUsd === null ? {} : { costUsd }),
      denials: gate.denials,
    };
  }

  const result = live();
  return {
    get pid() {
      return agent?.pid ?? null;
    },
    say: input.say,
    async stop(how) {
      endFor("stop", how);
      await result;
    },
    result,
  };
}

function wordedLimit(answer: Answer | null) {
  if (answer === null || !answer.isError) return null;
  return readWordedLimit(answer.text, Date.now(), Intl.DateTimeFormat().resolvedOptions().timeZone);
}

/** Without keeping our own process alive for it. */
function briefly(): Promise<null> {
  return sleep(drainMs, null, { ref: false });
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

const hardness = { "after-tool": 0, interrupt: 1, kill: 2 } satisfies Record<StopHow, number>;

function sessionOptions(spec: SessionSpec, setup: SessionSetup): Options {
  return {
    ...(spec.resume ? { resume: spec.agentSessionId } : { sessionId: spec.agentSessionId }),
    ...(spec.model === null ? {} : { model: spec.model }),
    ...(spec.maxBudgetUsd === null ? {} : { maxBudgetUsd: spec.maxBudgetUsd }),
    maxTurns: spec.maxTurns,
    cwd: spec.cwd,
    env: setup.env,
    systemPrompt: { type: "preset", preset: "claude_code", append: spec.instructions },
    // Hooks, permissions and MCP servers of the repository or the person are not ours to run unattended.
    settingSources: [],
    strictMcpConfig: true,
    tools: [...setup.tools],
    // Asks for everything, and nobody answers: what our hook does not allow is denied at once.
    permissionMode: "default",
    permissionPrompts: "none",
    // The prompt quotes what agents have written: an @path in it must not read a file past the gate.
    verbatimPrompts: true,
    // Signs of life, and exact token counts, while a long answer is being written.
    includePartialMessages: true,
  };
}

interface Input extends AsyncIterable<SDKUserMessage> {
  say(content: string): void;
  end(): void;
}

/** A stream that stays open until the end, because an agent whose input has ended cannot be interrupted. */
function openInput(prompt: string): Input {
  const waiting = [prompt];
  let over = false;
  let wake = () => {};
  return {
    say(content) {
      waiting.push(content);
      wake();
    },
    end() {
      over = true;
      wake();
    },
    async *[Symbol.asyncIterator]() {
      while (!over) {
        const content = waiting.shift();
        if (content !== undefined)
          yield { type: "user", message: { role: "user", content }, parent_tool_use_id: null };
        else await new Promise<void>((resolve) => (wake = resolve));
      }
    },
  };
}
