/** `onward mcp` as a client sees it: the genuine command on stdio, beside a manager whose agent is a puppet. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { describe, expect, onTestFinished, test } from "vitest";
import { remoteBoard } from "../../src/cli/mcp-board.ts";
import { guardedNames } from "../../src/feature-tools/names.ts";
import { featureTools } from "../../src/feature-tools/tools.ts";
import { sqliteJournal } from "../../src/journals/sqlite.ts";
import { statePaths } from "../../src/project/paths.ts";
import { emptyDirectory, open, readList, twoFiles, writeList } from "../loop/project.ts";
import { type Act, puppet } from "../loop/puppet.ts";

const launcher = join(import.meta.dirname, "../../bin/onward.cjs");

interface Answer {
  readonly text: string;
  readonly failed: boolean;
}

interface Server {
  readonly names: readonly string[];
  use(name: string, input?: Readonly<Record<string, string>>): Promise<Answer>;
}

async function connect(dir: string, marker?: string): Promise<Server> {
  const client = new Client({ name: "test", version: "1" });
  onTestFinished(() => client.close());
  const env = { PATH: process.env.PATH ?? "", ...(marker === undefined ? {} : { ONWARD_SESSION: marker }) };
  await client.connect(
    new StdioClientTransport({ command: process.execPath, args: [launcher, "mcp", dir], env }),
  );
  return {
    names: (await client.listTools()).tools.map(({ name }) => name),
    async use(name, input = {}) {
      const { content, isError = false } = await client.callTool({ name, arguments: input });
      const [block] = content as readonly { readonly text: string }[];
      return { text: block?.text ?? "", failed: isError === true };
    },
  };
}

/** A project with a list, and one session in which `play` happens. */
async function during(play: (act: Act, dir: string) => Promise<void>) {
  const dir = await emptyDirectory();
  await writeList(dir, twoFiles);
  const agent = puppet(async (act) => {
    await play(act, dir);
    return undefined;
  });
  const { project, events } = await open(dir, agent, { maxIterations: 1 });
  await using _ = project;
  await project.start().ended;
  return { dir, events };
}

describe("within a session", () => {
  test("reads, claims, notes and blocks, as the agent's own tools do", async () => {
    const answers: Answer[] = [];
    const { dir, events } = await during(async ({ spec }) => {
      const server = await connect(spec.cwd, spec.marker);
      answers.push(await server.use("next_features"));
      answers.push(await server.use("claim", { id: "a", evidence: "none yet" }));
      await writeFile(join(spec.cwd, "a.txt"), "here\n");
      answers.push(await server.use("claim", { id: "a", evidence: "there it is" }));
      answers.push(await server.use("claim", { id: "zzz", evidence: "e" }));
      answers.push(await server.use("note", { text: "a note" }));
      answers.push(await server.use("blocker", { text: "no key", id: "b" }));
    });
    expect(answers).toEqual([
      { text: expect.stringMatching(/^0 of 2 features pass\./), failed: false },
      { text: expect.stringMatching(/^a does not hold/), failed: false },
      { text: expect.stringMatching(/^a holds/), failed: false },
      { text: expect.stringContaining('There is no feature "zzz"'), failed: true },
      { text: "Noted, for the next session.", failed: false },
      { text: expect.stringContaining("Recorded"), failed: false },
    ]);
    expect(await readList(dir)).toMatchObject([{ passes: true }, { passes: false }]);
    const recorded = events.filter((event) => "request" in event);
    expect(recorded).toMatchObject([
      { type: "claim.made", number: 1, result: { ok: false } },
      { type: "claim.made", number: 1, evidence: "there it is", result: { ok: true } },
      { type: "request.refused", number: 1 },
      { type: "noted", number: 1, text: "a note" },
      { type: "blocker.raised", number: 1, featureId: "b" },
    ]);
  });

  test("with another session's marker nothing is recorded, not even past the command line", async () => {
    const answers: Answer[] = [];
    const { events } = await during(async ({ spec, host }) => {
      const server = await connect(spec.cwd, "ses_000000000000");
      answers.push(await server.use("note", { text: "not mine" }));
      // A command that is posted all the same is not heard.
      await using journal = await sqliteJournal({ file: statePaths(spec.cwd).journal });
      const forged = { type: "note", text: "forged", marker: "ses_000000000000", request: "r" } as const;
      await journal.post(forged, Date.now());
      await remoteBoard(spec.cwd, spec.marker).note("mine", new AbortController().signal);
      expect(host.tools.map(({ name }) => name)).toEqual(server.names);
    });
    expect(answers).toEqual([{ text: expect.stringContaining("No session of Onward"), failed: true }]);
    expect(events.filter(({ type }) => type === "noted")).toMatchObject([{ text: "mine" }]);
  });
});

test("without a manager it reads, and refuses to record", async () => {
  const dir = await emptyDirectory();
  await writeList(dir, twoFiles);
  const server = await connect(dir, "ses_000000000000");
  expect(await server.use("feature", { id: "a" })).toMatchObject({ failed: false });
  expect(await server.use("claim", { id: "a", evidence: "e" })).toMatchObject({ failed: true });
  expect(await server.use("blocker", { text: "x" })).toMatchObject({ failed: true });
  expect(await readList(dir)).toMatchObject([{ passes: false }, { passes: false }]);
});

test("what is asked in another shape is refused", async () => {
  const dir = await emptyDirectory();
  const server = await connect(dir);
  expect(await server.use("claim", { id: "a" })).toMatchObject({ failed: true });
  expect(await server.use("claim", { id: "a", evidence: "e".repeat(20_000) })).toMatchObject({
    failed: true,
  });
  expect(await server.use("next_features")).toMatchObject({
    failed: true,
    text: expect.stringContaining("no feature_list"),
  });
});

test("the guard opens for exactly these tools", () => {
  const tools = featureTools(remoteBoard("/nowhere", null));
  expect(tools.map(({ name }) => `mcp__onward__${name}`)).toEqual(guardedNames);
});
