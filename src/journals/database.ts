/**
 * SQLite as we use it: opened without noise, and its failures told apart by what a person must do.
 *
 * Never read a database file of ours with `node:fs` in a process that may hold it open: POSIX drops all locks
 * that a process has on a file as soon as it closes any descriptor of that file. Connections of SQLite within
 * one process know of each other and are safe.
 */
import { statfsSync } from "node:fs";
import { dirname } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { OnwardError } from "../core/errors.ts";
import { sharedFileSystem } from "../core/file-systems.ts";

const { DatabaseSync: Database } = loadSqlite();

export interface DatabaseOptions {
  readonly readOnly?: boolean;
  /** How long to wait for another process's transaction. */
  readonly busyMs: number;
}

/** `file` may be a `file:` URL with SQLite's own parameters. */
export function openDatabase(
  file: string | URL,
  { readOnly = false, busyMs }: DatabaseOptions,
): DatabaseSync {
  return new Database(file, { readOnly, timeout: busyMs });
}

/**
 * Every commit from now on is on the disk when it returns. WAL needs memory shared between processes, which
 * network file systems do not have: there it is the rollback journal. EXTRA is FULL for WAL; for the rollback
 * journal it adds the fsync of the directory, without which a power cut could bring a finished commit back.
 */
export function makeDurable(db: DatabaseSync, mode: "WAL" | "DELETE"): "wal" | "delete" {
  const row = db.prepare(`PRAGMA journal_mode = ${mode}`).get();
  db.exec("PRAGMA synchronous = EXTRA");
  return row?.journal_mode === "wal" ? "wal" : "delete";
}

/**
 * Whether commits from now on wait for the disk. Not to wait costs nothing but the last ones after a power cut, and
 * only with WAL: a rollback journal that is not synced may leave a damaged database, so there they always wait.
 */
export function setDurable(db: DatabaseSync, durable: boolean): void {
  const wal = db.prepare("PRAGMA journal_mode").get()?.journal_mode === "wal";
  db.exec(`PRAGMA synchronous = ${durable || !wal ? "EXTRA" : "NORMAL"}`);
}

/** SQLite cannot tell: within one kernel, its test for shared memory succeeds there. */
export function isOnNetwork(file: string): boolean {
  return process.platform === "linux" && sharedFileSystem(statfsSync(dirname(file)).type) !== null;
}

/** What went wrong, by SQLite's primary result code (sqlite.org/rescode.html); a failed system call is the disk's. */
export type SqliteFailure = "busy" | "disk" | "damaged" | "other";

export function failureOf(error: unknown): SqliteFailure {
  if (error instanceof Error && "syscall" in error) return "disk";
  switch (resultCode(error) & 0xff) {
    case 5: // BUSY
    case 6: // LOCKED
      return "busy";
    case 8: // READONLY
    case 10: // IOERR
    case 13: // FULL
    case 14: // CANTOPEN
      return "disk";
    case 1: // ERROR: our statements are fixed, so it is the tables that are not what they were
    case 11: // CORRUPT
    case 26: // NOTADB
      return "damaged";
    default:
      return "other";
  }
}

/** The extended result code; 0 when the error does not come from SQLite. */
export function resultCode(error: unknown): number {
  return error instanceof Error && "errcode" in error && typeof error.errcode === "number"
    ? error.errcode
    : 0;
}

/** `disk` with the system's reason. */
export function diskError(file: string, error: unknown): OnwardError {
  const reason = error instanceof Error ? error.message : String(error);
  return new OnwardError("disk", `Cannot use ${file}: ${reason}.`, {
    hint: "Check that its directory exists and is writable and that the disk is not full (`df -h`), then run again: what was written before is safe.",
    cause: error,
  });
}

/**
 * Early releases of Node 24 print an ExperimentalWarning at the first use of `node:sqlite`. It is loaded here in
 * one synchronous step, during which just this warning is dropped; no flag, no listener, no other warning.
 */
function loadSqlite(): typeof import("node:sqlite") {
  const { emitWarning } = process;
  process.emitWarning = () => {};
  try {
    return process.getBuiltinModule("node:sqlite");
  } finally {
    process.emitWarning = emitWarning;
  }
}
