import { mkdir, readdir, rm, symlink } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { json, onward } from "./onward.ts";
import { type MadeProject, makeProject } from "./project.ts";

let project: MadeProject;
beforeEach(async () => {
  project = await makeProject();
});
afterEach(() => project[Symbol.asyncDispose]());

describe("config", () => {
  it("shows each value and where it comes from", async () => {
    await project.write(
      "onward.config.json",
      '{ "delay": 10000, "regression": "off", "verify": { "command": ["npm", "test"] } }',
    );
    const shown = await json(["config"], { cwd: project.dir });
    expect(shown).toMatchObject({
      delay: { value: "10s", source: "file" },
      maxWait: { value: "8h", source: "default" },
      maxCost: { value: null, source: "default" },
      regression: { value: "off", source: "file" },
      "verify.command": { value: ["npm", "test"], source: "file" },
      "verify.timeout": { value: "10m", source: "default" },
    });
    const { stdout, stderr } = await onward(["config", "show", "--dir", project.dir]);
    expect(stdout).toMatch(/^delay +10s +file$/m);
    expect(stdout).toMatch(/^regression +off +file$/m);
    expect(stdout).toMatch(/^toolMax +30m +default$/m);
    expect(stderr).toMatch(/not trusted yet[\s\S]*verify.command: \["npm","test"\]/);
  });

  it("writes a file to start from, once, which changes nothing", async () => {
    const before = await json(["config"], { cwd: project.dir });
    expect((await onward(["config", "init"], { cwd: project.dir })).code).toBe(0);
    expect(await project.read("onward.config.json")).toContain('// "maxCost": 20,');
    expect(await json(["config"], { cwd: project.dir })).toEqual(before);
    const again = await onward(["config", "init"], { cwd: project.dir });
    expect([again.code, again.stderr]).toEqual([2, expect.stringContaining("exists already")]);
  });

  it("starts from a file whose lines all hold when the comments go", async () => {
    await onward(["config", "init", "--quiet"], { cwd: project.dir });
    const text = await project.read("onward.config.json");
    await project.write("onward.config.json", text.replaceAll(/^ {2}\/\/ (?=")/gm, "  "));
    expect(await json(["config"], { cwd: project.dir })).toMatchObject({
      maxCost: { value: 20, source: "file" },
      maxDuration: { value: "8h", source: "file" },
      "verify.command": { value: "npm test", source: "file" },
    });
  });

  it("prints a JSON schema", async () => {
    const { code, stdout } = await onward(["config", "schema"], { cwd: project.dir });
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ type: "object", additionalProperties: false });
  });

  it("refuses a wrong file with its path, and reads another one when told", async () => {
    await project.write("onward.config.json", '{ "dealy": "3s" }');
    const { code, stderr } = await onward(["config"], { cwd: project.dir });
    expect(code).toBe(2);
    expect(stderr).toContain(
      `error: ${project.dir}/onward.config.json: there is no setting "dealy" (did you mean "delay"?).`,
    );
    await project.write("other.json", '{ "delay": "1m" }');
    expect(await json(["config", "--config", "other.json"], { cwd: project.dir })).toMatchObject({
      delay: { value: "1m", source: "file" },
    });
  });

  it("tells which prompts are a person's own, from files that `prompts init` wrote", async () => {
    const own = `${project.dir}-prompts`;
    onTestFinished(() => rm(own, { recursive: true, force: true }));
    expect((await onward(["prompts", "init", own])).code).toBe(0);
    const again = await onward(["prompts", "init", own]);
    expect([again.code, again.stderr]).toEqual([2, expect.stringContaining("init.md exists already")]);
    for (const name of ["init", "init-existing", "recovery", "gate-failed", "resume"]) {
      await rm(join(own, `${name}.md`));
    }
    await project.write("onward.config.json", JSON.stringify({ prompts: own }));
    expect(await json(["config"], { cwd: project.dir })).toMatchObject({
      prompts: { value: own, source: "file", files: { init: null, continue: join(own, "continue.md") } },
    });
    const { stdout, stderr } = await onward(["config"], { cwd: project.dir });
    expect(stdout).toMatch(/^ {2}continue +\S+continue\.md +prompts$/m);
    expect(stdout).not.toMatch(/^ {2}init /m);
    expect(stderr).toContain(
      `not trusted yet, so \`onward run\` asks first (or takes --trust-config):\n  prompts: ${own}`,
    );
  });

  it("writes no prompts where no run would take them, by whatever way the place is named", async () => {
    await project.write("app_spec.txt", "A tool.");
    const link = `${project.dir}-link`;
    await symlink(project.dir, link);
    onTestFinished(() => rm(link));
    for (const place of ["prompts", join(link, "deep/prompts")]) {
      const { code, stderr } = await onward(["prompts", "init", place], { cwd: project.dir });
      expect([code, stderr]).toEqual([
        2,
        expect.stringContaining(`lies in the project ${project.dir}, where`),
      ]);
      expect(stderr).toContain(
        `hint: Prompts lie outside, for example: onward prompts init ${project.dir}-prompts`,
      );
    }
    expect(await readdir(project.dir)).not.toEqual(expect.arrayContaining(["prompts"]));
    expect(await readdir(project.dir)).not.toEqual(expect.arrayContaining(["deep"]));
  });

  it("refuses prompts that the agent could change, before anything is started", async () => {
    await mkdir(join(project.dir, "prompts"));
    const args = ["run", "--dry-run", "--prompts", "prompts"];
    const { code, stderr } = await onward(args, { cwd: project.dir });
    expect([code, stderr]).toEqual([2, expect.stringContaining("lie where the agent works")]);
  });
});
