import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { onward, start } from "../onward.ts";
import { hold, makeProject } from "../project.ts";

const features = [
  { id: "add", description: "Add a task", passes: true, verify: "test -f add.txt" },
  { id: "list", description: "List the tasks", passes: true, verify: "cat list.txt" },
  { id: "save", description: "Tasks outlive the program", passes: false },
];

async function withFeatures() {
  const project = await makeProject();
  await project.list(features);
  await project.write("add.txt", "");
  return project;
}

describe("onward features verify", () => {
  it("prints verdicts with their provenance and output, and leaves the list as it is", async () => {
    await using project = await withFeatures();
    const list = await project.read("feature_list.json");
    const { code, stdout, stderr } = await onward(["features", "verify"], { cwd: project.dir });
    expect(stdout).toMatch(/✓ add: test -f add.txt \(agent-authored, exit 0, /);
    expect(stdout).toMatch(
      /✗ list: cat list.txt \(agent-authored, exit 1, .*\n {4}cat: list.txt: No such file/,
    );
    expect(stdout).toContain("· save: nothing decides it");
    expect(stderr).toContain("made a git repository here");
    expect(code).toBe(3);
    expect(await project.read("feature_list.json")).toBe(list);
  });

  it("is recorded: it vouches for what holds, and for nothing that does not", async () => {
    await using project = await withFeatures();
    const show = async (id: string) =>
      JSON.parse((await onward(["features", "show", id, "--json"], { cwd: project.dir })).stdout);
    expect(await show("add")).toMatchObject({ verified: false, checks: 0 });
    await onward(["features", "verify"], { cwd: project.dir });
    expect(await show("add")).toMatchObject({
      ...{ verified: true, checks: 1 },
      lastCheck: { ok: true, byHand: true, final: false, session: 0, command: "test -f add.txt" },
    });
    expect(await show("list")).toMatchObject({ verified: false, checks: 1, lastCheck: { ok: false } });
    const { stdout } = await onward(["features", "show", "add"], { cwd: project.dir });
    expect(stdout).toContain("by hand, before the first session");
  });

  it("checks the named ones, and a person's command with {id}; data alone with --json", async () => {
    await using project = await withFeatures();
    const named = ["features", "verify", "add", "save", "--dir", project.dir];
    const command = ["--verify", "echo it is {id}; test -f {id}.txt", "--json"];
    const { code, stdout } = await onward([...named, ...command]);
    expect(code).toBe(3);
    expect(JSON.parse(stdout)).toMatchObject({
      ok: false,
      results: [
        { featureId: "add", ok: true, author: "agent" },
        { featureId: "save", ok: false, author: "person", outputTail: "it is save\n" },
      ],
      undecided: [],
    });
    expect((await onward([...named.slice(0, 3), "--dir", project.dir])).code).toBe(0);
    // What was named and cannot be checked is not all right.
    expect((await onward(["features", "verify", "save", "add", "--dir", project.dir])).code).toBe(3);
  });

  it("gates, sets up and protects as a run would, once the configuration is trusted (T1)", async () => {
    await using project = await withFeatures();
    await project.write(
      "onward.config.json",
      '{"verify": {"command": "test -f built", "setup": "touch built", "protect": ["*.txt"]}}',
    );
    const args = ["features", "verify", "--dir", project.dir];
    const untrusted = await onward(args);
    expect(untrusted).toMatchObject({
      code: 4,
      stderr: expect.stringContaining("verify.setup: touch built"),
    });
    const { code, stdout } = await onward([...args, "--trust-config"]);
    expect(stdout).toContain("✓ the project's own check: test -f built (a person's, exit 0");
    expect(code).toBe(3);
    expect(existsSync(join(project.dir, "built"))).toBe(false);
  });

  it("says what is wrong with how it was called", async () => {
    await using project = await withFeatures();
    const run = (...args: string[]) => onward(["features", "verify", ...args, "--dir", project.dir]);
    expect(await run("lisst")).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('Did you mean "list"'),
    });
    expect(await run("save")).toMatchObject({ code: 2, stderr: expect.stringContaining("--verify") });
    await project.write("feature_list.json", "[");
    expect((await run()).code).toBe(4);
    await using held = await makeProject();
    await held.list(features);
    await using _ = await hold(held.dir);
    expect((await onward(["features", "verify", "--dir", held.dir])).code).toBe(5);
  });

  it("ends at a signal", async () => {
    await using project = await makeProject();
    await project.list([
      { id: "a", description: "a", passes: true, verify: "echo up > up; tail -f /dev/null" },
    ]);
    const child = start(["features", "verify", "--dir", project.dir, "--verify", "true"]);
    const ended = new Promise((done) => child.once("exit", done));
    while (!existsSync(join(project.dir, "up"))) await new Promise((done) => setTimeout(done, 20));
    child.kill("SIGTERM");
    expect(await ended).toBe(143);
    expect(existsSync(join(project.dir, "up"))).toBe(false);
  });
});
