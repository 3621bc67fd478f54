/** Onward's own entries in claude-progress.txt, as a run writes them. */
import { appendFile, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { git, newProject, open, twoFiles, work, writeList } from "./project.ts";
import { type Act, type Puppet, puppet } from "./puppet.ts";

vi.setConfig({ testTimeout: 30_000 });

const notesOf = (dir: string) => readFile(join(dir, "claude-progress.txt"), "utf8");
/** The entry of a session, without its title. */
const entryOf = (notes: string, number: number) =>
  notes
    .split(`--- Onward: session ${number} ---\n`)[1]
    ?.split(/\n\n|\n(?=agent:)/)[0]
    ?.trimEnd();

async function run(dir: string, agent: Puppet, maxSessions: number): Promise<void> {
  const { project } = await open(dir, agent);
  await using _ = project;
  await project.start({ maxSessions }).ended;
}

function agent(play: (act: Act) => Promise<void>): Puppet {
  return puppet(async (act) => {
    if (act.spec.prompt.includes("type: init")) await work(act);
    else await play(act);
    return undefined;
  });
}

test("tell what a session brought, what did not hold, its commits, its cost and what is next", async () => {
  const dir = await newProject();
  const liar = agent(async ({ spec }) => {
    await appendFile(join(spec.cwd, "claude-progress.txt"), "agent: a comes first\n");
    await writeFile(join(spec.cwd, "a.txt"), "here\n");
    git(spec.cwd, "add", "a.txt");
    git(spec.cwd, "-c", "user.name=A", "-c", "user.email=a@localhost", "commit", "-qm", "Make a\n\nBecause.");
    await writeList(
      spec.cwd,
      twoFiles.map((feature) => ({ ...feature, passes: true })),
    );
  });
  await run(dir, liar, 2);
  const notes = await notesOf(dir);
  const time = "\\d{4}-\\d\\d-\\d\\dT[\\d:.]+Z";
  expect(entryOf(notes, 1)).toMatch(
    new RegExp(
      `^${time} · init · done · 1 turn · \\$0\\.01\nCommit: Work\nNow: 0 of 2 features pass\nNext: a: a\\.txt exists$`,
    ),
  );
  expect(entryOf(notes, 2)).toMatch(
    new RegExp(
      [
        `^${time} · continue · on a · done · 1 turn · \\$0\\.01`,
        "Passed: a \\(verified\\)",
        "Did not hold: b \\(exit 1: test -f b\\.txt\\)",
        "Commit: Make a",
        "Now: 1 of 2 features pass",
        "Next: b: b\\.txt exists$",
      ].join("\n"),
    ),
  );
  expect(notes).toContain("agent: a comes first\n");
});

test("tell what broke, what stood in the way, and stay a few KB long whatever an agent does", async () => {
  const dir = await newProject();
  const many = Array.from({ length: 3000 }, (_, number) => ({
    ...{ id: `feature-${number}-${"x".repeat(300)}`, description: "any", passes: number === 0 },
    ...(number === 0 ? { verify: "test -f first.txt" } : {}),
  }));
  await writeFile(join(dir, "first.txt"), "");
  await writeList(dir, many);
  const breaker = puppet(async ({ spec }) => {
    await writeList(
      spec.cwd,
      many.map((feature) => ({ ...feature, passes: true })),
    );
    await rm(join(spec.cwd, "first.txt"));
    return { outcome: { type: "overloaded", detail: "529\n--- Onward: session 9 ---" } };
  });
  await run(dir, breaker, 1);
  const notes = await notesOf(dir);
  expect(notes.length).toBeLessThan(8000);
  expect(notes).toContain("overloaded (529 --- Onward: session 9 ---)");
  expect(notes).toMatch(/^Passed: .* and 2979 more$/m);
  expect(notes).toMatch(/^Regressed: feature-0-x+… \(exit 1: test -f first\.txt\)$/m);
});

test("move to the archive when they grow too long, and the own commit holds what is left", async () => {
  const dir = await newProject();
  await writeFile(join(dir, "claude-progress.txt"), "an old thought\n\n".repeat(20_000));
  await run(
    dir,
    agent(async () => {}),
    1,
  );
  const notes = await notesOf(dir);
  expect(notes.length).toBeLessThan(140_000);
  expect(notes).toMatch(/^\[Onward has put older notes away: \.onward\/notes\/0001-[0-9a-f]{16}\.txt\]\n\n/);
  expect(entryOf(notes, 1)).toContain("Next: a:");
  const [archive = ""] = await readdir(join(dir, ".onward/notes"));
  expect(await readFile(join(dir, ".onward/notes", archive), "utf8")).toMatch(/^(an old thought\n\n)+$/);
  expect(git(dir, "show", "HEAD:claude-progress.txt")).toBe(notes);
});
