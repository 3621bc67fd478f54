import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { acquireLock, readLockOwner } from "../../src/engines/lock.ts";

const program = fileURLToPath(new URL("./locking-main.ts", import.meta.url));
const owner = { pid: 4711, host: "elsewhere", pidNamespace: "pid:[7]", since: Date.UTC(2026, 0, 2) };
const children: ChildProcess[] = [];
let directory: string;
let file: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "onward-lock-"));
  file = join(directory, "lock.db");
});
afterEach(() => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
  rmSync(directory, { recursive: true });
});

/** A manager, once it has said what became of it. */
async function manager(...args: readonly string[]): Promise<{ child: ChildProcess; said: string }> {
  const child = spawn(process.execPath, ["--expose-gc", program, file, ...args], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  children.push(child);
  const [said] = await once(child.stdout, "data");
  return { child, said: String(said).trim() };
}

async function kill(child: ChildProcess): Promise<void> {
  child.kill("SIGKILL");
  await once(child, "exit");
}

describe("the lock of a project (R1)", () => {
  it("is free, held, and free again", async () => {
    expect(await readLockOwner(file)).toEqual({ type: "free" });
    expect(readdirSync(directory)).toEqual([]);
    const lock = await acquireLock(file, owner);
    expect(await readLockOwner(file)).toEqual({ type: "held", owner });
    await lock[Symbol.asyncDispose]();
    await lock[Symbol.asyncDispose]();
    expect(await readLockOwner(file)).toEqual({ type: "free" });
    expect(readdirSync(directory)).toEqual(["lock.db"]);
  });

  it("is refused to a second manager, who is told who holds it", async () => {
    const { child, said } = await manager();
    expect(said).toBe("held");
    const refusal = {
      code: "project-held",
      message: expect.stringContaining(
        `process ${child.pid} on here, another container or machine, since 1970`,
      ),
    };
    await expect(acquireLock(file, owner)).rejects.toMatchObject(refusal);
    expect(await readLockOwner(file)).toMatchObject({ type: "held", owner: { pid: child.pid } });
    expect((await manager()).said).toBe("project-held");
  });

  it("is free at once after kill -9, whatever the details beside it say", async () => {
    for (let round = 0; round < 3; round += 1) {
      const { child, said } = await manager();
      expect(said).toBe("held");
      await kill(child);
      expect(await readLockOwner(file)).toEqual({ type: "free" });
      expect(readdirSync(directory)).toContain("lock-owner.json");
    }
    await using lock = await acquireLock(file, owner);
    expect(lock.owner).toBe(owner);
    expect(await readLockOwner(file)).toEqual({ type: "held", owner });
  });

  it("goes to exactly one of many who try at once", async () => {
    const tries = await Promise.all(Array.from({ length: 6 }, () => manager()));
    expect(tries.map(({ said }) => said).sort()).toEqual(["held", ...Array(5).fill("project-held")]);
  });

  it("is not lost by asking or trying within the holder's process (L4)", async () => {
    await using _lock = await acquireLock(file, owner);
    await expect(acquireLock(file, owner)).rejects.toMatchObject({ code: "project-held" });
    expect(await readLockOwner(file)).toMatchObject({ type: "held" });
    expect((await manager()).said).toBe("project-held");

    const asking = await manager("ask");
    expect(asking.said).toBe("project-held");
  });

  it("is not lost by asking in another holder either", async () => {
    expect((await manager("ask")).said).toBe("held");
    await expect(acquireLock(file, owner)).rejects.toMatchObject({ code: "project-held" });
  });

  it("is not lost by a holder that forgets it (L5)", async () => {
    expect((await manager("collect")).said).toBe("held");
    await expect(acquireLock(file, owner)).rejects.toMatchObject({ code: "project-held" });
  });

  it("does not disturb a manager that starts while others ask", async () => {
    let asking = true;
    const asker = (async () => {
      for (; asking; await new Promise((resolve) => setImmediate(resolve))) await readLockOwner(file);
    })();
    expect((await manager()).said).toBe("held");
    asking = false;
    await asker;
  });

  it.each(["", "{", "[]", "null", `{"pid":1,"host":"h","since":"?"}`])(
    "is held by an unknown process when the details are %j",
    async (details) => {
      await using _lock = await acquireLock(file, owner);
      writeFileSync(join(directory, "lock-owner.json"), details);
      expect(await readLockOwner(file)).toEqual({ type: "held", owner: null });
      await expect(acquireLock(file, owner)).rejects.toThrow("held by another process");
    },
  );

  it("works on a damaged file, which is emptied and never removed (L3)", async () => {
    writeFileSync(file, "garbage ".repeat(1000));
    expect(await readLockOwner(file)).toEqual({ type: "free" });
    expect(readFileSync(file)).toHaveLength(8000);
    expect((await manager()).said).toBe("held");
    await expect(acquireLock(file, owner)).rejects.toMatchObject({ code: "project-held" });
  });

  it("says what is wrong when the file cannot be used", async () => {
    mkdirSync(file);
    await expect(acquireLock(file, owner)).rejects.toMatchObject({ code: "disk" });
    await expect(acquireLock(join(directory, "none", "lock.db"), owner)).rejects.toMatchObject({
      code: "disk",
    });
  });
});
