/**
 * Runs one command that somebody else wrote to its end, and leaves nothing of it behind (R5).
 *
 * V1 It is over when its own process has exited, not when its output ends: a process that it left behind may
 *    hold the pipe for ever. What it left is ended before the result is given.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { type Command, type CommandPlace, startCommand } from "./started-command.ts";

export interface CommandSpec extends CommandPlace {
  readonly command: Command;
  readonly timeoutMs: number;
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

/** Node takes a longer one for none at all. */
const longestTimerMs = 2 ** 31 - 1;

/** Never rejects for what the command does; an abort ends it, and gives the result up to there. */
export async function runCommand({
  command,
  timeoutMs,
  signal,
  ...place
}: CommandSpec): Promise<CommandResult> {
  if (signal.aborted) return { exitCode: null, timedOut: false, durationMs: 0, outputTail: "" };
  const startedAt = performance.now();
  const started = startCommand(command, place);
  const over = new AbortController();
  const first = await Promise.race([
    started.exit,
    sleep(Math.min(timeoutMs, longestTimerMs), "timed out" as const, { signal: over.signal }).catch(
      () => "aborted" as const,
    ),
    abortOf(signal, over.signal),
  ]);
  over.abort();
  await started.end();
  return {
    exitCode: typeof first === "number" ? first : null,
    timedOut: first === "timed out",
    durationMs: Math.round(performance.now() - startedAt),
    outputTail: started.outputTail(),
  };
}

/** Stops listening when `until` is aborted, so that a long-lived signal does not collect listeners. */
export function abortOf(signal: AbortSignal, until: AbortSignal): Promise<"aborted"> {
  return new Promise((done) => {
    if (signal.aborted) done("aborted");
    signal.addEventListener("abort", () => done("aborted"), { once: true, signal: until });
  });
}
