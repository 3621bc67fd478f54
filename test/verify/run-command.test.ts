import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { findMarked } from "../../src/processes/tree.ts";
import { type CommandSpec, runCommand } from "../../src/verify/run-command.ts";
import { type Command, withoutSecrets } from "../../src/verify/started-command.ts";
import { newMarker } from "../processes/shell.ts";

function spec(command: Command, over: Partial<CommandSpec> = {}): CommandSpec {
  const cwd = realpathSync(mkdtempSync(join(tmpdir(), "onward-verify-")));
  onTestFinished(() => rmSync(cwd, { recursive: true, force: true }));
  const env = { PATH: process.env.PATH };
  return {
    command,
    cwd,
    env,
    timeoutMs: 30_000,
    marker: newMarker(),
    signal: new AbortController().signal,
    ...over,
  };
}

describe("runCommand", () => {
  it("runs a line in the shell and a program with its arguments, in the directory", async () => {
    const line = spec("echo $((1 + 1)); pwd; echo bad >&2; exit 3");
    expect(await runCommand(line)).toMatchObject({
      exitCode: 3,
      timedOut: false,
      outputTail: expect.stringContaining(`2\n${line.cwd}\n`),
    });
    const literal = await runCommand(spec(["printf", "%s", "$(id) 'x'"]));
    expect(literal).toMatchObject({ exitCode: 0, outputTail: "$(id) 'x'" });
  });

  it("has no input to wait for, no terminal, and no secrets (V3)", async () => {
    const env = {
      PATH: process.env.PATH,
      ANTHROPIC_BASE_URL: "u",
      CLAUDE_CONFIG_DIR: "d",
      GITHUB_TOKEN: "t",
      MY_API_KEY: "k",
      DB_PASSWORD: "p",
      PLAIN: "kept",
    };
    const command = spec("cat; test -t 0 || echo no terminal; env", { env });
    const { outputTail } = await runCommand(command);
    expect(outputTail).toContain("no terminal\n");
    expect(outputTail).toContain(`ONWARD_SESSION=${command.marker}`);
    expect(outputTail).toContain("PLAIN=kept");
    expect(outputTail).not.toMatch(/ANTHROPIC|CLAUDE|TOKEN|API_KEY|PASSWORD/);
    expect(withoutSecrets({ client_secret: "x", HOME: "h" })).toEqual({ HOME: "h" });
  });

  it("keeps the end of a flood (V2)", async () => {
    const { outputTail, exitCode } = await runCommand(spec("yes ää | head -c 200000000; printf end"));
    expect(exitCode).toBe(0);
    expect(Buffer.byteLength(outputTail)).toBeLessThanOrEqual(4096);
    expect(outputTail).toMatch(/^[ä\n]+end$/);
  });

  it("does not wait for what the command leaves behind, and ends it (V1)", async () => {
    const command = spec("setsid tail -f /dev/null & tail -f /dev/null & echo started");
    const { exitCode, outputTail } = await runCommand(command);
    expect({ exitCode, outputTail }).toEqual({ exitCode: 0, outputTail: "started\n" });
    expect(await findMarked(command.marker)).toEqual([]);
  });

  it("ends the whole tree at the time limit, whatever exit code it makes of that", async () => {
    const command = spec(
      "trap 'echo cleaned up; exit 0' TERM; setsid tail -f /dev/null & while :; do wait; done",
      {
        timeoutMs: 300,
      },
    );
    const { exitCode, timedOut, outputTail } = await runCommand(command);
    expect({ exitCode, timedOut, outputTail }).toEqual({
      exitCode: null,
      timedOut: true,
      outputTail: "cleaned up\n",
    });
    expect(await findMarked(command.marker)).toEqual([]);
  });

  it("ends a command that does not want to", async () => {
    const command = spec("trap '' TERM; while :; do :; done", { timeoutMs: 100 });
    expect(await runCommand(command)).toMatchObject({ exitCode: null, timedOut: true });
    expect(await findMarked(command.marker)).toEqual([]);
  });

  it("ends at an abort, and does not start after one", async () => {
    const stop = new AbortController();
    const command = spec("echo $$ > pid; tail -f /dev/null", { signal: stop.signal });
    const running = runCommand(command);
    execFileSync("sh", ["-c", "until [ -s pid ]; do :; done"], { cwd: command.cwd, timeout: 10_000 });
    stop.abort();
    expect(await running).toMatchObject({ exitCode: null, timedOut: false });
    const pid = Number(readFileSync(join(command.cwd, "pid"), "utf8"));
    expect(() => process.kill(pid, 0)).toThrow("ESRCH");
    const late = await runCommand(spec("touch ran", { signal: stop.signal }));
    expect(late).toMatchObject({ exitCode: null, outputTail: "" });
  });

  it("tells what could not be started", async () => {
    for (const command of [["no-such-program"], ["a\0b"], [], "x\0y"]) {
      const result = await runCommand(spec(command));
      expect(result).toMatchObject({
        exitCode: 127,
        outputTail: expect.stringContaining("cannot be started"),
      });
    }
    expect(await runCommand(spec("true", { cwd: "/no/such/directory" }))).toMatchObject({ exitCode: 127 });
    expect(await runCommand(spec("no-such-program"))).toMatchObject({ exitCode: 127 });
    expect(await runCommand(spec("kill -9 $$"))).toMatchObject({ exitCode: null, timedOut: false });
  });
});
