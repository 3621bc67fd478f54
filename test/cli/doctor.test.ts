import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, readdir, symlink, writeFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { json, onward } from "./onward.ts";
import { type MadeProject, makeProject } from "./project.ts";

let project: MadeProject;
beforeEach(async () => {
  project = await makeProject();
});
afterEach(() => project[Symbol.asyncDispose]());

interface Doctor {
  readonly ok: boolean;
  readonly checks: readonly { name: string; status: string; found: string; remedy: string | null }[];
}

const git = (...args: readonly string[]) => execFileSync("git", args);
const statuses = ({ checks }: Doctor) => Object.fromEntries(checks.map(({ name, status }) => [name, status]));

describe("doctor", () => {
  it("finds that a run can start, and leaves nothing behind", async () => {
    const doctor = (await json(["doctor", project.dir], { env: { ANTHROPIC_API_KEY: "test" } })) as Doctor;
    expect(doctor.ok).toBe(true);
    expect(Object.keys(statuses(doctor))).toEqual([
      ...["node", "git", "git identity", "agent", "credentials"],
      ...["directory", "repository", "file system", "configuration", "sandbox"],
    ]);
    expect(statuses(doctor)).toMatchObject({
      node: "ok",
      git: "ok",
      agent: "ok",
      credentials: "ok",
      directory: "ok",
      repository: "ok",
    });
    for (const { status, remedy } of doctor.checks) expect(remedy === null).toBe(status === "ok");
    expect(await readdir(project.dir)).toEqual([]);
  });

  it("misses credentials, says where it looked and what to do, exit 1", async () => {
    const { code, stdout } = await onward(["doctor", project.dir]);
    expect(code).toBe(1);
    expect(stdout).toMatch(/✗ credentials .*ANTHROPIC_API_KEY.*\.claude/);
    expect(stdout).toMatch(/→ .*`onward demo` needs neither/);
    expect(stdout).toContain("A run could not start.");
  });

  it("misses git", async () => {
    const bin = join(project.dir, "bin");
    await mkdir(bin);
    await symlink(process.execPath, join(bin, "node"));
    const { code, stdout } = await onward(["doctor", project.dir, "--json"], {
      env: { PATH: bin, ANTHROPIC_API_KEY: "test" },
    });
    expect(code).toBe(1);
    const doctor = JSON.parse(stdout) as Doctor;
    expect(statuses(doctor)).toMatchObject({ git: "fail", "git identity": "warn", sandbox: "warn" });
    expect(doctor.checks.find(({ name }) => name === "git")?.remedy).toContain("Install git");
  });

  it("finds an old git too old", async () => {
    const bin = await mkdtemp(join(project.dir, "bin-"));
    await writeFile(join(bin, "git"), "#!/bin/sh\necho git version 2.20.1\n", { mode: 0o755 });
    const PATH = [bin, process.env.PATH].join(delimiter);
    const { stdout } = await onward(["doctor", project.dir], { env: { PATH } });
    expect(stdout).toMatch(/✗ git +git version 2\.20\.1 is too old/);
  });

  it("refuses a repository in which no run could start, as a dry run does", async () => {
    const env = { ANTHROPIC_API_KEY: "test" };
    const bare = join(project.dir, "bare.git");
    git("init", "-q", "--bare", bare);
    const { code, stdout } = await onward(["doctor", bare], { env });
    expect([code, stdout]).toEqual([1, expect.stringMatching(/✗ repository .* is a bare git repository/)]);
    expect(await onward(["run", bare, "--dry-run"], { env })).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("bare git repository"),
    });

    git("init", "-q", "-b", "main", project.dir);
    const doctor = (await json(["doctor", project.dir], { env })) as Doctor;
    expect(doctor.checks.find(({ name }) => name === "repository")).toMatchObject({
      status: "ok",
      found: `${project.dir}, main, without a commit`,
    });
    await project.write(".git/config", "[core\n");
    expect(await onward(["doctor", project.dir], { env })).toMatchObject({ code: 1 });
  });

  it("tells about a configuration that is wrong, or that nobody has accepted", async () => {
    const env = { ANTHROPIC_API_KEY: "test" };
    await project.write("onward.config.json", '{ "verify": { "command": "make" } }');
    expect(statuses((await json(["doctor", project.dir], { env })) as Doctor)).toMatchObject({
      configuration: "warn",
    });
    await project.write("onward.config.json", "{");
    const { code, stdout } = await onward(["doctor", project.dir], { env });
    expect([code, stdout]).toEqual([1, expect.stringMatching(/✗ configuration .* is not JSON/)]);
  });

  it("misses a directory", async () => {
    const { code, stdout } = await onward(["doctor", join(project.dir, "missing")]);
    expect([code, stdout]).toEqual([1, expect.stringMatching(/✗ directory /)]);
  });
});
