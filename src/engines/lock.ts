/**
 * At most one manager per project (R1).
 *
 * L1 The lock is an exclusive SQLite transaction on a file that stays empty, held for the manager's life. The
 *    kernel releases it when the process dies, however it dies; nothing is ever left to clean up.
 * L2 The details beside it say who holds it. They inform a person and decide nothing: they may be missing,
 *    stale or garbage.
 * L3 The lock file is never removed: two files under one name would be two locks.
 * L4 In the holder's process only SQLite opens the lock file. POSIX releases all locks of a process on a file
 *    when any of its descriptors is closed; SQLite keeps count of its own, so asking from within is safe,
 *    while a `readFileSync` of the lock file would let a second manager in.
 * L5 A connection that nothing refers to is garbage, and its collection would release the lock under a living
 *    manager. So every lock that is held is kept here, whatever its holder does with it.
 */
import { readFileSync, readlinkSync, renameSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { dirname, join } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { OnwardError } from "../core/errors.ts";
import { diskError, failureOf, openDatabase } from "../journals/database.ts";
import { isPresent } from "../project/presence.ts";

export interface LockOwner {
  readonly pid: number;
  readonly host: string;
  /** Within which `pid` means something, where processes have namespaces: a container has its own. */
  readonly pidNamespace: string | null;
  /** Epoch milliseconds. */
  readonly since: number;
}

export interface ProjectLock extends AsyncDisposable {
  readonly owner: LockOwner;
}

export type LockStatus =
  | { readonly type: "free" }
  /** `owner` is null when the holder has not told, or cannot be read. */
  | { readonly type: "held"; readonly owner: LockOwner | null };

/** L5. */
const connectionsHeld = new Set<DatabaseSync>();

/** Long enough for those who only ask, and hold it for microseconds; short enough for a person. */
const waitMs = 300;

/**
 * Takes the lock `file`, whose directory must exist, until it is disposed. Throws `project-held` with who holds
 * it, or `disk`.
 */
export async function acquireLock(file: string, owner: LockOwner): Promise<ProjectLock> {
  const db = await lockOrExplain(file);
  connectionsHeld.add(db);
  writeOwner(file, owner);
  return {
    owner,
    async [Symbol.asyncDispose]() {
      if (!db.isOpen) return;
      removeQuietly(ownerFile(file));
      db.close();
      connectionsHeld.delete(db);
    },
  };
}

/**
 * Whether a manager is alive now. Asks the lock itself, and changes nothing. Throws `directory-not-writable` where it
 * may not look, and `disk`.
 */
export async function readLockOwner(file: string): Promise<LockStatus> {
  if (!isPresent(file)) return { type: "free" };
  const db = openDatabase(file, { readOnly: true, busyMs: 0 });
  try {
    // Reading needs the shared lock, which nobody gets beside the exclusive one.
    db.prepare("SELECT count(*) FROM sqlite_schema").get();
    return { type: "free" };
  } catch (error) {
    switch (failureOf(error)) {
      case "busy":
        return { type: "held", owner: readOwner(file) };
      case "damaged": // found out under the shared lock
        return { type: "free" };
      default:
        throw diskError(file, error);
    }
  } finally {
    db.close();
  }
}

async function lockOrExplain(file: string): Promise<DatabaseSync> {
  try {
    return lock(file);
  } catch (error) {
    switch (failureOf(error)) {
      case "busy":
        throw held(readOwner(file));
      case "damaged":
        return mend(file);
      case "disk":
        throw diskError(file, error);
      case "other":
        throw error;
    }
  }
}

function lock(file: string): DatabaseSync {
  const db = openDatabase(file, { busyMs: waitMs });
  try {
    db.exec("BEGIN EXCLUSIVE");
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

/**
 * SQLite finds content that is not its own only after the shared lock, so nobody holds the exclusive one. It is
 * emptied in place (L3); two who do so at once harm nobody, for an empty file is all that the lock needs.
 */
function mend(file: string): DatabaseSync {
  try {
    truncateSync(file);
    return lock(file);
  } catch (error) {
    throw failureOf(error) === "busy" ? held(readOwner(file)) : diskError(file, error);
  }
}

function held(owner: LockOwner | null): OnwardError {
  const who =
    owner === null
      ? "another process"
      : `${describeOwner(owner)}, since ${new Date(owner.since).toISOString()}`;
  return new OnwardError("project-held", `This project is held by ${who}.`, {
    hint: "Watch it with `onward status`, or end it with `onward stop`.",
  });
}

/** For a person, who may look for the process. */
export function describeOwner(owner: LockOwner): string {
  const process = `process ${owner.pid} on ${owner.host}`;
  return isHere(owner) ? process : `${process}, another container or machine`;
}

/** Whether its process id is one that can be used here: elsewhere it is a stranger's. */
export function isHere({ host, pidNamespace }: LockOwner): boolean {
  return host === hostname() && pidNamespace === ownPidNamespace();
}

/** Linux alone has them. */
export function ownPidNamespace(): string | null {
  try {
    return readlinkSync("/proc/self/ns/pid");
  } catch {
    return null;
  }
}

function ownerFile(file: string): string {
  return join(dirname(file), "lock-owner.json");
}

function writeOwner(file: string, owner: LockOwner): void {
  const draft = `${ownerFile(file)}.${crypto.randomUUID()}`;
  try {
    writeFileSync(draft, `${JSON.stringify(owner)}\n`);
    renameSync(draft, ownerFile(file));
  } catch {
    // A full disk is no reason not to hold the lock (L2); what needs the disk will say so.
    removeQuietly(draft);
  }
}

function removeQuietly(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // What stays behind informs nobody: the lock itself is asked first (L2).
  }
}

/** Parsed by hand: this is on the way of every `onward status`, and loading zod takes twice as long as all of it. */
function readOwner(file: string): LockOwner | null {
  try {
    const { pid, host, since, pidNamespace } = JSON.parse(readFileSync(ownerFile(file), "utf8"));
    const known =
      Number.isInteger(pid) && typeof host === "string" && Number.isFinite(new Date(since).getTime());
    return known
      ? { pid, host, since, pidNamespace: typeof pidNamespace === "string" ? pidNamespace : null }
      : null;
  } catch {
    return null;
  }
}
