import { once } from "node:events";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { onward, start } from "./onward.ts";
import { fiveFeatures, type MadeProject, makeProject } from "./project.ts";

let project: MadeProject;
beforeAll(async () => {
  project = await makeProject();
});
afterAll(() => project[Symbol.asyncDispose]());

describe("wrong usage exits 2 and says what was meant", () => {
  it.each([
    [["statsu"], "unknown command 'statsu'", "(Did you mean status?)"],
    [["status", "--jsn"], "unknown option '--jsn'", "(Did you mean --json?)"],
    [["run", "--max-iteration", "3"], "unknown option '--max-iteration'", "(Did you mean --max-iterations?)"],
    [["run", "--delay", "5"], "option '--delay <time>' argument '5' is invalid", "a duration such as"],
    [["run", "--max-cost", "free"], "argument 'free' is invalid", "an amount in US dollars"],
    [["run", "--max-iterations", "0"], "argument '0' is invalid", "a whole number of at least 1"],
    [["run", "--stop-at-utilization", "1.1"], "argument '1.1' is invalid", "a share over 0 and at most 1"],
    [["run", "--stall", "0s"], "argument '0s' is invalid", "more than 0"],
    [["run", "--regression", "sample:0"], "argument 'sample:0' is invalid", "sample:10, all or off"],
    [["run", "--sandbox", "maybe"], "argument 'maybe' is invalid", "auto, required, off"],
    [["run", "--guard", "off"], "--guard off lets the agent run anything", "--i-know"],
    [["show", "x"], "value 'x' is invalid", "a whole number"],
    [["show"], "missing required argument 'n'", ""],
    [["detect", "a", "b"], "too many arguments", ""],
    [["detect", "a", "--dir", "b"], "Two directories were named", ""],
    [["config", "edit"], "value 'edit' is invalid", "show, schema, init"],
    [["frobnicate"], "unknown command 'frobnicate'", ""],
    [["help", "rnu"], "unknown command 'rnu'", "(Did you mean run?)"],
    [["help", "features", "verfy"], "unknown command 'verfy'", "(Did you mean verify?)"],
    [["help", "frobnicate"], "unknown command 'frobnicate'", ""],
    [["features", "verfy"], "unknown command 'verfy'", "(Did you mean verify?)"],
    [["features", "verfy", "add"], "unknown command 'verfy'", "(Did you mean verify?)"],
    [["features", "nowhere"], "nowhere does not exist", ""],
  ])("%j", async (args, problem, hint) => {
    const { code, stdout, stderr } = await onward(args, { cwd: project.dir });
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toMatch(/^error: /);
    expect(stderr).toContain(problem);
    expect(stderr).toContain(hint);
  });
});

describe("manners", () => {
  it("prints help on standard output", async () => {
    const { code, stdout, stderr } = await onward(["--help"]);
    expect([code, stderr]).toEqual([0, ""]);
    for (const name of ["run", "demo", "detect", "status", "sessions", "show", "logs", "features", "stop"]) {
      expect(stdout).toMatch(new RegExp(`^  ${name} `, "m"));
    }
    expect(stdout).not.toMatch(/^ {2}complete /m);
    const run = await onward(["run", "--help"]);
    expect(run.stdout).toContain("--max-duration <time>");
    expect(run.stdout).toContain("Global Options:");
    expect((await onward(["help", "run"])).stdout).toBe(run.stdout);
    expect((await onward(["help"])).stdout).toBe(stdout);
    const verify = await onward(["features", "verify", "--help"]);
    expect(await onward(["help", "features", "verify"])).toEqual(verify);
  });

  it("takes a directory for one, whatever its name is like", async () => {
    await mkdir(join(project.dir, "verfy"));
    const { code, stdout } = await onward(["features", "verfy"], { cwd: project.dir });
    expect([code, stdout]).toEqual([0, "no feature_list.json yet\n"]);
  });

  it("shows a stack trace only with --debug", async () => {
    const missing = join(project.dir, "missing");
    const plain = await onward(["status", missing]);
    expect(plain.code).toBe(2);
    expect(plain.stderr).toBe(
      `error: ${missing} does not exist.\nhint: Name the project's directory, or make it first.\n`,
    );
    const debug = await onward(["status", missing, "--debug"]);
    expect(debug.stderr).toMatch(/\n {4}at .*inspect/);
  });

  it("refuses a damaged journal with what to do, exit 4", async () => {
    await using damaged = await makeProject();
    {
      await using _history = await damaged.history();
    }
    await damaged.write(".onward/journal.db", "not a database, but long enough to be looked at".repeat(100));
    const { code, stdout, stderr } = await onward(["status", damaged.dir]);
    expect([code, stdout]).toEqual([4, ""]);
    expect(stderr).toMatch(/error: The journal .* is damaged/);
    expect(stderr).toMatch(/hint: Move /);
  });

  it("ends quietly when its reader has seen enough", async () => {
    const many = Array.from({ length: 20_000 }, (_, index) => ({
      ...fiveFeatures[0],
      id: `feature-${index}`,
      description: "x".repeat(100),
    }));
    await project.list(many);
    const child = start(["features", project.dir]);
    let stderr = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      stderr += text;
    });
    await once(child.stdout, "data");
    child.stdout.destroy();
    const [code, signal] = await once(child, "close");
    expect({ code, signal, stderr }).toEqual({ code: 0, signal: null, stderr: "" });
  });

  it("colours only where asked, and not at all with --no-color or NO_COLOR", async () => {
    const colour = "\u001b[";
    const status = (args: readonly string[], env: NodeJS.ProcessEnv) =>
      onward(["status", project.dir, ...args], { env }).then(({ stdout }) => stdout.includes(colour));
    expect(await status([], {})).toBe(false);
    expect(await status([], { FORCE_COLOR: "1" })).toBe(true);
    expect(await status(["--no-color"], { FORCE_COLOR: "1" })).toBe(false);
    expect(await status([], { NO_COLOR: "1" })).toBe(false);
  });
});
