/**
 * From a directory and a configuration to a project that can run: the only place that chooses adapters and
 * wires them together.
 */
import { access, constants, realpath, stat } from "node:fs/promises";
import { homedir } from "node:os";
import { claudeDriver } from "./agents/claude/driver.ts";
import type { Config } from "./config/config.ts";
import { readPrompts } from "./config/prompt-files.ts";
import { OnwardError } from "./core/errors.ts";
import type { RunSettings } from "./core/event-parts.ts";
import type { Feature } from "./core/features.ts";
import type { CheckpointId } from "./core/ids.ts";
import { openLocalEngine } from "./engines/local.ts";
import { guardedNames } from "./feature-tools/names.ts";
import { audited, openAudit } from "./guard/audit.ts";
import { checkCommand } from "./guard/shell.ts";
import { createGuard } from "./guard/tools.ts";
import { sqliteJournal } from "./journals/sqlite.ts";
import { createActivities } from "./loop/activities.ts";
import { systemClock } from "./loop/clock.ts";
import type { LoopContext } from "./loop/context.ts";
import type { EventListener, Ledger } from "./loop/ledger.ts";
import type { RunHandle } from "./loop/loop.ts";
import { protectedFromNow, type Verification, verifyAlone } from "./loop/verification.ts";
import type { AgentDriver, AgentEvent, Clock } from "./ports.ts";
import { startReaper } from "./processes/reaper.ts";
import { lastForgotten } from "./project/checkpoints/forgotten.ts";
import { removeCopy } from "./project/copy/work-copy.ts";
import { ensureRepository } from "./project/git/git.ts";
import { requireGit } from "./project/git/git-version.ts";
import { findRepository } from "./project/git/repository.ts";
import { ensureStateDirectory } from "./project/paths.ts";
import { scratchDirectory } from "./project/scratch.ts";
import { createRedactor } from "./secrets/redact.ts";
import { redactStrings } from "./secrets/redact-strings.ts";

export interface OpenOptions {
  readonly dir: string;
  readonly config: Config;
  readonly env: NodeJS.ProcessEnv;
  readonly onEvent?: EventListener;
  readonly onAgentEvent?: (number: number, event: AgentEvent) => void;
  /** In place of the one that the configuration names. */
  readonly driver?: AgentDriver;
  readonly clock?: Clock;
}

/** A project that this process holds (R1). Disposing it gives it back. */
export interface OpenProject extends AsyncDisposable {
  readonly dir: string;
  readonly ledger: Ledger;
  /** Whether a git repository had to be made. */
  readonly repositoryCreated: boolean;
  /** The last checkpoint of runs that the journal knows nothing of; null where nothing is missing. */
  readonly forgottenSince: CheckpointId | null;
  start(options?: StartOptions): RunHandle;
  /**
   * Checks these features as they are now, and with `gate` the project as a whole. Records what it found, and leaves
   * the feature list as it is. No run may be under way. null after an abort.
   */
  verify(features: readonly Feature[], gate: boolean, signal: AbortSignal): Promise<Verification | null>;
}

export interface StartOptions {
  /** What the sessions are told to do, in place of Onward's own prompts. */
  readonly task?: string;
  /** End, resumable, after so many sessions. */
  readonly maxSessions?: number;
}

/**
 * Throws `directory-missing`, `directory-not-writable`, `config-invalid` (prompts), `git-failed`, `git-missing`,
 * `project-held`, `journal-damaged`, `journal-newer` and `disk`; then nothing was started.
 */
export async function openProject(options: OpenOptions): Promise<OpenProject> {
  const { config, env, clock = systemClock } = options;
  const dir = await requireProject(options.dir);
  const { prompts } = await readPrompts(dir, config.prompts);
  const paths = await ensureStateDirectory(dir);

  await using opened = new AsyncDisposableStack();
  const engine = opened.use(
    await openLocalEngine({
      paths,
      clock,
      openJournal: (file) => sqliteJournal({ file }),
      onEvent: options.onEvent ?? (() => {}),
    }),
  );
  // Under the lock, because two `git init` at once trip over each other.
  const { created } = await ensureRepository(dir);
  await removeCopy(dir);
  const forgotten = engine.ledger.state.run === null ? await lastForgotten(dir) : null;
  const forgottenSince = forgotten?.checkpoint ?? null;
  const reaper = opened.use(startReaper());
  const { redact } = createRedactor(env);
  const scratch = await scratchDirectory(dir);
  const context = { project: dir, home: env.HOME ?? homedir(), tmpdir: scratch };
  const agentEnv = { ...env, TMPDIR: scratch, CLAUDE_CODE_TMPDIR: scratch };
  const { mcpTools, hosts, ...rules } = config.rules;
  const extra = hosts.length === 0 ? rules : { ...rules, hosts };
  const guard = createGuard({
    ...context,
    profile: config.guard,
    redact,
    mcpTools: [...mcpTools, ...guardedNames],
    extra,
    ...(hosts.length === 0 ? {} : { hosts }),
  });
  const audit = openAudit(paths.audit, { redact, clock });

  const ctx: LoopContext = {
    dir,
    paths,
    clock,
    env: { ...env, TMPDIR: scratch },
    redact,
    reaper,
    options: {
      model: config.model,
      specFile: config.spec,
      prompts,
      task: null,
      stallMs: config.stallMs,
      toolMaxMs: config.toolMaxMs,
      sessionMaxMs: config.sessionMaxMs,
      stopAtUtilization: config.stopAtUtilization,
      verify: config.verify,
      regression: config.regression,
    },
    driver: options.driver ?? driverFor(config, agentEnv),
    guard: audited(guard, audit),
    mayRun: (command) => checkCommand(command, { ...context, cwd: dir }, "strict", extra),
    state: () => engine.ledger.state,
    // What is shown may be kept: a terminal's output ends up in files.
    onAgentEvent: (number, event) => options.onAgentEvent?.(number, redactStrings(event, redact)),
  };
  const kept = opened.move();

  return {
    dir,
    ledger: engine.ledger,
    repositoryCreated: created,
    forgottenSince,
    start({ task, maxSessions } = {}) {
      const activities = createActivities({ ...ctx, options: { ...ctx.options, task: task ?? null } });
      return engine.start(activities, runSettings(config), maxSessions);
    },
    async verify(features, gate, signal) {
      const claimed = new Set(features.map(({ id }) => id));
      const protectedFrom = await protectedFromNow(ctx);
      const request = { features, claimed, gate, protectedFrom, alone: true };
      const found = await verifyAlone(ctx, "by-hand", request, signal);
      if (found !== null) await engine.ledger.give({ type: "checked", ...found });
      return found;
    },
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

/**
 * The project's real directory, once it is known that work on it could begin. Changes nothing. Throws
 * `directory-missing`, `directory-not-writable`, `git-missing` and `git-failed`.
 */
export async function requireProject(given: string): Promise<string> {
  const dir = await projectDirectory(given);
  await Promise.all([requireGit(), findRepository(dir)]);
  return dir;
}

/** The driver of the agent that the configuration names. */
export function driverFor({ agent }: Config, env: NodeJS.ProcessEnv): AgentDriver {
  switch (agent) {
    case "claude":
      return claudeDriver({ env });
    default:
      throw new OnwardError("usage", `There is no driver for the agent ${agent satisfies never}.`);
  }
}

function runSettings(config: Config): RunSettings {
  const { maxIterations, maxCostUsd, maxTokens, maxDurationMs, delayMs, maxTurns, maxWaitMs } = config;
  const { waitForReset, fresh } = config;
  return {
    maxIterations,
    maxCostUsd,
    maxTokens,
    maxDurationMs,
    delayMs,
    maxTurns,
    maxWaitMs,
    waitForReset,
    fresh,
  };
}

async function projectDirectory(given: string): Promise<string> {
  const found = await stat(given).catch(() => null);
  if (found === null || !found.isDirectory()) {
    throw new OnwardError("directory-missing", `${given} is not a directory.`, {
      hint: `Create it first: mkdir -p ${given}`,
    });
  }
  const dir = await realpath(given);
  await access(dir, constants.W_OK).catch((cause: unknown) => {
    throw new OnwardError("directory-not-writable", `${dir} cannot be written to.`, {
      hint: "Give your user the right to write there, or choose another directory.",
      cause,
    });
  });
  return dir;
}
