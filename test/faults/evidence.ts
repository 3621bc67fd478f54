/**
 * What managers leave behind, read with none of their code: the journal's rows through SQLite itself, a session's
 * turns and the feature list as the JSON that they are, git's own words, and what the witness saw.
 */
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { RunEvent } from "../../src/core/events.ts";
import type { Usage } from "../../src/core/session.ts";
import type { Scene } from "./scene.ts";

/** One row of the journal: its event, and the very text of it. */
export interface Row {
  readonly version: number;
  readonly type: string;
  readonly at: number;
  readonly body: string;
  readonly event: RunEvent;
}

export function readRows({ dir }: Scene): readonly Row[] {
  const db = new DatabaseSync(join(dir, ".onward", "journal.db"), { readOnly: true });
  try {
    const rows = db.prepare("SELECT version, type, at, body FROM events ORDER BY version").all();
    return rows.map((row) => ({
      version: Number(row.version),
      type: String(row.type),
      at: Number(row.at),
      body: String(row.body),
      event: JSON.parse(String(row.body)) as RunEvent,
    }));
  } finally {
    db.close();
  }
}

/** What the model answered in one session, as its `turns.jsonl` has it. */
export interface Answered {
  readonly turns: number;
  readonly usage: Usage;
}

export function answeredIn({ dir }: Scene, session: number): Answered {
  const file = join(dir, ".onward", "sessions", String(session).padStart(4, "0"), "turns.jsonl");
  const usages = linesOf(file).map((line) => (JSON.parse(line) as { usage: Usage }).usage);
  const sum = (field: keyof Usage) => usages.reduce((total, usage) => total + usage[field], 0);
  return {
    turns: usages.length,
    usage: {
      inputTokens: sum("inputTokens"),
      outputTokens: sum("outputTokens"),
      cacheReadTokens: sum("cacheReadTokens"),
      cacheWriteTokens: sum("cacheWriteTokens"),
    },
  };
}

export interface Listed {
  readonly id: string;
  readonly passes: boolean;
}

/** null where it is no list at all. */
export function readList({ dir }: Scene): readonly Listed[] | null {
  try {
    const list: unknown = JSON.parse(readFileSync(join(dir, "feature_list.json"), "utf8"));
    return Array.isArray(list) ? (list as Listed[]) : null;
  } catch {
    return null;
  }
}

/** Commits by the names under `refs/onward`. */
export function readRefs({ dir }: Scene): ReadonlyMap<string, string> {
  const args = ["for-each-ref", "--format=%(refname) %(objectname)", "refs/onward"];
  const lines = execFileSync("git", args, { cwd: dir, encoding: "utf8" }).trim().split("\n");
  return new Map(lines.map((line) => [line.split(" ")[0] ?? "", line.split(" ")[1] ?? ""]));
}

export function sessionDirectories({ dir }: Scene): readonly string[] {
  return readdirSync(join(dir, ".onward", "sessions"));
}

/** The sessions that Onward's own entries in the notes are about. */
export function notedSessions({ dir }: Scene): readonly number[] {
  return linesOf(join(dir, "claude-progress.txt")).flatMap((line) => {
    const number = /^--- Onward: session (\d+) ---$/.exec(line)?.[1];
    return number === undefined ? [] : [Number(number)];
  });
}

/** The text of every event that was acknowledged, in the order in which it was. */
export function acknowledged({ witness }: Scene): readonly string[] {
  return linesOf(join(witness, "events.log"));
}

/** What an agent of a session said of itself outside of the project. */
export interface Mark {
  readonly marker: string;
  readonly what: string;
}

export function agentMarks({ witness }: Scene): readonly Mark[] {
  return linesOf(join(witness, "agents.log")).map((line) => {
    const [marker = "", _pid, ...what] = line.split(" ");
    return { marker, what: what.join(" ") };
  });
}

/** A last line that was cut is one that its writer did not finish, and so did not say. */
function linesOf(file: string): readonly string[] {
  if (!existsSync(file)) return [];
  return readFileSync(file, "utf8").split("\n").slice(0, -1);
}
