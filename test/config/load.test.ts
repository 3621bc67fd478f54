import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { settingsOf } from "../../src/config/config.ts";
import { defaults } from "../../src/config/defaults.ts";
import { loadConfig } from "../../src/config/load.ts";
import { configJsonSchema } from "../../src/config/schema.ts";

let scratch: string;
let dir: string;
beforeEach(async () => {
  scratch = await realpath(await mkdtemp(join(tmpdir(), "onward-config-")));
  dir = join(scratch, "project");
  await mkdir(dir);
});
afterEach(() => rm(scratch, { recursive: true, force: true }));

const file = (text: string) => writeFile(join(dir, "onward.config.json"), text);
const load = (flags = {}, path: string | null = null) => loadConfig({ dir, file: path, flags });

describe("the configuration", () => {
  it("is the defaults where nothing is said", async () => {
    const { config, sources } = await load();
    expect(config).toEqual(defaults);
    expect(new Set(Object.values(sources))).toEqual(new Set(["default"]));
    expect(Object.keys(sources)).toEqual(settingsOf(defaults).map(([name]) => name));
  });

  it("takes flags over the file over defaults, setting by setting", async () => {
    await file(
      '{ "delay": "10s", "maxCost": 5, "maxDuration": "2h", "stall": 90000, "verify": { "command": "npm test" }, "regression": "sample:3" }',
    );
    const { config, sources } = await load({ maxCostUsd: 7, verify: { timeoutMs: 1000 } });
    expect(config).toEqual({
      ...defaults,
      delayMs: 10_000,
      maxCostUsd: 7,
      maxDurationMs: 7_200_000,
      stallMs: 90_000,
      verify: { ...defaults.verify, command: "npm test", timeoutMs: 1000 },
      regression: { type: "sample", size: 3 },
    });
    expect(sources).toMatchObject({
      delay: "file",
      maxCost: "flag",
      "verify.command": "file",
      "verify.timeout": "flag",
      maxWait: "default",
    });
  });

  it("surrounds the checks with a setup and protects files", async () => {
    await file(
      '{ "verify": { "setup": ["npm", "start"], "ready": "http://127.0.0.1:{port}/", "port": "free", "setupTimeout": "90s", "protect": ["test/**"] } }',
    );
    expect((await load()).config.verify).toEqual({
      ...defaults.verify,
      setup: ["npm", "start"],
      ready: "http://127.0.0.1:{port}/",
      port: "free",
      setupTimeoutMs: 90_000,
      protect: ["test/**"],
    });
    const wrong: readonly (readonly [string, string])[] = [
      ['{ "ready": "port", "port": 3000 }', '"verify.ready" needs a verify.setup to wait for, but is "port"'],
      ['{ "setup": "x", "ready": "port" }', '"verify.ready" needs a verify.port to look at'],
      ['{ "setup": "x", "ready": "http://localhost:{port}" }', '"verify.ready" needs a verify.port'],
      ['{ "setup": "x", "ready": "soon" }', '"verify.ready" must be "port", or a URL'],
      ['{ "port": 70000 }', '"verify.port" must be a port, or "free"'],
      ['{ "protect": ["../test"] }', '"verify.protect.0" must be a glob relative to the project'],
      ['{ "protect": "test" }', '"verify.protect" must be an array of globs'],
      ['{ "tearDown": "x" }', 'did you mean "verify.teardown"'],
    ];
    for (const [text, problem] of wrong) {
      await file(`{ "verify": ${text} }`);
      await expect(load()).rejects.toMatchObject({ message: expect.stringContaining(problem) });
    }
  });

  it("may hold comments, trailing commas and a byte order mark", async () => {
    await file('\uFEFF{ // why\n "maxTurns": 5, /* and */ }');
    expect((await load()).config.maxTurns).toBe(5);
  });

  it.each([
    ['{ "maxIteration": 3 }', 'there is no setting "maxIteration" (did you mean "maxIterations"?)'],
    ['{ "delayMs": 3 }', 'there is no setting "delayMs" (did you mean "delay"?)'],
    [
      '{ "verify": { "comand": "x" } }',
      'there is no setting "verify.comand" (did you mean "verify.command"?)',
    ],
    ['{ "colour": 3 }', 'there is no setting "colour".'],
    [
      '{ "delay": "soon" }',
      '"delay" must be a duration such as "90s", "10m", "1h30m" or "2h", but is "soon"',
    ],
    ['{ "stall": 0 }', '"stall" must be more than 0'],
    ['{ "maxCost": -1 }', '"maxCost" must be more than 0, but is -1'],
    ['{ "maxTurns": 2.5 }', '"maxTurns" must be a whole number, but is 2.5'],
    ['{ "stopAtUtilization": 90 }', '"stopAtUtilization" must be at most 1'],
    ['{ "guard": "off" }', "switched off with --guard off --i-know alone"],
    ['{ "regression": "some" }', '"regression" must be "sample:10", "all" or "off", but is "some"'],
    ['{ "verify": "npm test" }', '"verify" must be an object such as'],
    ["[]", "it must hold an object"],
    ['{\n  "delay": }', "is not JSON: ValueExpected at line 2, column 12"],
    ["", "is not JSON"],
  ])("refuses %s in one sentence", async (text, problem) => {
    await file(text);
    await expect(load()).rejects.toMatchObject({
      code: "config-invalid",
      message: expect.stringContaining(problem),
    });
  });

  it("may be another file, which must exist", async () => {
    const other = join(scratch, "other.json");
    await expect(load({}, other)).rejects.toMatchObject({ code: "config-invalid" });
    await writeFile(other, '{ "fresh": true }');
    await file('{ "fresh": "no" }');
    expect((await load({}, other)).config.fresh).toBe(true);
  });

  it("must be a plain file", async () => {
    await mkdir(join(dir, "onward.config.json"));
    await expect(load()).rejects.toMatchObject({
      code: "config-invalid",
      message: expect.stringContaining("cannot be read: it is not a plain file"),
    });
  });

  it("runs a program only from outside the project (T1)", async () => {
    const outside = join(scratch, "config.ts");
    await writeFile(outside, "const turns: number = 7;\nexport default { maxTurns: turns };\n");
    expect((await load({}, outside)).config.maxTurns).toBe(7);

    const inside = join(dir, "config.mjs");
    await writeFile(inside, `throw new Error("it ran");`);
    await expect(load({}, inside)).rejects.toMatchObject({
      code: "config-invalid",
      message: expect.stringContaining("is a program inside the project"),
    });
    const link = join(scratch, "link.mjs");
    await symlink(inside, link);
    await expect(load({}, link)).rejects.toMatchObject({
      message: expect.stringContaining("is a program inside the project"),
    });
  });

  it("has a JSON schema that names every setting", () => {
    const { properties } = configJsonSchema() as { properties: Record<string, unknown> };
    const names = settingsOf(defaults).map(([name]) => name.split(".")[0]);
    expect(Object.keys(properties).sort()).toEqual(["$schema", ...new Set(names)].sort());
  });
});
