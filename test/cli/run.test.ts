/** What `onward run` says and refuses before a session costs anything; no agent is started here. */
import { spawnSync } from "node:child_process";
import { chmod, readdir, writeFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Answer, onward, type RunOptions, withoutAgent } from "./onward.ts";
import { fiveFeatures, type MadeProject, makeProject } from "./project.ts";

let project: MadeProject;
beforeEach(async () => {
  project = await makeProject();
});
afterEach(() => project[Symbol.asyncDispose]());

const run = (args: readonly string[] = [], { env, ...options }: RunOptions = {}): Promise<Answer> =>
  onward(["run", project.dir, ...args], { env: { ANTHROPIC_API_KEY: "test", ...env }, ...options });

describe("what run refuses, a dry run refuses too", () => {
  const both = async (args: readonly string[], options: RunOptions = {}) => {
    const before = await readdir(project.dir);
    const dry = await run(["--dry-run", ...args], options);
    expect(dry.stdout).toBe("");
    expect(await readdir(project.dir)).toEqual(before);
    const real = await run(args, options);
    expect(real).toEqual(dry);
    expect(real.stderr).not.toContain("bug in Onward");
    return [real.code, real.stderr];
  };

  it("nothing to go on: says what to do, with an example", async () => {
    expect(await both([])).toEqual([
      2,
      expect.stringMatching(/no specification[\s\S]*for example[\s\S]*--spec/),
    ]);
  });

  it("a configured specification that is not there", async () => {
    await project.write("onward.config.json", '{ "spec": "what.md" }');
    await project.write("main.js", "");
    expect(await both([])).toEqual([2, expect.stringMatching(/what\.md does not exist/)]);
  });

  it.each([
    ["that does not exist", "missing.md", /missing\.md does not exist[\s\S]*hint: Check the path/],
    ["that is a directory", ".", /is not a plain file/],
    ["that is empty", "empty.md", /empty\.md is empty/],
    ["that differs from the one in the project", "other.md", /app_spec\.txt exists and differs/],
  ])("a specification from elsewhere %s", async (_, name, words) => {
    await using elsewhere = await makeProject();
    await elsewhere.write("empty.md", "\n");
    await elsewhere.write("other.md", "A bakery's till.\n");
    if (name === "other.md") await project.write("app_spec.txt", "A to-do list.\n");
    expect(await both(["--spec", join(elsewhere.dir, name)])).toEqual([2, expect.stringMatching(words)]);
  });

  it("credentials that are missing", async () => {
    await project.write("app_spec.txt", "A to-do list.\n");
    const answer = await both([], { env: { ANTHROPIC_API_KEY: "" } });
    expect(answer).toEqual([4, expect.stringMatching(/ANTHROPIC_API_KEY[\s\S]*onward demo/)]);
  });

  it("an agent that is not installed", async () => {
    await project.write("app_spec.txt", "A to-do list.\n");
    expect(await both([], withoutAgent())).toEqual([4, expect.stringContaining("program is not installed")]);
  });

  it("a git that is too old to be kept from running what an agent planted (T1)", async () => {
    await project.write("app_spec.txt", "A to-do list.\n");
    await using elsewhere = await makeProject();
    await writeFile(join(elsewhere.dir, "git"), "#!/bin/sh\necho git version 2.30.9\n", { mode: 0o755 });
    const PATH = [elsewhere.dir, process.env.PATH].join(delimiter);
    expect(await both([], { env: { PATH } })).toEqual([
      4,
      expect.stringMatching(/git version 2\.30\.9 is too old\.\nhint: Install git 2\.31/),
    ]);
  });

  it("a directory that it may not write to", async () => {
    await project.write("app_spec.txt", "A to-do list.\n");
    await chmod(project.dir, 0o555);
    const answer = await both([], { asSomebody: true });
    await chmod(project.dir, 0o755);
    expect(answer).toEqual([
      1,
      expect.stringMatching(/cannot be written to\.\nhint: Give your user the right/),
    ]);
  });

  it("a bare repository, and the inside of one", async () => {
    await project.write("app_spec.txt", "A to-do list.\n");
    spawnSync("git", ["init", "--bare", "--quiet"], { cwd: project.dir });
    expect(await both([])).toEqual([1, expect.stringContaining("is a bare git repository")]);
  });

  it("a file in place of the project", async () => {
    await project.write("file", "");
    const { code, stderr } = await onward(["run", join(project.dir, "file")]);
    expect([code, stderr]).toEqual([2, expect.stringMatching(/file is not a directory\.\nhint: /)]);
  });
});

describe("--dry-run", () => {
  it("tells what would be next on standard output, as text or JSON", async () => {
    await using elsewhere = await makeProject();
    await elsewhere.write("spec.md", "A to-do list.\n");
    const args = ["--dry-run", "--spec", join(elsewhere.dir, "spec.md")];
    expect(await run(args)).toEqual({
      code: 0,
      stdout: "next: init (there is no feature_list.json); nothing was started\n",
      stderr: "",
    });
    expect(JSON.parse((await run([...args, "--json"])).stdout)).toEqual({
      ...{ sessionType: "init", state: "new", reason: "there is no feature_list.json" },
    });
    expect(await readdir(project.dir)).toEqual([]);
  });

  it("records no trust", async () => {
    await project.write("onward.config.json", '{ "verify": { "command": "make" } }');
    await project.list(fiveFeatures);
    expect((await run(["--dry-run", "--trust-config"])).code).toBe(0);
    expect((await run(["--dry-run"])).code).toBe(4);
  });
});

describe("what people are told beside --json", () => {
  /** A run that ends at once: its list is damaged, and there is no good copy. */
  const ended = async (...args: readonly string[]) => {
    await project.write("feature_list.json", "[{");
    const answer = await run(["--json", ...args]);
    expect(answer.code).toBe(4);
    for (const line of answer.stdout.trim().split("\n")) expect(JSON.parse(line)).toHaveProperty("type");
    return answer.stderr;
  };

  it("is that a repository was made, and that nothing caps the run; once", async () => {
    const stderr = await ended();
    expect(stderr.match(/made a git repository here \(git init\)/g)).toHaveLength(1);
    expect(stderr.match(/no cap on cost, iterations or time: --max-cost/g)).toHaveLength(1);
    const again = await ended("--max-iterations", "3");
    expect(again).not.toMatch(/git init|no cap/);
  });

  it("is where a specification was copied to", async () => {
    await using elsewhere = await makeProject();
    await elsewhere.write("spec.md", "A to-do list.\n");
    expect(await ended("--spec", join(elsewhere.dir, "spec.md"))).toMatch(
      /copied .*spec\.md to app_spec\.txt/,
    );
    expect(await project.read("app_spec.txt")).toBe("A to-do list.\n");
  });

  it("is nothing with --quiet", async () => {
    expect(await ended("--quiet")).toBe("");
  });
});
