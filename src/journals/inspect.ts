/**
 * The look at a journal before it is used (J3), at a cost that does not grow with it (J4).
 *
 * `PRAGMA quick_check` reads every page, so it is not done. What a crash, a full disk or a careless hand does
 * to a file shows at its edges: the header (not SQLite, not ours, newer), the tables (a file that was cut or
 * swapped), pages that the file should have but has not, the first and the last events, and a snapshot that
 * knows of later events than there are. Damage in the middle of the file is found by SQLite or by `read` when
 * it is touched, and refused then.
 *
 * All of it happens on a read-only connection: one that may write would roll back, checkpoint and delete
 * side files, which is just the evidence that someone who has to rescue a damaged journal needs.
 */
import { closeSync, existsSync, fstatSync, openSync, readSync, statSync } from "node:fs";
import type { DatabaseSync } from "node:sqlite";
import { pathToFileURL } from "node:url";
import { damaged, newer } from "./damage.ts";
import { failureOf, openDatabase } from "./database.ts";
import { applicationId, currentSchema, pragma, schemaOf } from "./schema.ts";
import { type EventRow, parseRow } from "./stored.ts";

const tailLength = 16;

/** A read-only connection to a journal that has been found good. Throws what `inspect` throws. */
export function openForReading(file: string, busyMs: number): DatabaseSync {
  const db = openReadOnly(file, busyMs);
  try {
    inspect(db, file);
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

function openReadOnly(file: string, busyMs: number): DatabaseSync {
  const db = openDatabase(file, { readOnly: true, busyMs });
  try {
    db.prepare("SELECT count(*) FROM sqlite_schema").get();
    return db;
  } catch (error) {
    db.close();
    // A reader of a WAL database has to create its side files. Where it must not, and nobody writes (a writer
    // would have them created), the file alone is the whole journal.
    if (failureOf(error) !== "disk" || !existsSync(file) || existsSync(`${file}-wal`)) throw error;
    return openDatabase(new URL(`${pathToFileURL(file)}?immutable=1`), { readOnly: true, busyMs });
  }
}

/** Throws `journal-damaged`, `journal-newer`, or SQLite's own error. */
function inspect(db: DatabaseSync, file: string): void {
  if (pragma(db, "page_count") === 0) throw damaged(file, "it is empty");
  if (pragma(db, "application_id") !== applicationId) throw damaged(file, "it is not a journal of Onward");
  const schema = schemaOf(db);
  if (schema > currentSchema)
    throw newer(file, `its schema is ${schema}, this one knows up to ${currentSchema}`);

  if (lacksPages(db, file)) throw damaged(file, "a part of the file is missing");
  const { first, last, folded } = db
    .prepare(
      `SELECT (SELECT min(version) FROM events) AS first, (SELECT max(version) FROM events) AS last,
              (SELECT max(version) FROM snapshots) AS folded, (SELECT min(id) FROM inbox)`,
    )
    .get() as { first: number | null; last: number | null; folded: number | null };
  if (first !== null && first !== 1) throw damaged(file, `it begins with event ${first}`);
  if ((folded ?? 0) > (last ?? 0))
    throw damaged(file, `it ends with event ${last ?? 0}, but there were ${folded}`);

  const tail = db
    .prepare("SELECT version, type, body FROM events ORDER BY version DESC LIMIT ?")
    .all(tailLength);
  let expected = last ?? 0;
  for (const row of tail as unknown as EventRow[]) {
    if (row.version !== expected) throw damaged(file, `event ${expected} is missing`);
    parseRow(file, row);
    expected -= 1;
  }
}

/**
 * Whether there are pages neither in the file nor in the write-ahead log. SQLite itself looks only when there
 * is no log. The log is read before the size is taken, so that a checkpoint in between does no harm.
 */
function lacksPages(db: DatabaseSync, file: string): boolean {
  const pageSize = pragma(db, "page_size");
  const count = pragma(db, "page_count");
  const logged = loggedPages(`${file}-wal`, pageSize);
  const present = Math.floor(statSync(file).size / pageSize);
  for (let page = present + 1; page <= count; page += 1) if (!logged.has(page)) return true;
  return false;
}

/**
 * Page numbers of the log's frames (sqlite.org/fileformat2.html, "The Write-Ahead Log"). SQLite holds no lock on
 * the log itself, so opening and closing it here takes none away.
 */
function loggedPages(wal: string, pageSize: number): ReadonlySet<number> {
  const pages = new Set<number>();
  if (!existsSync(wal)) return pages;
  const number = Buffer.alloc(4);
  const log = openSync(wal, "r");
  try {
    const { size } = fstatSync(log);
    for (let at = 32; at < size; at += 24 + pageSize) {
      readSync(log, number, 0, 4, at);
      pages.add(number.readUInt32BE());
    }
  } finally {
    closeSync(log);
  }
  return pages;
}
