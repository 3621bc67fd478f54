/** A person's project from the start of a run to a rollback, for comparing what lies there. */
import { expect } from "vitest";
import { takeCheckpoint } from "../../src/project/checkpoints/checkpoint.ts";
import { type ListedCheckpoint, listCheckpoints } from "../../src/project/checkpoints/checkpoints.ts";
import { type Rollback, rollBack } from "../../src/project/checkpoints/rollback.ts";
import { openGit } from "../../src/project/git/git.ts";
import { fingerprint } from "./fingerprint.ts";
import { git } from "./scratch.ts";

const now = Date.UTC(2026, 10, 20);

interface Begun {
  readonly before: Readonly<Record<string, string>>;
  readonly start: ListedCheckpoint;
  readonly status: string;
}

/** Takes a run's first checkpoint, and answers how things were; `except`: paths that are not compared. */
export async function begin(dir: string, except: readonly string[]): Promise<Begun> {
  const before = fingerprint(dir, except);
  const status = git(dir, "status", "--porcelain", "-z");
  await takeCheckpoint(dir, { kind: "start", runId: "run_1", session: 0, now });
  expect(git(dir, "status", "--porcelain", "-z")).toBe(status);
  const [start] = await listCheckpoints(await openGit(dir));
  if (start === undefined) throw new Error("no checkpoint");
  return { before, start, status };
}

export const back = (dir: string, id: string, force = true): Promise<Rollback> =>
  rollBack(dir, id, { force, now: now + 1000, runId: "run_1", session: 1, record: async () => {} });
