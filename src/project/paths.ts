/**
 * Where things lie in a project's directory. `.onward/` is ours: agents may not write there, and git never
 * sees it, because it holds its own `.gitignore`.
 */
import { lstatSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { OnwardError } from "../core/errors.ts";
import { fileError } from "./atomic-write.ts";

export const featureListName = "feature_list.json";
export const notesName = "claude-progress.txt";
export const configFileName = "onward.config.json";
export const stateDirectoryName = ".onward";
/** The files that Onward itself writes and commits; a change in them alone is no work on the project. */
export const ownFiles: readonly string[] = [featureListName, notesName];

export interface StatePaths {
  readonly root: string;
  readonly journal: string;
  readonly lock: string;
  readonly snapshots: string;
  /** Every decision of the guard, a line each. */
  readonly audit: string;
  /** The private git index of checkpoints. */
  readonly index: string;
  /** Where a copy of the project is verified, for as long as that takes. */
  readonly copy: string;
  readonly sessions: string;
  /** The folder of one session: `sessions/0007`. */
  readonly session: (number: number) => string;
}

export function statePaths(dir: string): StatePaths {
  const root = join(dir, stateDirectoryName);
  const sessions = join(root, "sessions");
  return {
    root,
    journal: join(root, "journal.db"),
    lock: join(root, "lock.db"),
    snapshots: join(root, "snapshots"),
    audit: join(root, "audit.jsonl"),
    index: join(root, "index"),
    copy: join(root, "copy"),
    sessions,
    session: (number) => join(sessions, String(number).padStart(4, "0")),
  };
}

/**
 * Makes `.onward/` where it is missing. Throws `directory-missing` without a project directory,
 * `directory-not-writable` or `disk` when it cannot be made, or when something else stands in its place: a
 * symbolic link there would carry our state, and everything trusted in it, to wherever it points.
 */
export async function ensureStateDirectory(dir: string): Promise<StatePaths> {
  const paths = statePaths(dir);
  try {
    unlessThere(() => mkdirSync(paths.root, { mode: 0o700 }));
    if (!lstatSync(paths.root).isDirectory()) throw inTheWay(paths.root);
    for (const folder of [paths.sessions, paths.snapshots]) mkdirSync(folder, { recursive: true });
    unlessThere(() => writeFileSync(join(paths.root, ".gitignore"), "*\n", { flag: "wx" }));
  } catch (error) {
    throw fileError(paths.root, error);
  }
  return paths;
}

function unlessThere(make: () => void): void {
  try {
    make();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
}

function inTheWay(path: string): OnwardError {
  return new OnwardError("directory-not-writable", `${path} is not a directory.`, {
    hint: "Onward keeps its state there: move what stands in its place away.",
  });
}
