/** What `onward demo` makes sure of before it builds anything. The whole of it is run by the package's own test. */
import { existsSync } from "node:fs";
import { chmod, copyFile, mkdir, readdir } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { demoSpecFile } from "../../src/demo/scenario.ts";
import { onward, withoutAgent } from "./onward.ts";
import { fiveFeatures, hold, type MadeProject, makeProject } from "./project.ts";

let project: MadeProject;
beforeEach(async () => {
  project = await makeProject();
});
afterEach(() => project[Symbol.asyncDispose]());

describe("demo", () => {
  it.each([
    ["with a specification of its own", async () => project.write("app_spec.txt", "A bakery's till.\n")],
    ["without one", async () => {}],
  ])("leaves a project alone that Onward works on, %s", async (_, specify) => {
    await specify();
    await project.list(fiveFeatures.map((feature) => ({ ...feature, passes: true })));
    {
      await using _history = await project.history();
    }
    const before = await readdir(project.dir);
    const { code, stderr } = await onward(["demo", project.dir]);
    expect([code, stderr]).toEqual([2, expect.stringContaining("no earlier demo began there")]);
    expect(stderr).toContain("give it an empty directory");
    expect(await readdir(project.dir)).toEqual(before);
    if (before.includes("app_spec.txt"))
      expect(await project.read("app_spec.txt")).toBe("A bakery's till.\n");
  });

  it("goes on where an earlier demo began, unless it is held", async () => {
    await copyFile(demoSpecFile, join(project.dir, "app_spec.txt"));
    await using _held = await hold(project.dir);
    const { code, stderr } = await onward(["demo", project.dir]);
    expect([code, stderr]).toEqual([5, expect.stringContaining(`process ${process.pid}`)]);
  });

  it.each(["file", "file/below"])("says that %s is no directory", async (name) => {
    await project.write("file", "");
    const { code, stderr } = await onward(["demo", join(project.dir, name)]);
    expect(code).toBe(2);
    expect(stderr).toMatch(/error: .*(is not a directory|does not exist)\.\nhint: /);
  });

  it("says where it must not write", async () => {
    await mkdir(join(project.dir, "empty"), { mode: 0o555 });
    await chmod(project.dir, 0o555);
    for (const name of ["new", "empty"]) {
      const { code, stderr } = await onward(["demo", join(project.dir, name)], { asSomebody: true });
      expect([code, stderr]).toEqual([1, expect.stringMatching(/ cannot be written \(EACCES\)\.\nhint: /)]);
    }
    await chmod(project.dir, 0o755);
  });

  it("needs the agent's program, and begins nothing without it", async () => {
    const dir = join(project.dir, "new");
    const { code, stderr } = await onward(["demo", dir], withoutAgent());
    expect([code, stderr]).toEqual([
      4,
      expect.stringMatching(/program is not installed[\s\S]*hint: Install/),
    ]);
    expect(existsSync(dir)).toBe(false);
  });
});
