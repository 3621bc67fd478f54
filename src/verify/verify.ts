import type { VerificationAuthor, VerificationResult } from "../core/event-parts.ts";
import type { Feature } from "../core/features.ts";
import type { Verdict } from "../guard/verdict.ts";
import { type Deciding, decidingCommand, featureIdVariable, gateCommand, shellLine } from "./deciding.ts";
import { isEmptyCheck } from "./empty-check.ts";
import { inDependencyOrder } from "./order.ts";
import { runCommand } from "./run-command.ts";
import type { Command } from "./started-command.ts";

export interface VerifyOptions {
  /** Where the commands run, absolute. */
  readonly dir: string;
  /** The person's own command; null when there is none. */
  readonly projectCommand: Command | null;
  /** For each command. */
  readonly timeoutMs: number;
  readonly env: NodeJS.ProcessEnv;
  /** Carried by all processes of the commands; of no agent that is alive. */
  readonly marker: string;
  readonly signal: AbortSignal;
  /** Whether a shell line that the agent wrote may run (T1). One that cannot fail does not, whatever this says. */
  readonly mayRun: (command: string) => Verdict;
}

/**
 * Runs what decides these features (F2), one after the other, dependencies first: a feature does not run when one
 * of its dependencies has just failed. Features that nothing decides have no result. After an abort the results
 * are incomplete.
 */
export async function verifyClaims(
  features: readonly Feature[],
  options: VerifyOptions,
): Promise<readonly VerificationResult[]> {
  const results: VerificationResult[] = [];
  // Many features may name the same command (`npm test`): its answer holds for all of them.
  const known = new Map<string, VerificationResult>();
  const failed = new Set<string>();
  for (const feature of inDependencyOrder(features)) {
    const deciding = decidingCommand(feature, options.projectCommand);
    if (deciding === null) continue;
    if (options.signal.aborted) break;
    const lacking = feature.dependsOn.find((id) => failed.has(id));
    const result =
      lacking === undefined
        ? { ...(await answer(deciding)), featureId: feature.id }
        : notRun(deciding, "dependency", `Not run: ${lacking}, which it depends on, does not hold.`);
    if (!result.ok) failed.add(feature.id);
    results.push(result);
  }
  return results;

  async function answer(deciding: Deciding): Promise<VerificationResult> {
    const { command, author, featureId } = deciding;
    const key = JSON.stringify([command, author, readsId(command) && featureId]);
    const result = known.get(key) ?? (await verifyOne(deciding, options));
    known.set(key, result);
    return result;
  }
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
  return [...results, await run(gate, null, "person", options)];
}

/** The answer for a feature whose command was not started: no evidence that it holds, none that it does not. */
export function notRun(
  { command, featureId, author }: Deciding,
  reason: NonNullable<VerificationResult["notRun"]>,
  why: string,
): VerificationResult {
  const said = { command: shellLine(command), author, notRun: reason, outputTail: why };
  return { featureId, ...said, ok: false, exitCode: null, durationMs: 0 };
}

async function verifyOne(deciding: Deciding, options: VerifyOptions): Promise<VerificationResult> {
  const { command, featureId, author } = deciding;
  const why = author === "agent" ? refusal(command, options) : idRefusal(featureId);
  if (why !== null) return notRun(deciding, "refused", why);
  return run(command, featureId, author, options);
}

async function run(
  command: Command,
  featureId: string | null,
  author: VerificationAuthor,
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
    author,
    ok: done.exitCode === 0,
    exitCode: done.exitCode,
    durationMs: done.durationMs,
    outputTail: done.outputTail + late,
  };
}

function refusal(command: Command, { mayRun }: VerifyOptions): string | null {
  if (isEmptyCheck(command)) {
    return "Not run: this command cannot fail, so it shows nothing. A person changes it with `onward features edit`.";
  }
  const verdict = mayRun(shellLine(command));
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
