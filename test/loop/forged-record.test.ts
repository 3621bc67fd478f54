/**
 * What `.onward/` says of a session is believed only as far as the journal has its digest: whoever writes there,
 * the commands that check the work or a program that has killed the manager first, changes nothing.
 */
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import type { RunEvent } from "../../src/core/events.ts";
import { settledStep, undoneIn } from "../../src/core/run.ts";
import { openDatabase } from "../../src/journals/database.ts";
import { statePaths } from "../../src/project/paths.ts";
import { emptyDirectory, git, open, readList, writeList } from "./project.ts";
import { type Play, puppet } from "./puppet.ts";

vi.setConfig({ testTimeout: 60_000 });

const list = [
  { id: "a", description: "a works", passes: false, verify: "node test.cjs" },
  { id: "b", description: "b works", passes: false, verify: "test -f b.txt" },
];
const config = '{ "verify": { "timeout": "1m" } }\n';

async function newProject(test = "process.exit(1);\n"): Promise<string> {
  const dir = await emptyDirectory();
  git(dir, "init", "-q", "-b", "main");
  writeFileSync(join(dir, "test.cjs"), test);
  writeFileSync(join(dir, "onward.config.json"), config);
  await writeList(dir, list);
  git(dir, "add", "-A");
  git(dir, "-c", "user.name=A", "-c", "user.email=a@example.com", "commit", "-qm", "A list");
  return dir;
}

async function run(dir: string, play: Play, maxIterations = 1): Promise<readonly RunEvent[]> {
  const { project, events } = await open(dir, puppet(play), { maxIterations });
  await using _ = project;
  await project.start().ended;
  return events;
}

const claimA: Play = async ({ spec }) => {
  const now = await readList(spec.cwd);
  await writeList(
    spec.cwd,
    now.map((feature) => (feature.id === "a" ? { ...feature, passes: true } : feature)),
  );
  return undefined;
};

function settledIn(events: readonly RunEvent[]) {
  return events.flatMap((event) => (event.type === "session.settled" ? [event.settled] : []));
}

test("what a verification command writes there is put back and told, and not believed (F1)", async () => {
  const forge = `const fs = require("node:fs");
const project = ${JSON.stringify("PROJECT")};
const weak = (file) => fs.writeFileSync(file, fs.readFileSync(file, "utf8").replaceAll("test -f b.txt", "true"));
weak(project + "/.onward/sessions/0001/integrity.json");
weak(project + "/.onward/sessions/0001/before.json");
fs.writeFileSync(project + "/.onward/snapshots/9999-settled.json", "[]");
`;
  const dir = await newProject();
  writeFileSync(join(dir, "test.cjs"), forge.replace("PROJECT", dir));
  const settled = settledIn(await run(dir, claimA));
  expect(settledStep(settled, "verification")?.undone).toEqual([
    ".onward/sessions/0001/before.json",
    ".onward/sessions/0001/integrity.json",
    ".onward/snapshots/9999-settled.json",
  ]);
  expect(await readList(dir)).toEqual([{ ...list[0], passes: true }, list[1]]);
  expect(readdirSync(statePaths(dir).snapshots)).not.toContain("9999-settled.json");
});

/** As a program leaves it that has ended the manager: the journal knows that the session is at work. */
async function cutInSession(at: RunEvent["type"] | "verification"): Promise<string> {
  const dir = await newProject();
  const events = await run(dir, claimA);
  const version = events.findIndex(
    (event) => event.type === at || (event.type === "session.settled" && event.settled.step === at),
  );
  using db = openDatabase(statePaths(dir).journal, { busyMs: 0 });
  db.exec(`DELETE FROM events WHERE version > ${version}; DELETE FROM snapshots`);
  await writeList(dir, list);
  rmSync(join(statePaths(dir).snapshots, "0001-settled.json"));
  return dir;
}

const weaken = (file: string) =>
  writeFileSync(
    file,
    readFileSync(file, "utf8").replaceAll("node test.cjs", "test -d .").replaceAll("1m", "2m"),
  );

const ways: Readonly<Record<string, (paths: ReturnType<typeof statePaths>) => void>> = {
  "the beginning": () => {},
  "the beginning and every list to go back to": ({ snapshots }) => {
    for (const name of readdirSync(snapshots)) weaken(join(snapshots, name));
  },
};

test.each(Object.entries(ways))("forged while no manager lived: %s", async (_, forge) => {
  const dir = await cutInSession("session.exited");
  const paths = statePaths(dir);
  const before = join(paths.session(1), "before.json");
  for (const file of [before, join(dir, "feature_list.json"), join(dir, "onward.config.json")]) weaken(file);
  forge(paths);
  writeFileSync(
    join(dir, "feature_list.json"),
    readFileSync(join(dir, "feature_list.json"), "utf8").replace("false", "true"),
  );
  const events = await run(dir, async () => undefined);
  const told = undoneIn(settledIn(events)).map(({ what }) => what);
  expect(told).toContainEqual(expect.stringMatching(/^\.onward\/sessions\/0001\/before\.json was written/));
  expect(told).toContainEqual(expect.stringContaining('"verify" was changed'));
  expect(settledStep(settledIn(events), "verification")?.results).toMatchObject([
    { featureId: "a", ok: false, command: "node test.cjs" },
  ]);
  expect(await readList(dir)).toEqual(list);
  expect(readFileSync(join(dir, "onward.config.json"), "utf8")).toBe(config);
});

test("a finding that was forged while no manager lived is worked out again from the beginning", async () => {
  const dir = await cutInSession("verification");
  await claimA({ spec: { cwd: dir } } as Parameters<Play>[0]);
  weaken(join(statePaths(dir).session(1), "integrity.json"));
  await run(dir, async () => undefined);
  expect(await readList(dir)).toEqual(list);
});

test("a session that removes .onward/ gets no other list by it; the next run says what is missing", async () => {
  const dir = await newProject();
  const cheat: Play = async (act) => {
    await act.tool(() => {
      rmSync(statePaths(dir).root, { recursive: true });
      for (const name of ["feature_list.json", "onward.config.json"]) weaken(join(dir, name));
      return claimA(act);
    });
    return undefined;
  };
  await expect(run(dir, cheat)).rejects.toMatchObject({ code: "journal-damaged" });
  expect(await readList(dir)).toEqual(list);
  expect(readFileSync(join(dir, "onward.config.json"), "utf8")).toBe(config);

  // Who changes the list while nothing is known of it is told as if it had been known.
  rmSync(statePaths(dir).root, { recursive: true, force: true });
  weaken(join(dir, "feature_list.json"));
  const { project, events } = await open(
    dir,
    puppet(async () => undefined),
    { maxIterations: 1 },
  );
  await using _ = project;
  expect(project.forgottenSince).toMatch(/^chk_/);
  await project.start().ended;
  const changed = events.find((event) => event.type === "list.changed");
  expect(changed).toMatchObject({ change: { edited: ["a"], added: [], passing: [] } });
});

test("with nothing left to go by the run ends rather than believe it", async () => {
  const dir = await cutInSession("session.exited");
  const paths = statePaths(dir);
  weaken(join(paths.session(1), "before.json"));
  rmSync(paths.snapshots, { recursive: true });
  rmSync(join(dir, ".git"), { recursive: true });
  await expect(run(dir, async () => undefined)).rejects.toThrow(
    "The feature list of session 1 was tampered with",
  );
});
