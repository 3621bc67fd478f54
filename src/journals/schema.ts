import type { DatabaseSync } from "node:sqlite";

/** "Onwd": by it SQLite's own `file` signature and we tell a journal from any other database. */
export const applicationId = 0x4f6e7764;

/**
 * Migration n leads from schema n to n + 1, `PRAGMA user_version`. Append only: journals of every released
 * schema exist.
 */
const migrations: readonly string[] = [
  `CREATE TABLE events (
     version INTEGER PRIMARY KEY,
     type TEXT NOT NULL,
     at INTEGER NOT NULL,
     body TEXT NOT NULL
   ) STRICT;
   CREATE INDEX events_by_type ON events (type);
   CREATE TABLE snapshots (
     schema INTEGER PRIMARY KEY,
     version INTEGER NOT NULL,
     state TEXT NOT NULL
   ) STRICT;
   CREATE TABLE inbox (
     id INTEGER PRIMARY KEY AUTOINCREMENT,
     at INTEGER NOT NULL,
     command TEXT NOT NULL
   ) STRICT;`,
];

export const currentSchema = migrations.length;

/** Brings a journal, or an empty database, to the newest schema; all or nothing, and once among processes. */
export function migrate(db: DatabaseSync): void {
  if (schemaOf(db) === currentSchema) return;
  db.exec("BEGIN IMMEDIATE");
  for (const migration of migrations.slice(schemaOf(db))) db.exec(migration);
  db.exec(`PRAGMA application_id = ${applicationId}; PRAGMA user_version = ${currentSchema}; COMMIT`);
}

export function schemaOf(db: DatabaseSync): number {
  return pragma(db, "user_version");
}

export function pragma(
  db: DatabaseSync,
  name: "user_version" | "application_id" | "page_size" | "page_count",
): number {
  return Number(db.prepare(`PRAGMA ${name}`).get()?.[name]);
}
