import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { publicEvents } from "../../src/cli/run/public-events.ts";
import type { RunEvent } from "../../src/core/events.ts";
import { newCheckpointId } from "../../src/core/ids.ts";
import { noProject } from "../../src/core/run.ts";
import { listCheckpoints } from "../../src/project/checkpoints/checkpoints.ts";
import { rollBack } from "../../src/project/checkpoints/rollback.ts";
import { openGit } from "../../src/project/git/git.ts";
import { git, honest, newProject, open, readList, twoFiles, writeList } from "./project.ts";
import { puppet } from "./puppet.ts";

vi.setConfig({ testTimeout: 30_000 });

async function run(dir: string, agent = honest()): Promise<readonly RunEvent[]> {
  const { project, events } = await open(dir, agent);
  await using _ = project;
  await project.start({ maxSessions: 1 }).ended;
  return events;
}

const checkpoints = async (dir: string) =>
  (await listCheckpoints(await openGit(dir))).map(({ kind, session }) => `${kind} ${session}`);

async function projectWithHistory(): Promise<string> {
  const dir = await newProject();
  git(dir, "init", "-q");
  git(dir, "config", "user.name", "Ada");
  git(dir, "config", "user.email", "ada@localhost");
  git(dir, "add", "-A");
  git(dir, "commit", "-qm", "first");
  return dir;
}

test("no alarm about the specification of a new project; one about all else that is not committed", async () => {
  const alarms = async (dir: string) =>
    (await run(dir)).flatMap((event) => (event.type === "checkpoint.taken" ? [event.uncommitted] : []));
  const dir = await newProject();
  await writeList(dir, twoFiles);
  expect(await alarms(dir)).toEqual([0]);
  // It is held all the same, for good.
  expect(await listCheckpoints(await openGit(dir))).toMatchObject([{ unheld: true, uncommitted: 2 }, {}]);

  const other = await newProject();
  await writeFile(join(other, "mine.txt"), "mine\n");
  expect(await alarms(other)).toEqual([2]);
});

test("a run that finds uncommitted work says so before anything else, and how to get it back", async () => {
  const dir = await projectWithHistory();
  await writeFile(join(dir, "mine.txt"), "mine\n");
  const [opened, taken, ...rest] = await run(
    dir,
    puppet(async ({ spec }) => {
      await writeList(spec.cwd, twoFiles);
      git(spec.cwd, "add", "-A");
      git(spec.cwd, "commit", "-qm", "all of it");
      await rm(join(spec.cwd, "mine.txt"));
      return undefined;
    }),
  );
  expect([opened?.type, rest[0]?.type]).toEqual(["run.started", "session.starting"]);
  if (taken?.type !== "checkpoint.taken") throw new Error(`not ${taken?.type}`);
  expect(taken).toMatchObject({ uncommitted: 1, leftOut: [] });
  const id = newCheckpointId(taken.commit);
  expect(publicEvents(taken, noProject)).toEqual([
    { type: "checkpoint", id, commit: taken.commit, uncommitted: 1 },
  ]);
  const options = { force: false, now: Date.now(), runId: null, session: 1, record: async () => {} };
  await rollBack(dir, id, options);
  expect(await readFile(join(dir, "mine.txt"), "utf8")).toBe("mine\n");

  {
    const { project } = await open(dir, honest());
    await using _ = project;
    const { commit } = taken;
    await project.ledger.give({ type: "rolled-back", commit, rescue: commit, passing: 0 });
  }
  const next = honest();
  await run(dir, next);
  expect(next.sessions[0]?.prompt).toContain("I brought the files back to an earlier state on purpose");
});

test("a clean start is silent, and so is one whose work an earlier checkpoint holds", async () => {
  const dir = await projectWithHistory();
  const uncommitted = (events: readonly RunEvent[]) =>
    events.flatMap((event) => (event.type === "checkpoint.taken" ? [event.uncommitted] : []));
  expect(uncommitted(await run(dir))).toEqual([0]);
  await writeFile(join(dir, "mine.txt"), "mine\n");
  const idle = () => puppet(async () => undefined);
  expect(uncommitted(await run(dir, idle()))).toEqual([1]);
  expect(uncommitted(await run(dir, idle()))).toEqual([0]);
});

test("what Onward undoes in the feature list is held first, and the own commit is the checkpoint's parent", async () => {
  const dir = await projectWithHistory();
  await run(dir);
  await run(
    dir,
    puppet(async ({ spec }) => {
      await writeList(spec.cwd, []);
      return undefined;
    }),
  );
  expect(await readList(dir)).toHaveLength(2);
  expect(await checkpoints(dir)).toEqual(["start 0", "session 1", "start 1", "before 2", "session 2"]);
  const all = await listCheckpoints(await openGit(dir));
  expect(git(dir, "show", `${all[3]?.commit}:feature_list.json`).trim()).toBe("[]");
  expect(git(dir, "rev-parse", `${all[4]?.commit}^`)).toBe(git(dir, "rev-parse", "HEAD"));
  expect(git(dir, "log", "-1", "--format=%s").trim()).toBe("Onward: session 2");
});
