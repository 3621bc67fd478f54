import { spawn } from "node:child_process";
import { once } from "node:events";
import { openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import { busy, launcher, stage } from "./onward.ts";

test("with its output in files a run outlives its terminal, and still stops when it is asked to", async () => {
  const project = await stage({ respond: () => busy });
  const [out, log] = ["out.jsonl", "log.txt"].map((name) => join(project.env.HOME ?? "", name));
  const outputs = [out, log].map((path) => openSync(path ?? "", "a"));
  const command = [process.execPath, launcher, "run", project.dir, "--max-cost", "1", "--json"];
  const run = spawn("nohup", command, { env: project.env, stdio: ["ignore", ...outputs] });
  onTestFinished(() => void run.kill("SIGKILL"));
  const exit = once(run, "exit");
  await vi.waitFor(() => expect(readFileSync(out ?? "", "utf8")).toContain('"type":"tool"'), {
    timeout: 20_000,
  });
  run.kill("SIGHUP");
  // The first signal that counts decides the exit code.
  run.kill("SIGTERM");
  expect(await exit).toEqual([143, null]);
});
