import { spawnSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { onward } from "./onward.ts";

const complete = async (...words: string[]) => {
  const { code, stdout, stderr } = await onward(["complete", "--", ...words]);
  expect([code, stderr]).toEqual([0, ""]);
  return stdout
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith(":"))
    .map((line) => line.split("\t")[0]);
};

describe("completion", () => {
  it.each(["bash", "zsh", "fish"])("prints a script for %s", async (shell) => {
    const { code, stdout } = await onward(["completion", shell]);
    expect(code).toBe(0);
    expect(stdout).toContain("onward");
  });

  it("prints a script that bash can read", async () => {
    const { stdout } = await onward(["completion", "bash"]);
    const checked = spawnSync("bash", ["-n"], { input: stdout, encoding: "utf8" });
    expect([checked.status, checked.stderr]).toEqual([0, ""]);
  });

  it("knows commands, flags and the values of flags", async () => {
    expect(await complete("st")).toEqual(["status", "stop"]);
    expect(await complete("")).toContain("doctor");
    expect(await complete("")).not.toContain("complete");
    expect(await complete("run", "--max-c")).toEqual(["--max-cost"]);
    expect(await complete("run", "--de")).toEqual(expect.arrayContaining(["--delay", "--debug"]));
    expect(await complete("run", "--sandbox", "")).toEqual(["auto", "required", "off"]);
    expect(await complete("config", "s")).toEqual(["show", "schema"]);
    expect(await complete("completion", "f")).toEqual(["fish"]);
  });

  it("refuses a shell it does not know", async () => {
    expect((await onward(["completion", "csh"])).code).toBe(2);
  });
});
