/** What a later session is told of what earlier ones went through. */
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test, vi } from "vitest";
import { defaults } from "../../src/config/defaults.ts";
import { emptyDirectory, git, newProject, open, readList, writeList } from "./project.ts";
import { type Act, type Play, puppet } from "./puppet.ts";

vi.setConfig({ testTimeout: 60_000 });

const commit = (dir: string, subject: string) => {
  git(dir, "add", "-A");
  git(dir, "-c", "user.name=Agent", "-c", "user.email=agent@example.com", "commit", "-qm", subject);
};

/** Prints another port and time at each run, and fails while the server's state is "busy". */
const check = `if grep -q busy state.txt; then echo "$(date) Error: listen EADDRINUSE 127.0.0.1:$$"; exit 1; fi`;
const features = ["a", "b"].map((id) => ({ id, description: `${id} works`, passes: false }));

async function claim({ spec }: Act, id: string, state: string, subject: string): Promise<void> {
  await writeFile(join(spec.cwd, "state.txt"), `${state}\n`);
  const list = await readList(spec.cwd);
  await writeList(
    spec.cwd,
    list.map((feature) => (feature.id === id ? { ...feature, passes: true } : feature)),
  );
  commit(spec.cwd, subject);
}

const checked = {
  regression: { type: "off" },
  verify: { ...defaults.verify, command: "sh check.sh {id}" },
} as const;

/** Plays the sessions in their order, and answers what each was told. */
async function prompts(dir: string, plays: readonly Play[]): Promise<readonly string[]> {
  const agent = puppet((act) => plays[agent.sessions.length - 1]?.(act) ?? Promise.resolve(undefined));
  const { project } = await open(dir, agent, { ...checked, maxIterations: plays.length });
  await using _ = project;
  await project.start().ended;
  return agent.sessions.map(({ prompt }) => prompt);
}

const init: Play = async ({ spec }) => {
  await writeFile(join(spec.cwd, "check.sh"), `${check}\n`);
  await writeFile(join(spec.cwd, "state.txt"), "new\n");
  await writeList(spec.cwd, features);
  commit(spec.cwd, "Lay the ground");
  return undefined;
};

describe("an error that returns", () => {
  test("is told with what resolved it: red in 2, green in 3, red again in 5, told to 6", async () => {
    const dir = await newProject();
    const told = await prompts(dir, [
      init,
      async (act) => void (await claim(act, "a", "busy 1", "Start the server")),
      async (act) => void (await claim(act, "a", "free", "Close the server after each test")),
      async ({ spec }) => void (await writeFile(join(spec.cwd, "notes.md"), "thoughts\n")),
      async (act) => void (await claim(act, "b", "busy 2", "Start another server")),
      async () => undefined,
    ]);
    expect(told).toHaveLength(6);
    const known =
      /Seen before:\n- b: an error of this kind was gone after session 3: commits "Close the server after each test"; files state\.txt\./;
    expect(told[5]).toMatch(known);
    expect(told[5]).toContain("EADDRINUSE");
    for (const prompt of told.slice(0, 5)) expect(prompt).not.toContain("Seen before");
  });

  test("is known to the next manager, too, and to the next run", async () => {
    const dir = await newProject();
    await prompts(dir, [
      init,
      async (act) => void (await claim(act, "a", "busy 1", "Start the server")),
      async (act) => void (await claim(act, "a", "free", "Close the server after each test")),
    ]);
    const told = await prompts(dir, [
      async (act) => void (await claim(act, "b", "busy 2", "Start another server")),
      async () => undefined,
    ]);
    expect(told[1]).toContain("gone after session 3");
  });
});

describe("what a session was in the middle of", () => {
  test("is told to the next: how it ended, what is not committed, its last words, redacted", async () => {
    const dir = await newProject();
    const secret = "sk-ant-api03-0123456789abcdefghijklmnopqrstuvwxyzABCDEFGH";
    const told = await prompts(dir, [
      init,
      async ({ spec, host }) => {
        await writeFile(join(spec.cwd, "half.ts"), "export const half = ");
        const usage = { inputTokens: 1, outputTokens: 1, cacheReadTokens: 0, cacheWriteTokens: 0 };
        host.event({ type: "turn", turn: 2, usage, text: `The parser is next. ${secret}` });
        host.event({ type: "turn", turn: 3, usage, text: "" });
        return { outcome: { type: "context-full", detail: "" }, turns: 3 };
      },
      async () => undefined,
    ]);
    expect(told[1]).toContain("Session 1 ended by itself.");
    expect(told[2]).toContain("Session 2, offered a, was cut off: its context was full.");
    expect(told[2]).toContain("Not committed: 1 file: half.ts");
    expect(told[2]).toContain("Its last words: The parser is next.");
    expect(told[2]).not.toContain(secret);
    expect(told[1]).toContain("Take the project one step further.");
    expect(told[2]).toContain("was cut off in the middle of its work");
    expect(await readFile(join(dir, ".onward/sessions/0002/turns.jsonl"), "utf8")).not.toContain(secret);
  });
});

test("a person's own prompts are read once a run, and told to every session", async () => {
  const [dir, own] = [await newProject(), await emptyDirectory()];
  await writeFile(join(own, "continue.md"), "Work as we do here.\n");
  const agent = puppet(async (act) => {
    if (agent.sessions.length === 1) return init(act);
    await writeFile(join(own, "continue.md"), "Changed in the middle.\n");
    return undefined;
  });
  const { project } = await open(dir, agent, { ...checked, prompts: own, maxIterations: 3 });
  await using _ = project;
  await project.start().ended;
  const told = agent.sessions.map(({ prompt }) => prompt);
  expect(told[0]).toContain("This is the first session of a new project.");
  for (const prompt of told.slice(1)) {
    expect(prompt).toMatch(
      /^Onward session type: continue\n\nWork as we do here\.\n\nWhere the project stands/,
    );
  }
});

test("prompts that hold nothing good start nothing, and make no repository", async () => {
  const [dir, own] = [await newProject(), await emptyDirectory()];
  await writeFile(join(own, "contineu.md"), "Go.\n");
  await expect(
    open(
      dir,
      puppet(async () => undefined),
      { prompts: own },
    ),
  ).rejects.toMatchObject({
    code: "config-invalid",
    message: expect.stringContaining("did you mean continue.md?"),
  });
  expect(await readdir(dir)).toEqual(["app_spec.txt"]);
});
