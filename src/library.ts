/** The programs' way in: one session at a time, or all of them as they end. */
import { type OpenOptions, type OpenProject, openProject } from "./compose.ts";
import type { Config } from "./config/config.ts";
import { defaults } from "./config/defaults.ts";
import { OnwardError } from "./core/errors.ts";
import type { EndReason } from "./core/event-parts.ts";
import type { RunEvent } from "./core/events.ts";
import { type ProjectState, type SessionState, settledStep, undoneIn } from "./core/run.ts";
import type { Outcome, SessionType, Usage } from "./core/session.ts";

export interface SessionOptions extends Partial<Omit<Config, "verify">> {
  readonly verify?: Partial<Config["verify"]>;
  /** The environment that credentials and PATH are taken from; default `process.env`. */
  readonly env?: NodeJS.ProcessEnv;
  /** Aborting stops gracefully after the current tool; the run can be continued. */
  readonly signal?: AbortSignal;
}

/** One session that ended and was settled. */
export interface EndedSession {
  readonly number: number;
  readonly sessionType: SessionType;
  readonly outcome: Outcome;
  readonly turns: number;
  readonly usage: Usage;
  readonly costUsd: number;
  /** Ids of features whose claim stands. */
  readonly passed: readonly string[];
  /** Ids whose claim did not hold, or that stopped passing. */
  readonly regressed: readonly string[];
  /** What the agent did to the feature list and Onward has undone. */
  readonly violations: readonly string[];
  readonly features: { readonly passing: number; readonly total: number };
  /** The checkpoint under `refs/onward/`. */
  readonly checkpoint: string;
}

/** What `autoContinue` returns after the last session: why the run ended. */
export interface RunSummary {
  readonly reason: EndReason;
  readonly detail: string;
}

type RunHandle = ReturnType<OpenProject["start"]>;

/** Holds a project for as long as it is open (R1), and runs sessions on demand. */
export class SessionManager implements AsyncDisposable {
  readonly #project: OpenProject;
  readonly #ended: EndedSession[];
  readonly #signal: AbortSignal | undefined;
  #run: RunHandle | null = null;

  private constructor(project: OpenProject, ended: EndedSession[], signal: AbortSignal | undefined) {
    this.#project = project;
    this.#ended = ended;
    this.#signal = signal;
  }

  /** Throws OnwardError: `project-held`, `directory-missing`, `journal-damaged` and the like. */
  static async open(dir: string, options: SessionOptions = {}): Promise<SessionManager> {
    const ended: EndedSession[] = [];
    const project = await openProject({
      ...openOptions(dir, options),
      onEvent: collect((session) => ended.push(session)),
    });
    return new SessionManager(project, ended, options.signal);
  }

  /**
   * Runs one session to its end and settles it. `prompt` replaces Onward's own task; the briefing stays.
   * Throws OnwardError `nothing-to-do` when no session could begin, with the run's reason, and `usage` while another
   * one is at work.
   */
  async run(prompt?: string): Promise<EndedSession> {
    if (this.#run !== null) throw new OnwardError("usage", "A session is at work already: await it first.");
    const before = this.#ended.length;
    const run = this.#project.start({ maxSessions: 1, ...(prompt === undefined ? {} : { task: prompt }) });
    using _ = stopOnAbort(this.#signal, () => run.ask("stop", "the caller's signal"));
    this.#run = run;
    const { reason, detail } = await run.ended.finally(() => {
      this.#run = null;
    });
    const session = this.#ended[before];
    if (session !== undefined) return session;
    throw new OnwardError("nothing-to-do", `No session began: ${reason}: ${detail}.`);
  }

  /** A session that is still at work is stopped after its current tool and settled first. */
  async [Symbol.asyncDispose](): Promise<void> {
    const run = this.#run;
    // How it ended is for whoever awaits it.
    if (run !== null) await stopped(run).catch(() => {});
    await this.#project[Symbol.asyncDispose]();
  }
}

/**
 * Runs sessions until the project is complete, a limit, a block or the signal; yields each as it ends and
 * returns why the run ended. Leaving the loop early stops the run gracefully.
 */
export async function* autoContinue(
  dir: string,
  options: SessionOptions = {},
): AsyncGenerator<EndedSession, RunSummary> {
  const waiting: EndedSession[] = [];
  let wake = () => {};
  const onEvent = collect((session) => {
    waiting.push(session);
    wake();
  });
  await using project = await openProject({ ...openOptions(dir, options), onEvent });
  const run = project.start();
  using _ = stopOnAbort(options.signal, () => run.ask("stop", "the caller's signal"));
  let summary: RunSummary | null = null;
  const ended = run.ended.then((end) => {
    summary = end;
    wake();
  });
  try {
    for (;;) {
      const session = waiting.shift();
      if (session !== undefined) yield session;
      else if (summary !== null) return summary;
      else await Promise.race([ended, new Promise<void>((resolve) => (wake = resolve))]);
    }
  } finally {
    if (summary === null) await stopped(run);
    await ended;
  }
}

function openOptions(
  dir: string,
  { env = process.env, signal: _, verify, ...config }: SessionOptions,
): OpenOptions {
  return { dir, env, config: { ...defaults, ...config, verify: { ...defaults.verify, ...verify } } };
}

function collect(take: (session: EndedSession) => void) {
  return (event: RunEvent, { before }: { before: ProjectState }) => {
    if (event.type !== "session.ended" || before.run?.phase.type !== "session") return;
    take(endedSession(before.run.phase.session));
  };
}

function endedSession({ number, sessionType, life }: SessionState): EndedSession {
  if (life.type !== "settling") throw new Error(`session ${number} ended before it exited`);
  const integrity = settledStep(life.settled, "integrity");
  const list = settledStep(life.settled, "list");
  return {
    number,
    sessionType,
    ...life.exit,
    passed: list?.passed ?? [],
    regressed: [...(integrity?.regressed ?? []), ...(list?.failed ?? [])],
    violations: undoneIn(life.settled).map((violation) => violation.what),
    features: { passing: list?.passing ?? 0, total: list?.total ?? 0 },
    checkpoint: settledStep(life.settled, "checkpoint")?.commit ?? "",
  };
}

async function stopped(run: RunHandle): Promise<void> {
  await run.ask("stop", "the caller");
  await run.ended;
}

function stopOnAbort(signal: AbortSignal | undefined, stop: () => Promise<void>): Disposable {
  const onAbort = () => void stop().catch(() => {}); // a journal that fails here fails the run itself
  signal?.addEventListener("abort", onAbort, { once: true });
  if (signal?.aborted) onAbort();
  return { [Symbol.dispose]: () => signal?.removeEventListener("abort", onAbort) };
}
