/**
 * Every way in which Onward itself can fail. Adapters throw it with facts; only the command line turns it
 * into words on a screen and an exit code.
 */
export type ErrorCode =
  | "usage"
  | "config-invalid"
  | "config-untrusted"
  | "directory-missing"
  | "directory-not-writable"
  | "spec-missing"
  | "nothing-to-do"
  | "feature-list-damaged"
  | "journal-damaged"
  | "journal-newer"
  | "journal-conflict"
  | "project-held"
  | "git-missing"
  | "git-failed"
  | "tree-dirty"
  | "agent-missing"
  | "credentials-missing"
  | "disk"
  | "internal";

export class OnwardError extends Error {
  override readonly name = "OnwardError";
  readonly code: ErrorCode;
  /** What the person can do next; one sentence, imperative. */
  readonly hint: string | undefined;

  constructor(code: ErrorCode, message: string, options: { hint?: string; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.hint = options.hint;
  }
}
