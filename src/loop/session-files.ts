import { join } from "node:path";
import type { StatePaths } from "../project/paths.ts";

/** The files of one session, all in `.onward/sessions/0007/`. */
export interface SessionFiles {
  readonly dir: string;
  readonly prompt: string;
  readonly transcript: string;
  readonly turns: string;
  readonly result: string;
  readonly before: string;
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
    damagedList: join(dir, "feature_list.damaged.json"),
  };
}
