import type { VerificationResult } from "../core/events.ts";
import type { Feature } from "../core/features.ts";
import type { Verdict } from "../guard/verdict.ts";
import { type Deciding, decidingCommand, featureIdVariable, gateCommand, shellLine } from "./deciding.ts";
import { type Command, runCommand } from "./run-command.ts";

export interface VerifyOptions {
  /** The project, absolute; commands run there. */
  readonly dir: string;
  /** The person's own command; null when there is none. */
  readonly projectCommand: Command | null;
  /** For each command. */
  readonly timeoutMs: number;
  readonly env: NodeJS.ProcessEnv;
  /** Carried by all processes of the commands; of no agent that is alive. */
  readonly marker: string;
  readonly signal: AbortSignal;
  /** Whether a shell line that the agent wrote may run (T1). */
  readonly mayRun: (command: string) => Verdict;
}

/**
 * Runs what decides these features (F2), one after the other. Features that nothing decides have no result.
 * After an abort the results are incomplete.
 */
export async function verifyClaims(
  features: readonly Feature[],
  options: VerifyOptions,
): Promise<readonly VerificationResult[]> {
  const results: VerificationResult[] = [];
  // Many features may name the same command (`npm test`): its answer holds for all of them.
  const known = new Map<string, VerificationResult>();
  for (const feature of features) {
    const deciding = decidingCommand(feature, options.projectCommand);
    if (deciding === null) continue;
    if (options.signal.aborted) break;
    const key = JSON.stringify([
      deciding.command,
      deciding.agentAuthored,
      readsId(deciding.command) && feature.id,
    ]);
    const result = known.get(key) ?? (await verifyOne(deciding, options));
    known.set(key, result);
    results.push({ ...result, featureId: feature.id });
  }
  return results;
}

/**
 * The final full pass (F5): every feature that something decides, then the project's command as the gate
 * (`featureId` null). After an abort the results are incomplete.
 */
export async function finalPass(
  features: readonly Feature[],
  options: VerifyOptions,
): Promise<readonly VerificationResult[]> {
  const results = await verifyClaims(features, options);
  const gate = gateCommand(options.projectCommand);
  if (gate === null || options.signal.aborted) return results;
  return [...results, await run(gate, null, options)];
}

async function verifyOne(deciding: Deciding, options: VerifyOptions): Promise<VerificationResult> {
  const { command, featureId, agentAuthored } = deciding;
  const why = agentAuthored ? refusal(options.mayRun(shellLine(command))) : idRefusal(featureId);
  if (why !== null) return refused(command, featureId, why);
  return run(command, featureId, options);
}

async function run(
  command: Command,
  featureId: string | null,
  options: VerifyOptions,
): Promise<VerificationResult> {
  const { dir, env, timeoutMs, marker, signal } = options;
  const done = await runCommand({
    command,
    cwd: dir,
    env: featureId !== null && readsId(command) ? { ...env, [featureIdVariable]: featureId } : env,
    timeoutMs,
    marker,
    signal,
  });
  const late = done.timedOut ? `\n[ended after the time limit of ${timeoutMs / 1000} s]` : "";
  return {
    featureId,
    command: shellLine(command),
    ok: done.exitCode === 0,
    exitCode: done.exitCode,
    durationMs: done.durationMs,
    outputTail: done.outputTail + late,
  };
}

function refused(command: Command, featureId: string, why: string): VerificationResult {
  return {
    featureId,
    command: shellLine(command),
    ok: false,
    exitCode: null,
    durationMs: 0,
    outputTail: why,
  };
}

function refusal(verdict: Verdict): string | null {
  return verdict.allow ? null : `Not run (${verdict.rule}): ${verdict.reason}`;
}

/** The person's program would take such an id for an option, and options decide what runs (T1). */
function idRefusal(id: string): string | null {
  return id.startsWith("-") ? "Not run: the id of a feature must not begin with a dash." : null;
}

/** Only such a command gets the id, so that the others may share an answer. */
function readsId(command: Command): boolean {
  return shellLine(command).includes(featureIdVariable);
}
