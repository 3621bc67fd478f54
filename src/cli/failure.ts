import type { ErrorCode } from "../core/errors.ts";
import { OnwardError } from "../core/errors.ts";

/** Tells a person what went wrong and what to do, and answers the exit code. */
export function reportFailure(error: unknown, { debug }: { readonly debug: boolean }): number {
  const known = error instanceof OnwardError && error.code !== "internal";
  const message = error instanceof Error ? error.message : String(error);
  const out = [`error: ${known ? message : `${message} (this is a bug in Onward)`}`];
  const hint = error instanceof OnwardError ? error.hint : undefined;
  if (hint !== undefined) out.push(`hint: ${hint}`);
  if (debug && error instanceof Error) out.push(stackOf(error));
  else if (!known) out.push("hint: Run it again with --debug, and report what it prints.");
  process.stderr.write(`${out.join("\n")}\n`);
  return error instanceof OnwardError ? exitCodes[error.code] : 1;
}

/** 4: a person has to do something about the project or the machine before anything can go on. */
const exitCodes: Readonly<Record<ErrorCode, number>> = {
  usage: 2,
  "config-invalid": 2,
  "spec-missing": 2,
  "nothing-to-do": 2,
  "directory-missing": 2,
  "config-untrusted": 4,
  "feature-list-damaged": 4,
  "journal-damaged": 4,
  "journal-newer": 4,
  "agent-missing": 4,
  "credentials-missing": 4,
  "git-missing": 4,
  "tree-dirty": 4,
  "project-held": 5,
  "directory-not-writable": 1,
  "journal-conflict": 1,
  "git-failed": 1,
  disk: 1,
  internal: 1,
};

function stackOf(error: Error): string {
  const own = error.stack ?? error.message;
  return error.cause instanceof Error ? `${own}\ncaused by: ${stackOf(error.cause)}` : own;
}
