import { mkdtemp, readFile, realpath, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { loadConfig } from "../../src/config/load.ts";
import { isTrusted, needsTrust, recordTrust, trustFile } from "../../src/config/trust.ts";

let scratch: string;
const before = process.env.XDG_STATE_HOME;
beforeEach(async () => {
  scratch = await realpath(await mkdtemp(join(tmpdir(), "onward-trust-")));
  process.env.XDG_STATE_HOME = join(scratch, "state");
});
afterEach(async () => {
  if (before === undefined) delete process.env.XDG_STATE_HOME;
  else process.env.XDG_STATE_HOME = before;
  await rm(scratch, { recursive: true, force: true });
});

const project = async () => mkdtemp(join(scratch, "project-"));

describe("trust (T1)", () => {
  it("is given by a person, for exactly these commands, in this project", async () => {
    const [dir, other] = [await project(), await project()];
    expect(await isTrusted(dir, ["npm test"])).toBe(false);
    await recordTrust(dir, ["npm test"]);
    await recordTrust(other, ["make"]);
    expect(await isTrusted(dir, ["npm test"])).toBe(true);
    expect(await isTrusted(dir, ["npm test "])).toBe(false);
    expect(await isTrusted(dir, ["npm test", "make"])).toBe(false);
    expect(await isTrusted(other, ["npm test"])).toBe(false);
    await recordTrust(dir, ["make"]);
    expect(await isTrusted(dir, ["npm test"])).toBe(false);
  });

  it("knows the project by its real path", async () => {
    const dir = await project();
    await symlink(dir, join(scratch, "link"));
    await recordTrust(join(scratch, "link"), ["make"]);
    expect(await isTrusted(dir, ["make"])).toBe(true);
  });

  it("is kept where only the person may look, and a damaged record trusts nothing", async () => {
    const dir = await project();
    await recordTrust(dir, ["make"]);
    expect(trustFile()).toBe(join(scratch, "state", "onward", "trust.json"));
    expect((await stat(trustFile())).mode & 0o777).toBe(0o600);
    expect(await readFile(trustFile(), "utf8")).not.toContain("make");
    await writeFile(trustFile(), "{");
    expect(await isTrusted(dir, ["make"])).toBe(false);
    await recordTrust(dir, ["make"]);
    expect(await isTrusted(dir, ["make"])).toBe(true);
    expect((await stat(trustFile())).mode & 0o777).toBe(0o600);
  });

  it("does not follow a relative XDG_STATE_HOME into the project", () => {
    expect(trustFile({ XDG_STATE_HOME: "state" })).not.toContain(process.cwd());
  });

  it("is needed for what the file says, not for what a person types", async () => {
    const dir = await project();
    const load = (flags = {}) => loadConfig({ dir, file: null, flags });
    expect(needsTrust(await load({ verify: { command: "make" }, sandbox: "off" }))).toEqual([]);
    await writeFile(
      join(dir, "onward.config.json"),
      '{ "verify": { "command": ["npm", "test"] }, "sandbox": "off", "guard": "sandboxed", "delay": "1s" }',
    );
    expect(needsTrust(await load())).toEqual([
      'verify.command: ["npm","test"]',
      "sandbox: off",
      "guard: sandboxed",
    ]);
    expect(needsTrust(await load({ verify: { command: "make" }, guard: "strict", sandbox: "auto" }))).toEqual(
      [],
    );
    await writeFile(join(dir, "onward.config.json"), '{ "prompts": "/home/ada/prompts" }');
    expect(needsTrust(await load())).toEqual(["prompts: /home/ada/prompts"]);
    expect(needsTrust(await load({ prompts: "/home/ada/others" }))).toEqual([]);
    expect(await isTrusted(dir, [])).toBe(true);
    await writeFile(
      join(dir, "onward.config.json"),
      '{ "verify": { "setup": "npm start", "ready": "port", "port": "free", "teardown": "rm db", "protect": ["t"] } }',
    );
    expect(needsTrust(await load())).toEqual([
      "verify.setup: npm start",
      "verify.ready: port",
      "verify.teardown: rm db",
    ]);
  });
});
