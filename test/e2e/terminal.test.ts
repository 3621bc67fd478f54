/** A run on a real terminal: the picture that a person sees, drawn by a terminal emulator from what was written. */
import { spawn } from "node:child_process";
import { join } from "node:path";
import { Terminal } from "@xterm/headless";
import { expect, onTestFinished, test, vi } from "vitest";
import { busy, launcher, stage } from "./onward.ts";

test("the status line says session, turn and running tool, below what has happened, and is gone in the end", async () => {
  const project = await stage({ respond: () => busy });
  const columns = 80;
  const screen = new Terminal({ cols: columns, rows: 30, allowProposedApi: true });
  const command = `stty cols ${columns} rows 30; exec '${process.execPath}' '${launcher}' run '${project.dir}' --max-cost 1`;
  const run = spawn("script", ["--quiet", "--flush", "--return", "--command", command, "/dev/null"], {
    env: { ...project.env, SHELL: "/bin/sh", TERM: "xterm-256color" },
    cwd: join(project.dir, ".."),
  });
  onTestFinished(() => void run.kill("SIGKILL"));
  const exit = new Promise((resolve) => run.once("exit", resolve));
  run.stdout.on("data", (bytes: Buffer) => screen.write(bytes));
  const lines = () =>
    Array.from({ length: 30 }, (_, row) => screen.buffer.active.getLine(row)?.translateToString(true) ?? "");

  await vi.waitFor(() => expect(lines().join("\n")).toMatch(/session 1 · turn 1 · Bash/), {
    timeout: 20_000,
  });
  expect(lines()).toContain("session 1 · init");
  expect(lines()).toContain("  Bash timeout 60 tail -f app_spec.txt");
  run.stdin.write("\u0003");
  expect(await exit).toBe(130);
  await vi.waitFor(() => expect(lines().join("\n")).toContain("interrupted"));
  expect(lines().filter((line) => line.includes("turn 1 · "))).toEqual([]);
});
