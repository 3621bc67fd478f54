/** The files of one session, all in `.onward/sessions/0007/`. */
import { existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { StatePaths } from "../project/paths.ts";

export interface SessionFiles {
  readonly dir: string;
  readonly prompt: string;
  readonly transcript: string;
  readonly turns: string;
  readonly result: string;
  readonly before: string;
  readonly watched: string;
  readonly integrity: string;
  readonly damagedList: string;
}

export function sessionFiles(paths: StatePaths, number: number): SessionFiles {
  const dir = paths.session(number);
  return {
    dir,
    prompt: join(dir, "prompt.md"),
    transcript: join(dir, "transcript.jsonl"),
    turns: join(dir, "turns.jsonl"),
    result: join(dir, "result.json"),
    before: join(dir, "before.json"),
    watched: join(dir, "watched.json"),
    integrity: join(dir, "integrity.json"),
    damagedList: join(dir, "feature_list.damaged.json"),
  };
}

/** Not at once with its parent: for a file system that is read-only node would then say that the parent is missing. */
export function makeSessionDirectory({ dir }: SessionFiles): void {
  mkdirSync(dirname(dir), { recursive: true });
  if (!existsSync(dir)) mkdirSync(dir);
}

/** What one of our JSON files holds. They are written whole: `damaged` is not the work of a crash of ours. */
export type Kept<T> =
  | { readonly type: "absent" }
  | { readonly type: "damaged" }
  | { readonly type: "kept"; readonly value: T };

export async function readKept<T>(file: string, parse: (value: unknown) => T | null): Promise<Kept<T>> {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return { type: "absent" };
    throw error;
  }
  try {
    const value = parse(JSON.parse(text));
    return value === null ? { type: "damaged" } : { type: "kept", value };
  } catch {
    return { type: "damaged" };
  }
}

/** The numbers that have a directory and come after `known`, in order. */
export function sessionNumbers(paths: StatePaths, known: number): readonly number[] {
  const numbers = readdirSync(paths.sessions).filter((name) => /^\d{4,15}$/.test(name));
  return numbers
    .map(Number)
    .filter((number) => number > known)
    .sort((a, b) => a - b);
}
