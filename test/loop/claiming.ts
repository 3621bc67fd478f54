/** A manager whose agent claims the feature `a` and waits for the verdict, in a process of its own, to be killed. */
import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { onTestFinished } from "vitest";

export function spawnManager(dir: string): ChildProcess {
  const main = join(import.meta.dirname, "claiming-main.ts");
  const child = spawn(process.execPath, [main, dir], { stdio: ["ignore", "inherit", "inherit"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  return child;
}
