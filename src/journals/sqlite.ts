/**
 * The journal on SQLite, one file a project.
 *
 * J1 A commit is on the disk when it returns (`makeDurable`), or with the next that has to be; kill -9 leaves a
 *    log that the next opening plays.
 * J2 The version is checked and the events are inserted in one immediate transaction.
 * J3 Nothing is opened for writing before `inspect.ts` has found it good; a journal comes into being whole,
 *    under another name, so that an empty or half-made file is never one of ours.
 * J4 Every statement but `read` touches a bounded number of pages, and so does opening.
 *
 * All calls are synchronous inside: an append takes as long as one fsync, and a thread pool would cost more.
 */
import { existsSync, linkSync, renameSync, rmSync, statSync } from "node:fs";
import type { DatabaseSync } from "node:sqlite";
import { OnwardError } from "../core/errors.ts";
import type { Journal } from "../ports.ts";
import { damaged, journalError } from "./damage.ts";
import { isOnNetwork, makeDurable, openDatabase, resultCode, setDurable } from "./database.ts";
import { openForReading } from "./inspect.ts";
import { migrate } from "./schema.ts";
import { type EventRow, parseRow } from "./stored.ts";

export interface SqliteJournalOptions {
  /** Made when it does not exist; its directory must. */
  readonly file: string;
  /** For watchers: never writes, and reads a file that does not exist as an empty journal. */
  readonly readOnly?: boolean;
}

/** Others hold the write lock for one insert into the inbox, or one checkpoint. */
const busyMs = 5000;
const readOnlyRollback = 776;

/** Throws `journal-damaged`, `journal-newer` or `disk`; then nothing has been changed. */
export async function sqliteJournal({ file, readOnly = false }: SqliteJournalOptions): Promise<Journal> {
  try {
    return journalOn(readOnly ? openToRead(file) : openToWrite(file), file, readOnly);
  } catch (error) {
    throw journalError(file, error);
  }
}

function openToRead(file: string): DatabaseSync {
  if (existsSync(file)) return openForReading(file, busyMs);
  const empty = openDatabase(":memory:", { busyMs });
  migrate(empty);
  return empty;
}

function openToWrite(file: string): DatabaseSync {
  if (!existsSync(file)) create(file);
  try {
    openForReading(file, busyMs).close();
  } catch (error) {
    // A crashed writer's rollback journal, on a file system without WAL: SQLite undoes the unfinished commit.
    if (resultCode(error) !== readOnlyRollback) throw error;
    connect(file).close();
    openForReading(file, busyMs).close();
  }
  return connect(file);
}

function create(file: string): void {
  const draft = `${file}.${crypto.randomUUID()}`;
  try {
    const db = connect(draft);
    try {
      // What closing does by itself, but says nothing of where it fails: then the file would be a journal without
      // its content.
      db.exec("PRAGMA wal_checkpoint(TRUNCATE)");
    } finally {
      db.close();
    }
    // Unlike a rename, a link does not replace the journal of a process that was quicker.
    linkSync(draft, file);
  } catch (error) {
    if (existsSync(file)) return;
    if (resultCode(error) !== 0 || !existsSync(draft)) throw error;
    renameSync(draft, file); // a file system without links
  } finally {
    for (const rest of ["", "-wal", "-shm", "-journal"]) rmSync(`${draft}${rest}`, { force: true });
  }
}

function connect(file: string): DatabaseSync {
  const db = openDatabase(file, { busyMs });
  try {
    makeDurable(db, isOnNetwork(file) ? "DELETE" : "WAL");
    // A log that grows makes every commit allocate blocks; a short one is soon overwritten in place, which
    // takes half the time (`bench/journal.ts`). It also bounds what an opening after a crash has to read.
    db.exec("PRAGMA wal_autocheckpoint = 100");
    migrate(db);
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

function journalOn(db: DatabaseSync, file: string, readOnly: boolean): Journal {
  const last = db.prepare("SELECT max(version) AS version FROM events");
  const insert = db.prepare("INSERT INTO events (version, type, at, body) VALUES (?, ?, ?, ?)");
  const all = db.prepare("SELECT version, type, body FROM events WHERE version > ? ORDER BY version");
  const ofTypes = db.prepare(
    `SELECT version, type, body FROM events
     WHERE version > ? AND type IN (SELECT value FROM json_each(?)) ORDER BY version`,
  );
  const loadSnapshot = db.prepare("SELECT version, state FROM snapshots WHERE schema = ?");
  const storeSnapshot = db.prepare(
    `INSERT INTO snapshots (schema, version, state) VALUES (?, ?, ?)
     ON CONFLICT DO UPDATE SET version = excluded.version, state = excluded.state
     WHERE excluded.version >= version`,
  );
  const postCommand = db.prepare("INSERT INTO inbox (at, command) VALUES (?, ?)");
  const waiting = db.prepare("SELECT id, at, command FROM inbox ORDER BY id");
  const forget = db.prepare("DELETE FROM inbox WHERE id = ?");

  const opened = readOnly ? null : identityOf(file);
  const version = () => Number(last.get()?.version ?? 0);
  const guarded = async <T>(work: () => T): Promise<T> => {
    try {
      return work();
    } catch (error) {
      if (db.isOpen && db.isTransaction) db.exec("ROLLBACK");
      throw journalError(file, error);
    }
  };
  const writing = async <T>(work: () => T, durable = true): Promise<T> => {
    if (readOnly) throw new OnwardError("internal", `The journal ${file} is open for reading only.`);
    return guarded(() => {
      setDurable(db, durable);
      return work();
    });
  };

  return {
    version: () => guarded(version),
    append: (expectedVersion, events, { durable } = {}) =>
      writing(() => {
        // Into a file that has lost its name SQLite writes as well; nobody would find it again (J1).
        if (identityOf(file) !== opened) throw movedAway(file);
        db.exec("BEGIN IMMEDIATE");
        if (version() !== expectedVersion) throw conflict(file, expectedVersion, version());
        let next = expectedVersion;
        for (const event of events) insert.run(++next, event.type, event.at, JSON.stringify(event));
        db.exec("COMMIT");
        return next;
      }, durable),
    read: (afterVersion, types) =>
      guarded(() => {
        const rows =
          types === undefined ? all.all(afterVersion) : ofTypes.all(afterVersion, JSON.stringify(types));
        return (rows as unknown as EventRow[]).map((row, index) => {
          if (types === undefined && row.version !== afterVersion + 1 + index) {
            throw damaged(file, `event ${afterVersion + 1 + index} is missing`);
          }
          return parseRow(file, row);
        });
      }),
    latestSnapshot: (schema) =>
      guarded(() => {
        const row = loadSnapshot.get(schema);
        return row === undefined
          ? null
          : { version: Number(row.version), state: JSON.parse(String(row.state)) };
      }),
    saveSnapshot: (schema, snapshot) =>
      writing(() => void storeSnapshot.run(schema, snapshot.version, JSON.stringify(snapshot.state))),
    post: (command, at) => writing(() => void postCommand.run(at, JSON.stringify(command))),
    waitingCommands: () =>
      guarded(() =>
        waiting.all().map((row) => ({
          id: Number(row.id),
          at: Number(row.at),
          command: JSON.parse(String(row.command)),
        })),
      ),
    forgetCommand: (id) => writing(() => forget.run(id).changes > 0),
    async [Symbol.asyncDispose]() {
      if (db.isOpen) db.close();
    },
  };
}

/** null when there is no such file. */
function identityOf(file: string): string | null {
  const found = statSync(file, { throwIfNoEntry: false });
  return found === undefined ? null : `${found.dev}:${found.ino}`;
}

function movedAway(file: string): OnwardError {
  return new OnwardError(
    "journal-damaged",
    `The journal ${file} was deleted or replaced while it was in use.`,
    {
      hint: "Put it back if you have it. If the agent did it (`onward audit` tells), run with the strict guard.",
    },
  );
}

function conflict(file: string, expected: number, actual: number): OnwardError {
  return new OnwardError("journal-conflict", `${file} is at event ${actual}, not ${expected}.`, {
    hint: "Another process has written to it: see who holds the project with `onward status`.",
  });
}
