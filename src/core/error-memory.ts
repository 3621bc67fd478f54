/**
 * What resolved which error: learnt when a check that failed holds again, offered when an error of the same
 * signature returns. Folded from the journal alone, which the agent cannot write, and bounded (J4): what has not
 * been seen for longest is forgotten first.
 */
import { errorSignature } from "./error-signature.ts";
import type { Resolution, SessionWork, VerificationResult } from "./event-parts.ts";
import { isBlameless } from "./verdicts.ts";

export interface ErrorMemory {
  /** Checks that failed when they were last run, oldest first. */
  readonly open: readonly OpenError[];
  /** Oldest first; one a signature. */
  readonly resolved: readonly ResolvedError[];
  /** What sessions did while something was open, newest first. */
  readonly work: readonly (SessionWork & { readonly session: number })[];
}

export interface OpenError {
  /** The same feature and the same command: only then does a success answer a failure. */
  readonly check: string;
  /** null: the project's own check. */
  readonly featureId: string | null;
  readonly signature: string;
  /** The last that was over when it failed first: what came later was done about it. */
  readonly session: number;
}

export interface ResolvedError extends Resolution {
  readonly signature: string;
}

export const nothingLearnt: ErrorMemory = { open: [], resolved: [], work: [] };

const maxOpen = 20;
const maxResolved = 40;
const maxWork = 6;

/** The most that is kept of one session, and told of one error. */
export const maxCommits = 4;
export const maxFiles = 6;

/** `session`: the last that was over when the commands ran. `work`: what it did, where that was looked up. */
export function learn(
  memory: ErrorMemory,
  results: readonly VerificationResult[],
  session: number,
  work: SessionWork | null,
): ErrorMemory {
  const worked = work === null ? memory.work : [{ session, ...work }, ...memory.work].slice(0, maxWork);
  const open = new Map(memory.open.map((error) => [error.check, error]));
  const resolved = new Map(memory.resolved.map((error) => [error.signature, error]));
  for (const result of results) {
    // What surrounds a check tells only its failures, and what did not run has no error of its own.
    if (result.role !== undefined || isBlameless(result)) continue;
    const check = checkOf(result);
    const before = open.get(check);
    if (result.ok) {
      if (before === undefined) continue;
      open.delete(check);
      // Taken out first, so that what was learnt last is forgotten last.
      resolved.delete(before.signature);
      resolved.set(before.signature, {
        signature: before.signature,
        session,
        ...since(worked, before.session),
      });
    } else {
      const { featureId } = result;
      const signature = signatureOf(result);
      open.set(check, before?.signature === signature ? before : { check, featureId, signature, session });
    }
  }
  return {
    open: [...open.values()].slice(-maxOpen),
    resolved: [...resolved.values()].slice(-maxResolved),
    work: open.size === 0 ? [] : worked,
  };
}

export interface Recollection extends Resolution {
  /** What fails now; null: the project's own check. */
  readonly featureId: string | null;
}

/** What resolved the errors that these features, or the project's own check (null), have now. */
export function recall(memory: ErrorMemory, featureIds: ReadonlySet<string | null>): readonly Recollection[] {
  return memory.open.flatMap(({ featureId, signature }) => {
    const known = featureIds.has(featureId) ? resolutionOf(memory, signature) : null;
    return known === null ? [] : [{ featureId, ...known }];
  });
}

/** What resolved the error of a check that has just failed; null where none of its kind is known. */
export function recallFor(memory: ErrorMemory, result: VerificationResult): Resolution | null {
  return result.ok || isBlameless(result) ? null : resolutionOf(memory, signatureOf(result));
}

function resolutionOf({ resolved }: ErrorMemory, signature: string): Resolution | null {
  const known = resolved.find((error) => error.signature === signature);
  return known === undefined ? null : { session: known.session, commits: known.commits, files: known.files };
}

/** In words, to follow the name of what fails. */
export function resolutionText({ session, commits, files }: Resolution): string {
  const what = `an error of this kind was gone after session ${session}`;
  if (commits.length === 0 && files.length === 0)
    return `${what}, which changed nothing: it may come and go by itself.`;
  const work = [
    ...(commits.length === 0 ? [] : [`commits ${commits.map((subject) => `"${subject}"`).join(", ")}`]),
    ...(files.length === 0 ? [] : [`files ${files.join(", ")}`]),
  ];
  return `${what}: ${work.join("; ")}.`;
}

function since(work: ErrorMemory["work"], session: number): SessionWork {
  const done = work.filter((one) => one.session > session);
  return {
    commits: [...new Set(done.flatMap(({ commits }) => commits))].slice(0, maxCommits),
    files: [...new Set(done.flatMap(({ files }) => files))].slice(0, maxFiles),
  };
}

function signatureOf(result: VerificationResult): string {
  return errorSignature(result.outputTail) || checkOf(result);
}

function checkOf({ featureId, command }: VerificationResult): string {
  return `${featureId ?? "the project"}: ${command}`.slice(0, 200);
}
