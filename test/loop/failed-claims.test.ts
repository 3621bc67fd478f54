/** A claim made with the tool that does not hold: who learns of it, in the session and after it. */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { readHistory } from "../../src/cli/history/session-history.ts";
import { remoteBoard } from "../../src/cli/mcp-board.ts";
import { defaults } from "../../src/config/defaults.ts";
import { onward } from "../cli/onward.ts";
import { emptyDirectory, git, newProject, open, readList, writeList } from "./project.ts";
import { type Act, claim, type Play, puppet } from "./puppet.ts";

vi.setConfig({ testTimeout: 60_000 });

/** Another line and time at each run; fails until the feature's file is there. */
const check = `test -f $1.txt || { echo "$(date) TypeError: fields is undefined (app.js:$$)"; exit 1; }`;
const features = ["x", "y"].map((id) => ({ id, description: `${id} works`, passes: false }));

async function make(act: Act, id: string, subject: string): Promise<void> {
  await writeFile(join(act.spec.cwd, `${id}.txt`), "here\n");
  commit(act.spec.cwd, subject);
}

function commit(dir: string, subject: string): void {
  git(dir, "add", "-A");
  git(dir, "-c", "user.name=Agent", "-c", "user.email=agent@example.com", "commit", "-qm", subject);
}

/** Plays the sessions in their order, over a project with its list; answers what each was told. */
async function played(dir: string, plays: readonly Play[], list: typeof features = features) {
  await writeFile(join(dir, "check.sh"), `${check}\n`);
  await writeList(dir, list);
  const agent = puppet((act) => plays[agent.sessions.length - 1]?.(act) ?? Promise.resolve(undefined));
  const { project } = await open(dir, agent, {
    regression: { type: "off" },
    verify: { ...defaults.verify, command: "sh check.sh {id}" },
    maxIterations: plays.length,
  });
  await using _ = project;
  await project.start().ended;
  return { prompts: agent.sessions.map(({ prompt }) => prompt), state: project.ledger.state };
}

test("what mended one within its session is told with the next of its kind, at once and later", async () => {
  const dir = await newProject();
  const answers: string[] = [];
  const { prompts } = await played(dir, [
    async (act) => {
      answers.push((await claim(act, "x")).text);
      await make(act, "x", "Guard against a missing field");
      answers.push((await claim(act, "x")).text);
      return undefined;
    },
    async (act) => {
      answers.push((await claim(act, "y")).text);
      const remote = remoteBoard(dir, act.spec.marker);
      expect(await remote.claim("y", "again", new AbortController().signal)).toMatchObject({
        seen: { session: 1, files: ["x.txt"] },
      });
      return undefined;
    },
    async (act) => {
      await make(act, "y", "Guard there, too");
      answers.push((await claim(act, "y")).text);
      return undefined;
    },
  ]);

  const seen =
    'an error of this kind was gone after session 1: commits "Guard against a missing field"; files x.txt.';
  expect(answers[0]).toMatch(/^x does not hold.*TypeError/s);
  expect(answers[1]).toMatch(/^x holds/);
  expect(answers[2]).toMatch(/^y does not hold/);
  expect(answers[2]).toContain(`\nSeen before: ${seen}`);
  expect(answers[3]).toMatch(/^y holds/);
  for (const text of [answers[0], answers[1], answers[3], prompts[1]])
    expect(text).not.toContain("Seen before");

  expect(prompts[1]).not.toContain("Failed when Onward checked");
  expect(prompts[2]).toMatch(/Failed when Onward checked:\n- y: `sh check\.sh y` exit 1\n.*TypeError/);
  expect(prompts[2]).toContain(`Seen before:\n- y: ${seen}`);

  const entries = (await readFile(join(dir, "claude-progress.txt"), "utf8")).split(/^--- Onward: /m);
  expect(entries[1]).not.toContain("Did not hold");
  expect(entries[2]).toContain("\nDid not hold: y (exit 1: sh check.sh y)\n");
  expect(entries[3]).not.toContain("Did not hold");
});

test("is in the history of its session, in `show` and in the report", async () => {
  const dir = await newProject();
  await played(dir, [
    async (act) => {
      await claim(act, "x");
      await make(act, "x", "Make x");
      await claim(act, "x");
      await claim(act, "y");
      return undefined;
    },
  ]);
  const { sessions } = await readHistory(dir);
  expect(sessions).toMatchObject([{ claimed: ["x"], passed: ["x"], failed: ["y"], regressed: [] }]);

  const shown = (await onward(["show", "1", "--dir", dir])).stdout;
  expect(shown).toMatch(/passed +x\n.*not held +y\n/s);
  expect(shown).toMatch(/Claims\n +✗ x: .*TypeError.* +✗ y: .*TypeError.* +✓ x: /s);

  const report = (await onward(["report", dir])).stdout;
  expect(report).toContain("| ✓ `x` · ✗ `y` |");
  expect(report).toMatch(/## Checks that did not hold\n\n- session 1, `x`: .*- session 1, `y`: /s);
});

test("counts as a try, of whatever feature it is", async () => {
  const { state } = await played(await newProject(), [
    async (act) => {
      await claim(act, "y");
      return undefined;
    },
  ]);
  expect(state.run?.attempts).toMatchObject({ x: { tries: 1 }, y: { tries: 1 } });
});

test("is no try, and no error, where the setup failed", async () => {
  const dir = await emptyDirectory();
  await writeList(dir, features);
  const agent = puppet(async (act) => {
    await claim(act, "y");
    return undefined;
  });
  const verify = { ...defaults.verify, command: "true {id}", setup: "echo TypeError; exit 1" };
  const { project } = await open(dir, agent, { verify, maxIterations: 1 });
  await using _ = project;
  await project.start().ended;
  expect(project.ledger.state.run?.attempts).not.toHaveProperty("y");
  expect(project.ledger.state.errors.open).toEqual([]);
  expect(project.ledger.state.findings.failures).toMatchObject([{ featureId: "y", notRun: "setup" }]);
  const notes = await readFile(join(dir, "claude-progress.txt"), "utf8");
  expect(notes).toContain("\nDid not hold: y (was not run: true y)\n");
});

test("cannot be talked away by an edit of the list: the feature is checked again, and does not pass (F2)", async () => {
  const dir = await newProject();
  const passing = features.map((feature) => ({ ...feature, passes: feature.id === "x" }));
  const { prompts, state } = await played(
    dir,
    [
      async (act) => {
        await claim(act, "x");
        await writeList(act.spec.cwd, passing);
        return undefined;
      },
      async () => undefined,
    ],
    passing,
  );
  expect(await readList(dir)).toMatchObject([{ passes: false }, { passes: false }]);
  expect(prompts[1]).toMatch(/Failed when Onward checked:\n- x: /);
  expect(state.errors.open).toMatchObject([{ featureId: "x" }]);
  expect(await readFile(join(dir, "claude-progress.txt"), "utf8")).toContain("\nRegressed: x (exit 1: ");
});
