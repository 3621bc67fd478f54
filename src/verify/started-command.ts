/**
 * A command that somebody else wrote, as a process of ours.
 *
 * V2 Memory does not grow with its output.
 * V3 It sees no secret of ours: neither the terminal nor keys in the environment.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { endTree } from "../processes/tree.ts";

export type Command = string | readonly string[];

export interface CommandPlace {
  /** Absolute. */
  readonly cwd: string;
  /** Names that look like secrets are left out. */
  readonly env: NodeJS.ProcessEnv;
  /** Set as `ONWARD_SESSION`; must differ from that of an agent that is alive. */
  readonly marker: string;
}

export interface StartedCommand {
  /**
   * The exit code of its own process, whatever that left behind: null when a signal ended it, 127 when it could
   * not be started.
   */
  readonly exit: Promise<number | null>;
  /** The end of what it has written to stdout and stderr, in the order in which it arrived. */
  outputTail(): string;
  /** Resolves when its tree, and all else with its marker, is gone. */
  end(): Promise<void>;
}

const tailBytes = 4096;
/** How long it may take to clean up after itself once it is told to end. */
const graceMs = 2000;
/** What was written before the end is in the pipe by then; nobody is left who could add to it. */
const drainMs = 500;

/** `command`: a line for `sh`, or a program with its arguments. */
export function startCommand(command: Command, place: CommandPlace): StartedCommand {
  const tail = outputTail();
  const child = start(command, place);
  if (child instanceof Error) {
    tail.add(notStarted(child));
    return { exit: Promise.resolve(127), outputTail: tail.text, end: async () => {} };
  }
  child.stdout?.on("data", tail.add);
  child.stderr?.on("data", tail.add);
  const drained = new Promise((done) => child.once("close", done));
  const exit = new Promise<number | null>((done) => {
    child.once("exit", done);
    child.once("error", (error) => {
      tail.add(notStarted(error));
      done(127);
    });
  });
  return {
    exit,
    outputTail: tail.text,
    async end() {
      await endTree({ pid: child.pid ?? null, marker: place.marker }, { graceMs });
      await Promise.race([drained, sleep(drainMs, undefined, { ref: false })]);
      child.stdout?.destroy();
      child.stderr?.destroy();
    },
  };
}

/** The environment without the names that usually hold secrets. */
export function withoutSecrets(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const secret = /KEY|TOKEN|SECRET|PASSWORD|CREDENTIAL|^ANTHROPIC_|^CLAUDE_/i;
  return Object.fromEntries(Object.entries(env).filter(([name]) => !secret.test(name)));
}

function start(command: Command, { cwd, env, marker }: CommandPlace): ChildProcess | Error {
  const [program = "", ...args] = typeof command === "string" ? ["/bin/sh", "-c", command] : command;
  try {
    return spawn(program, args, {
      cwd,
      env: { ...withoutSecrets(env), ONWARD_SESSION: marker },
      stdio: ["ignore", "pipe", "pipe"],
      detached: true,
    });
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

function notStarted(error: Error): Buffer {
  return Buffer.from(`cannot be started: ${error.message}`);
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
