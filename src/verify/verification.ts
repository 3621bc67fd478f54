/**
 * One verification from end to end: in the project, or in a copy that protects files from the session; the
 * setup, the commands, the teardown; then what the commands changed in the project is undone.
 */
import { OnwardError } from "../core/errors.ts";
import type { VerificationEffects, VerificationResult } from "../core/event-parts.ts";
import type { Feature } from "../core/features.ts";
import { partMarker } from "../processes/table.ts";
import { type HeldTree, holdTree } from "../project/checkpoints/held-tree.ts";
import { type Before, copyProject } from "../project/copy/work-copy.ts";
import { decidingCommand, gateCommand } from "./deciding.ts";
import type { VerifySettings } from "./settings.ts";
import { setUp } from "./setup.ts";
import { finalPass, notRun, type VerifyOptions, verifyClaims } from "./verify.ts";

export interface VerificationRequest {
  readonly features: readonly Feature[];
  /** Ids that need an answer even when the setup fails: nobody may take them for verified then. */
  readonly claimed: ReadonlySet<string>;
  /** Whether the project as a whole is checked too (F5). */
  readonly gate: boolean;
  readonly protectedFrom: ProtectedFrom;
  /** Whether nobody else is at work in the project: then what changes in it is the commands' doing, and undone. */
  readonly alone: boolean;
}

/** Where protected files are taken from. `lost`: it should be known, and nobody knows it. */
export type ProtectedFrom = Before | "lost";

export interface VerificationOptions extends Omit<VerifyOptions, "projectCommand" | "timeoutMs"> {
  readonly settings: VerifySettings;
}

export interface Verification extends VerificationEffects {
  readonly results: readonly VerificationResult[];
}

/** The first few are enough to find out what is going on. */
const maxNamed = 20;

/** After an abort the results are incomplete; all else is done as ever. Throws `git-failed`, `disk`. */
export async function runVerification(
  request: VerificationRequest,
  options: VerificationOptions,
): Promise<Verification> {
  const { command, protect } = options.settings;
  const gate = request.gate ? gateCommand(command) : null;
  const decided = request.features.filter((feature) => decidingCommand(feature, command) !== null);
  if ((decided.length === 0 && gate === null) || options.signal.aborted) return { results: [] };

  if (!request.alone && protect.length === 0) return { results: await surrounded(request, options) };
  const project = await holdTree(options.dir);
  let undone: readonly string[] = [];
  let found: Verification;
  try {
    found =
      protect.length === 0
        ? { results: await surrounded(request, options) }
        : await inCopy(project, request, options);
  } finally {
    if (request.alone) {
      undone = await project.undoChanges().catch((error: unknown) => {
        throw destroyed(options.dir, error);
      });
    }
  }
  return undone.length === 0 ? found : { ...found, undone: undone.slice(0, maxNamed) };
}

async function inCopy(
  project: HeldTree,
  request: VerificationRequest,
  options: VerificationOptions,
): Promise<Verification> {
  const { protectedFrom } = request;
  const { protect } = options.settings;
  await using copy =
    protectedFrom === "lost"
      ? null
      : await copyProject(options.dir, { ...project, before: protectedFrom, protect });
  if (copy === null) return { results: unchecked(lostProtection(protect), request, options) };
  const results = await surrounded(request, { ...options, dir: copy.dir });
  return copy.held.length === 0 ? { results } : { results, held: copy.held.slice(0, maxNamed) };
}

async function surrounded(
  request: VerificationRequest,
  options: VerificationOptions,
): Promise<readonly VerificationResult[]> {
  const { dir, env, marker, signal, settings } = options;
  const around = await setUp(settings, { cwd: dir, env, marker }, signal);
  const results: VerificationResult[] = [];
  try {
    if (around.failure !== null) results.push(...unchecked(around.failure, request, options));
    else results.push(...(await commands(request, { ...options, env: around.env })));
  } finally {
    const failure = await around.end();
    if (failure !== null) results.push(failure);
  }
  return results;
}

function commands(
  { features, gate }: VerificationRequest,
  { settings, ...options }: VerificationOptions,
): Promise<readonly VerificationResult[]> {
  const { command, timeoutMs, protect } = settings;
  const env = protect.length === 0 ? options.env : { ...options.env, ...withoutNpmrc };
  // Not that of the setup: the end of each command ends all that bears its marker.
  const marker = partMarker(options.marker, "check");
  const verify = gate ? finalPass : verifyClaims;
  return verify(features, { ...options, env, marker, projectCommand: command, timeoutMs });
}

/**
 * An agent can write `~/.npmrc`, and npm takes the shell and the options of its scripts from there. The setup keeps
 * it, because it may have to log in somewhere, and decides nothing. One path for both is an error to npm.
 */
const withoutNpmrc = { npm_config_userconfig: "/dev/null", npm_config_globalconfig: "/dev/null/npmrc" };

/** A claim that could not be checked gets an answer, and it is no. What passed before keeps its good name. */
function unchecked(
  failure: VerificationResult,
  { features, claimed }: VerificationRequest,
  { settings }: VerificationOptions,
): readonly VerificationResult[] {
  const claims = features.filter(({ id }) => claimed.has(id));
  const answers = claims.flatMap((feature) => {
    const deciding = decidingCommand(feature, settings.command);
    return deciding === null
      ? []
      : [notRun(deciding, "setup", "Not checked: the setup of the checks failed.")];
  });
  return [failure, ...answers];
}

function lostProtection(protect: readonly string[]): VerificationResult {
  return {
    featureId: null,
    role: "setup",
    command: `protect ${protect.join(" ")}`,
    author: "person",
    ok: false,
    exitCode: null,
    durationMs: 0,
    outputTail:
      "[the protected files as people left them are lost: the repository or Onward's own files were tampered with; " +
      "a run without `verify.protect` takes the files as they are]",
  };
}

function destroyed(dir: string, cause: unknown): unknown {
  const gone = cause instanceof OnwardError && ["git-failed", "directory-missing"].includes(cause.code);
  if (!gone) return cause;
  return new OnwardError("git-failed", `After the verification ${dir} cannot be restored: ${cause.message}`, {
    hint: "If a verification command deleted `.git`, restore it from a clone, and mend the command.",
    cause,
  });
}
