/** Two managers in containers of their own that share the project's directory: R1 holds, and numbers mislead nobody. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { acquireLock, ownPidNamespace, readLockOwner } from "../../src/engines/lock.ts";

const program = join(import.meta.dirname, "../engines/locking-main.ts");
/** A process table and a host name of its own; it dies with its first process, as a container does. */
const container = (name: string) => [
  ..."unshare --user --map-root-user --uts --pid --fork --kill-child --mount-proc".split(" "),
  ...["sh", "-c", `hostname ${name} && exec "$@"`, "sh"],
];

async function managerIn(name: string, file: string): Promise<{ child: ChildProcess; said: string }> {
  const [command = "", ...args] = [...container(name), process.execPath, program, file, "container"];
  const child = spawn(command, args, { stdio: ["ignore", "pipe", "inherit"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  const [said] = await once(child.stdout, "data");
  return { child, said: String(said).trim() };
}

test("the lock holds across containers, says that the process is elsewhere, and is free when its container is gone", async () => {
  const dir = mkdtempSync(join(tmpdir(), "onward-containers-"));
  onTestFinished(() => rmSync(dir, { recursive: true }));
  const file = join(dir, "lock.db");
  const { child, said } = await managerIn("first", file);
  expect(said).toBe("held");
  expect((await managerIn("second", file)).said).toBe("project-held");

  const here = { pid: process.pid, host: hostname(), pidNamespace: ownPidNamespace(), since: 0 };
  await expect(acquireLock(file, here)).rejects.toMatchObject({
    code: "project-held",
    message: expect.stringContaining("process 1 on first, another container or machine"),
  });

  child.kill("SIGKILL");
  await once(child, "exit");
  await expect.poll(() => readLockOwner(file)).toEqual({ type: "free" });
  await using _lock = await acquireLock(file, here);
  expect((await managerIn("second", file)).said).toBe("project-held");
});
