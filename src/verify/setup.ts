/**
 * What stands around the commands of a verification: the setup before them, which may be a server that stays
 * up, and the teardown after them.
 *
 * V4 The teardown runs whatever became of the setup and the commands, also after an abort, and then everything
 *    that the setup has started is ended.
 * V5 A setup counts as up only when nothing had answered in its place before: else the commands would be asking
 *    somebody else's server.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { VerificationResult } from "../core/event-parts.ts";
import { partMarker } from "../processes/table.ts";
import { shellLine } from "./deciding.ts";
import { freePort, isReady } from "./readiness.ts";
import { abortOf, runCommand } from "./run-command.ts";
import type { VerifySettings } from "./settings.ts";
import { type Command, type CommandPlace, type StartedCommand, startCommand } from "./started-command.ts";

export type SetupSettings = Pick<VerifySettings, "setup" | "setupTimeoutMs" | "ready" | "teardown" | "port">;

export interface Surroundings {
  /** For the commands: with the port in it. */
  readonly env: NodeJS.ProcessEnv;
  /** null when the commands may run. */
  readonly failure: VerificationResult | null;
  /** Ends all of it (V4); answers the teardown's result where that failed. */
  end(): Promise<VerificationResult | null>;
}

/** After an abort a person is waiting. */
const teardownAfterAbortMs = 5000;
const lookEveryMs = 100;

/** Never rejects for what the commands do. */
export async function setUp(
  settings: SetupSettings,
  place: CommandPlace,
  signal: AbortSignal,
): Promise<Surroundings> {
  const port = settings.port === "free" ? await freePort() : settings.port;
  const env = port === null ? place.env : { ...place.env, PORT: String(port), ONWARD_PORT: String(port) };
  const inside = { ...place, env };
  const { setup, teardown, setupTimeoutMs } = settings;
  let started: StartedCommand | null = null;
  const start = (command: Command) => {
    started = startCommand(command, { ...inside, marker: partMarker(place.marker, "setup") });
    return started;
  };
  const failure =
    setup === null || signal.aborted ? null : await bringUp(setup, port, settings, start, signal);
  return {
    env,
    failure,
    async end() {
      try {
        return teardown === null ? null : await tearDown(teardown, setupTimeoutMs, inside, signal);
      } finally {
        await started?.end();
      }
    },
  };
}

async function bringUp(
  setup: Command,
  port: number | null,
  { ready, setupTimeoutMs }: SetupSettings,
  start: (command: Command) => StartedCommand,
  signal: AbortSignal,
): Promise<VerificationResult | null> {
  const startedAt = performance.now();
  const failed = (why: string, exitCode: number | null = null, output = ""): VerificationResult => ({
    featureId: null,
    role: "setup",
    command: shellLine(setup),
    author: "person",
    ok: false,
    exitCode,
    durationMs: Math.round(performance.now() - startedAt),
    outputTail: `${output}\n[${why}]`.trim(),
  });
  const where =
    ready === null ? "" : ready.replaceAll("{port}", String(port)).replace(/^port$/, `port ${port}`);
  if (ready !== null && (await isReady(ready, port, signal))) {
    return failed(`not started: something else answers at ${where} already`);
  }
  const command = start(setup);
  const end = await upOrOver(command, ready, port, setupTimeoutMs, signal);
  if (end === "up" || end === "aborted") return null;
  const limit = `within ${setupTimeoutMs / 1000} s`;
  if (end === "late") {
    const late =
      ready === null
        ? `the setup did not end ${limit}; where it stays up, verify.ready tells how to see that it is`
        : `nothing answered at ${where} ${limit}`;
    return failed(late, null, command.outputTail());
  }
  return failed("the setup failed", end.exitCode, command.outputTail());
}

/** A setup that has ended well may have left a server behind, which is waited for. */
async function upOrOver(
  command: StartedCommand,
  ready: string | null,
  port: number | null,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<"up" | "late" | "aborted" | { readonly exitCode: number | null }> {
  const over = new AbortController();
  const late = performance.now() + timeoutMs;
  const aborted = abortOf(signal, over.signal);
  const failed = command.exit.then((exitCode) =>
    exitCode === 0 && ready !== null ? new Promise<never>(() => {}) : { exitCode },
  );
  try {
    for (;;) {
      const left = late - performance.now();
      if (left <= 0) return "late";
      const pause = sleep(Math.min(lookEveryMs, left), null, { signal: over.signal }).catch(() => null);
      const first = await Promise.race([failed, aborted, pause]);
      if (first === "aborted") return first;
      if (first !== null) return ready === null && first.exitCode === 0 ? "up" : first;
      if (ready !== null && (await isReady(ready, port, signal))) return "up";
    }
  } finally {
    over.abort();
  }
}

async function tearDown(
  teardown: Command,
  timeoutMs: number,
  place: CommandPlace,
  signal: AbortSignal,
): Promise<VerificationResult | null> {
  const over = new AbortController();
  const late = new AbortController();
  void abortOf(signal, over.signal)
    .then(() => sleep(teardownAfterAbortMs, null, { signal: over.signal, ref: false }))
    .then(() => late.abort())
    .catch(() => {}); // it was over before
  const marker = partMarker(place.marker, "teardown");
  const done = await runCommand({ ...place, marker, command: teardown, timeoutMs, signal: late.signal });
  over.abort();
  if (done.exitCode === 0) return null;
  const { exitCode, durationMs, outputTail } = done;
  const command = shellLine(teardown);
  const ok = false;
  return {
    featureId: null,
    role: "teardown",
    command,
    author: "person",
    ok,
    exitCode,
    durationMs,
    outputTail,
  };
}
