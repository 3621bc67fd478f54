/** The package as people get it: packed, installed into an empty directory, run from `dist/`. */
import { execFile, execFileSync } from "node:child_process";
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { demoSpecFile, scenario } from "../../src/demo/scenario.ts";
import { startScriptedModel } from "../../src/demo/scripted-model.ts";

const root = join(import.meta.dirname, "../..");
let dir = "";

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "onward-package-"));
  await mkdir(join(dir, "project"));
  run("npm", ["pack", "--silent", "--pack-destination", dir], root);
  const { version } = JSON.parse(await readFile(join(root, "package.json"), "utf8")) as { version: string };
  await writeFile(join(dir, "package.json"), '{ "private": true, "type": "module" }\n');
  run(
    "npm",
    ["install", "--silent", "--no-audit", "--no-fund", "--prefer-offline", `onward-${version}.tgz`],
    dir,
  );
}, 240_000);

afterAll(() => rm(dir, { recursive: true, force: true }));

/** A machine whose Node is this one. */
const env = { ...process.env, PATH: `${dirname(process.execPath)}:${process.env.PATH}` };
const run = (command: string, args: readonly string[], cwd = dir) =>
  execFileSync(command, args, { cwd, env, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
const onward = (...args: readonly string[]) => run(installed(), args);
const installed = () => join(dir, "node_modules/.bin/onward");

test("onward --version answers the package's version", async () => {
  const { version } = JSON.parse(await readFile(join(root, "package.json"), "utf8")) as { version: string };
  expect(onward("--version").trim()).toBe(version);
});

test("onward detect works from dist", () => {
  expect(JSON.parse(onward("detect", "project", "--json"))).toMatchObject({
    sessionType: "init",
    state: "new",
  });
});

test("the library is imported by its name", async () => {
  await writeFile(
    join(dir, "use.ts"),
    'import { defaults, detectSessionType } from "onward";\nconsole.log(await detectSessionType("project"), defaults.maxTurns);\n',
  );
  expect(run(process.execPath, ["use.ts"]).trim()).toBe("init 1000");
});

test("onward demo builds its program from the package", async () => {
  const temporary = join(dir, "tmp");
  await mkdir(temporary);
  const out = execFileSync(installed(), ["demo", "demo", "--json"], {
    cwd: dir,
    env: { ...env, TMPDIR: temporary },
    encoding: "utf8",
  });
  const end = JSON.parse(out.trim().split("\n").at(-1) ?? "{}") as { type: string; reason: string };
  expect(end).toMatchObject({ type: "run.ended", reason: "complete" });
  expect(run("git", ["log", "--format=%s"], join(dir, "demo")).split("\n").length).toBeGreaterThan(6);
}, 120_000);

test("the demo leaves nothing behind in the directory for temporary files, and hides no word of what is done", async () => {
  expect(await readdir(join(dir, "tmp"))).not.toContainEqual(expect.stringContaining("demo-home"));
  const said = onward("logs", "demo", "--session", "2", "--raw");
  expect(said).toContain("scripted-agent");
  expect(said).not.toContain("[redacted]");
});

/** Runs one of `examples/` beside the installed package, on a project of its own, and answers what it printed. */
async function runExample(name: string, ...args: readonly string[]): Promise<string> {
  await using model = await startScriptedModel({ respond: scenario });
  const project = join(dir, `project-of-${name}`);
  await mkdir(project);
  await copyFile(demoSpecFile, join(project, "app_spec.txt"));
  await copyFile(join(root, "examples", name), join(dir, name));
  const env = {
    PATH: process.env.PATH,
    HOME: dir,
    ANTHROPIC_BASE_URL: model.url,
    ANTHROPIC_API_KEY: "scripted",
  };
  const { stdout } = await promisify(execFile)(process.execPath, [name, project, ...args], { cwd: dir, env });
  return stdout;
}

test("the example works on a project until it is complete", async () => {
  const stdout = await runExample("auto-continue.ts");
  expect(stdout).toMatch(/^A new project\.\nsession 1 \(init, done\)/);
  expect(stdout).toMatch(/complete: every feature passes, verified\n$/);
}, 120_000);

test("the example of a single session runs one, and says what it came to", async () => {
  const stdout = await runExample("one-session.ts", "Write the feature list.");
  expect(stdout).toMatch(/^done, \$\d+\.\d\d, checkpoint [0-9a-f]{8}\n$/);
}, 120_000);
