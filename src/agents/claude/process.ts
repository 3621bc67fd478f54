import { type ChildProcessByStdio, execFile, spawn } from "node:child_process";
import type { Readable, Writable } from "node:stream";
import { promisify } from "node:util";
import type { SpawnOptions } from "@anthropic-ai/claude-agent-sdk";
import type { Exit } from "./classify.ts";

/** The agent's program, running. */
export interface AgentProcess {
  readonly child: ChildProcessByStdio<Writable, Readable, Readable>;
  /** null when it could not be started. */
  readonly pid: number | null;
  /** When the process itself is gone, whoever may still hold its pipes. Never rejects. */
  readonly exited: Promise<Exit>;
  /** The end of what it wrote to its standard error. */
  stderrTail(): string;
}

/** In a process group of its own, so that neither our terminal's signals reach it nor its signals us. */
export function spawnAgent(options: SpawnOptions, wrapper: readonly string[]): AgentProcess {
  const [command = options.command, ...args] = [...wrapper, options.command, ...options.args];
  const child = spawn(command, args, {
    cwd: options.cwd,
    env: options.env,
    detached: true,
    stdio: ["pipe", "pipe", "pipe"],
  });
  let tail = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    tail = (tail + text).slice(-tailLength);
  });
  const { promise: exited, resolve } = Promise.withResolvers<Exit>();
  child.once("exit", (code, signal) => resolve({ type: "exited", code, signal }));
  child.once("error", ({ message }) => resolve({ type: "failed-to-start", message }));
  return { child, pid: child.pid ?? null, exited, stderrTail: () => tail };
}

const tailLength = 4096;

/**
 * On Linux, a command in front of the agent's makes the kernel kill it when we die, even of SIGKILL: otherwise
 * it goes on working, and spending, without anybody who guards its tools. Empty where there is no such command.
 */
export function deathSignalWrapper(): Promise<readonly string[]> {
  wrapper ??= findWrapper();
  return wrapper;
}

let wrapper: Promise<readonly string[]> | undefined;

async function findWrapper(): Promise<readonly string[]> {
  if (process.platform !== "linux") return [];
  const command = ["setpriv", "--pdeathsig", "KILL", "--"];
  try {
    // Tried, not looked up: the one of busybox does not know the option.
    await promisify(execFile)("setpriv", [...command.slice(1), "true"]);
    return command;
  } catch {
    return [];
  }
}
