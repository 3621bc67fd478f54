/**
 * Runs one command that somebody else wrote, and leaves nothing of it behind (R5).
 *
 * V1 It is over when its own process has exited, not when its output ends: a process that it left behind may
 *    hold the pipe for ever. What it left is ended before the result is given.
 * V2 Memory does not grow with its output.
 * V3 It sees no secret of ours: neither the terminal nor keys in the environment.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { endTree } from "../processes/tree.ts";

export type Command = string | readonly string[];

export interface CommandSpec {
  /** A line for `sh`, or a program with its arguments. */
  readonly command: Command;
  /** Absolute. */
  readonly cwd: string;
  /** Names that look like secrets are left out. */
  readonly env: NodeJS.ProcessEnv;
  readonly timeoutMs: number;
  /** Set as `ONWARD_SESSION`; must differ from that of an agent that is alive. */
  readonly marker: string;
  readonly signal: AbortSignal;
}

export interface CommandResult {
  /** null when a signal, the time limit or the abort ended it; 127 when it could not be started. */
  readonly exitCode: number | null;
  readonly timedOut: boolean;
  readonly durationMs: number;
  /** The end of what it wrote to stdout and stderr, in the order in which it arrived. */
  readonly outputTail: string;
}

const tailBytes = 4096;
/** How long it may take to clean up after itself once it is told to end. */
const graceMs = 2000;
/** What was written before the end is in the pipe by then; nobody is left who could add to it. */
const drainMs = 500;

/** Node takes a longer one for none at all. */
const longestTimerMs = 2 ** 31 - 1;

/** Never rejects for what the command does; an abort ends it, and gives the result up to there. */
export async function runCommand(spec: CommandSpec): Promise<CommandResult> {
  const startedAt = performance.now();
  const tail = outputTail();
  const result = (exitCode: number | null, timedOut = false): CommandResult => ({
    exitCode,
    timedOut,
    durationMs: Math.round(performance.now() - startedAt),
    outputTail: tail.text(),
  });
  if (spec.signal.aborted) return result(null);

  let child: ChildProcess;
  try {
    child = start(spec);
  } catch (error) {
    tail.add(Buffer.from(`cannot be started: ${error instanceof Error ? error.message : error}`));
    return result(127);
  }
  child.stdout?.on("data", tail.add);
  child.stderr?.on("data", tail.add);
  const drained = new Promise((done) => child.once("close", done));
  const exited = exitOf(child);

  const end = new AbortController();
  const first = await Promise.race([
    exited,
    sleep(Math.min(spec.timeoutMs, longestTimerMs), "timed out" as const, { signal: end.signal }).catch(
      () => "aborted" as const,
    ),
    abortOf(spec.signal, end.signal),
  ]);
  end.abort();
  await endTree({ pid: child.pid ?? null, marker: spec.marker }, { graceMs });
  await Promise.race([drained, sleep(drainMs, undefined, { ref: false })]);
  child.stdout?.destroy();
  child.stderr?.destroy();

  if (first === "timed out") return result(null, true);
  if (first === "aborted") return result(null);
  if (first.type === "exited") return result(first.code);
  tail.add(Buffer.from(`cannot be started: ${first.error.message}`));
  return result(127);
}

/** The environment without the names that usually hold secrets. */
export function withoutSecrets(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const secret = /KEY|TOKEN|SECRET|PASSWORD|CREDENTIAL|^ANTHROPIC_|^CLAUDE_/i;
  return Object.fromEntries(Object.entries(env).filter(([name]) => !secret.test(name)));
}

function start({ command, cwd, env, marker }: CommandSpec): ChildProcess {
  const [program = "", ...args] = typeof command === "string" ? ["/bin/sh", "-c", command] : command;
  return spawn(program, args, {
    cwd,
    env: { ...withoutSecrets(env), ONWARD_SESSION: marker },
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
}

type Exit =
  | { readonly type: "exited"; readonly code: number | null }
  | { readonly type: "not-started"; readonly error: Error };

function exitOf(child: ChildProcess): Promise<Exit> {
  return new Promise((done) => {
    child.once("exit", (code) => done({ type: "exited", code }));
    child.once("error", (error) => done({ type: "not-started", error }));
  });
}

/** Stops listening when `until` is aborted, so that a long-lived signal does not collect listeners. */
function abortOf(signal: AbortSignal, until: AbortSignal): Promise<"aborted"> {
  return new Promise((done) => {
    signal.addEventListener("abort", () => done("aborted"), { once: true, signal: until });
  });
}

function outputTail(): { readonly add: (chunk: Buffer) => void; readonly text: () => string } {
  let kept = Buffer.alloc(0);
  let cut = false;
  return {
    add(chunk) {
      cut ||= kept.length + chunk.length > tailBytes;
      kept = Buffer.concat([kept, chunk.subarray(-tailBytes)]).subarray(-tailBytes);
    },
    text() {
      // Where the beginning is cut, it may be cut in the middle of a character.
      const start = cut ? kept.findIndex((byte) => (byte & 0xc0) !== 0x80) : 0;
      return kept.toString("utf8", Math.max(start, 0));
    },
  };
}
