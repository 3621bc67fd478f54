import { spawnSync } from "node:child_process";
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { home, launcher, onward } from "./onward.ts";

const scratch = mkdtempSync(join(tmpdir(), "onward-launcher-"));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));
const { version } = JSON.parse(readFileSync(join(launcher, "../../package.json"), "utf8"));

/** Runs a launcher on a Node that says it is another version. */
function onNode(pretended: string, file: string, args: readonly string[]) {
  const preload = join(scratch, "pretend.cjs");
  writeFileSync(
    preload,
    `Object.defineProperty(process, "versions", { value: { node: ${JSON.stringify(pretended)} } });`,
  );
  return spawnSync(process.execPath, ["--require", preload, file, ...args], { encoding: "utf8" });
}

describe("the launcher", () => {
  it.each(["--version", "-V", "version"])("answers %s", async (flag) => {
    expect(await onward([flag])).toEqual({ code: 0, stdout: `${version}\n`, stderr: "" });
  });

  it("answers --version among other flags too", async () => {
    expect(await onward(["--version", "--quiet"])).toEqual({ code: 0, stdout: `${version}\n`, stderr: "" });
  });

  it("tells an old Node what to do: in a checkout, its own Node", () => {
    const { status, stderr, stdout } = onNode("20.20.2", launcher, ["run", "my project"]);
    expect([status, stdout]).toEqual([1, ""]);
    expect(stderr).toContain("error: Onward needs Node 24 or newer; this is Node 20.20.2.");
    expect(stderr).toContain(`hint: ${join(launcher, "../onward")} run 'my project'`);
  });

  it("tells an old Node what to do: in a package, a newer one for this machine", () => {
    mkdirSync(join(scratch, "bin"));
    const installed = join(scratch, "bin", "onward.cjs");
    writeFileSync(installed, readFileSync(launcher));
    const { status, stderr } = onNode("8.0.0", installed, ["--version"]);
    expect(status).toBe(1);
    const platform = `${process.platform}-${process.arch}`;
    expect(stderr).toContain(`hint: npx -p node-${platform}@24 -p onward onward --version\n`);
  });

  it("runs on the checkout's own Node where the machine's is another, also by way of links", () => {
    const machine = join(scratch, "machine");
    mkdirSync(machine);
    writeFileSync(join(machine, "node"), "#!/bin/sh\nexit 99\n", { mode: 0o755 });
    symlinkSync(join(launcher, ".."), join(scratch, "package"));
    symlinkSync("../package/onward", join(machine, "onward"));
    const env = { PATH: `${machine}:${process.env.PATH}`, HOME: home };
    const { status, stderr } = spawnSync(join(machine, "onward"), ["detect", scratch, "--json", "--nosuch"], {
      encoding: "utf8",
      env,
    });
    expect([status, stderr]).toEqual([2, expect.stringContaining("unknown option '--nosuch'")]);
  });

  it("is ES5, so that an old Node can read it at all", () => {
    const code = readFileSync(launcher, "utf8")
      .replaceAll(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, "")
      .replaceAll(/"(?:[^"\\]|\\.)*"/g, '""');
    expect(code).not.toMatch(/=>|`|\b(let|const|class|async|await|import)\b|\.\.\.|\?\.|\?\?/);
  });

  it("prints no warning of Node's, and hides none of others", async () => {
    expect((await onward(["--help"])).stderr).toBe("");
    const preload = join(scratch, "warn.cjs");
    const all = ["Type Stripping is an experimental feature and might change at any time", "mind the gap"];
    const emit = (text: string) => `process.emitWarning(${JSON.stringify(text)}, "ExperimentalWarning");`;
    writeFileSync(preload, `setImmediate(function () { ${all.map(emit).join("")} });`);
    const env = { PATH: process.env.PATH, HOME: home };
    const { stderr } = spawnSync(process.execPath, ["--require", preload, launcher, "--help"], {
      encoding: "utf8",
      env,
    });
    expect(stderr).not.toContain("Type Stripping");
    expect(stderr).toContain("mind the gap");
  });

  it("keeps its compiled code where no project reaches", async () => {
    const cache = join(scratch, "cache");
    await onward(["--help"], { env: { XDG_CACHE_HOME: cache } });
    expect(readdirSync(join(cache, "onward", "compile"))).not.toEqual([]);
    await onward(["--help"], { cwd: scratch, env: { XDG_CACHE_HOME: "relative" } });
    expect(readdirSync(scratch)).not.toContain("relative");
  });
});
