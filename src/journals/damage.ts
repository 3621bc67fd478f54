/**
 * What is wrong with a journal, and what to do about it (J3).
 */
import { OnwardError } from "../core/errors.ts";
import { diskError, failureOf } from "./database.ts";

export function damaged(file: string, what: string, cause?: unknown): OnwardError {
  return new OnwardError("journal-damaged", `The journal ${file} is damaged: ${what}.`, {
    hint:
      `Move ${file} aside, with ${file}-wal and ${file}-shm if they exist, and run again: files, features, notes ` +
      "and commits stay as they are; lost are the history of sessions and what the run has spent so far.",
    cause,
  });
}

export function newer(file: string, what: string): OnwardError {
  return new OnwardError("journal-newer", `The journal ${file} was written by a newer Onward: ${what}.`, {
    hint: "Update Onward (`npm install -g onward@latest`), then run again; nothing has been changed.",
  });
}

/** What a failed statement means for a person; a bug stays what it is. */
export function journalError(file: string, error: unknown): unknown {
  switch (failureOf(error)) {
    case "damaged":
      return damaged(file, error instanceof Error ? error.message : String(error), error);
    case "disk":
      return diskError(file, error);
    case "busy":
      return new OnwardError("disk", `The journal ${file} is locked by another program.`, {
        hint: `Close the program that has it open (\`lsof ${file}\`): a database browser, a backup.`,
        cause: error,
      });
    case "other":
      return error;
  }
}
