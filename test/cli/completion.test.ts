import { spawnSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { launcher, onward } from "./onward.ts";

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

  it.each([
    [["st"], "status stop"],
    [["features", "re"], "reprioritise"],
    [["run", "--max-c"], "--max-cost"],
    [["run", "--sandbox", ""], "auto required off"],
  ])("prints a script that works in a bash without the package bash-completion: %j", async (typed, fits) => {
    const { stdout: script } = await onward(["completion", "bash"]);
    const words = ["onward", ...typed].map((word) => `'${word}'`).join(" ");
    const asked = `
      onward() { "$NODE" "$ONWARD" "$@"; }
      compopt() { :; } # is refused outside of a completion that a key has begun
      COMP_WORDS=(${words}) COMP_CWORD=${typed.length}
      __onward_complete
      echo "\${COMPREPLY[*]}"`;
    const { stdout, stderr } = spawnSync("bash", ["--norc", "--noprofile", "-c", script + asked], {
      env: { PATH: process.env.PATH, NODE: process.execPath, ONWARD: launcher },
      encoding: "utf8",
    });
    expect([stdout, stderr]).toEqual([`${fits}\n`, ""]);
  });

  it("knows the commands below a command, and their flags", async () => {
    const below = ["list", "add", "edit", "reprioritise", "lint", "verify", "show"];
    expect(await complete("features", "")).toEqual(expect.arrayContaining(below));
    expect(await complete("features", "add", "--desc")).toEqual(["--description"]);
    expect(await complete("features", "add", "--d")).toContain("--dir");
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
