import { type ChildProcessByStdio, execFile, spawn } from "node:child_process";
import { type Readable, Transform, type Writable } from "node:stream";
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
  /** Why we ended it, else the end of what it wrote to its standard error. */
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
  let cutOff: string | null = null;
  const output = boundedLines(mostLineBytes, () => {
    cutOff = `It wrote a line of more than ${mostLineBytes / 2 ** 20} MiB.`;
    child.kill("SIGKILL");
  });
  child.stdout.on("error", () => output.end()).pipe(output);
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    tail = (tail + text).slice(-tailLength);
  });
  const { promise: exited, resolve } = Promise.withResolvers<Exit>();
  child.once("exit", (code, signal) => resolve({ type: "exited", code, signal }));
  child.once("error", ({ message }) => resolve({ type: "failed-to-start", message }));
  // The SDK reads what stands there, and nothing of node's own does.
  return {
    child: Object.assign(child, { stdout: output }),
    pid: child.pid ?? null,
    exited,
    stderrTail: () => cutOff ?? tail,
  };
}

const tailLength = 4096;
/** The longest messages are those with pictures, of a few MiB. */
const mostLineBytes = 64 * 2 ** 20;

/** Passes on what comes until a line grows longer than that, which whoever collects it could not hold. */
function boundedLines(mostBytes: number, onTooLong: () => void): Transform {
  let length = 0;
  let tooLong = false;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      if (tooLong) return done();
      const end = chunk.lastIndexOf("\n");
      length = end === -1 ? length + chunk.length : chunk.length - end - 1;
      tooLong = length > mostBytes;
      if (tooLong) onTooLong();
      tooLong ? done() : done(null, chunk);
    },
  });
}

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
