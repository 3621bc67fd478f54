import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { startReaper } from "../../src/processes/reaper.ts";
import { processTable } from "../../src/processes/table.ts";
import { endTree, findMarked } from "../../src/processes/tree.ts";
import { aliveAmong, newMarker, startShell } from "./shell.ts";

const stubborn = `trap '' TERM HUP INT; echo $$; exec sleep 60`;
const manager = fileURLToPath(new URL("./abandoning-main.ts", import.meta.url));
const reaperChildren = (parent: number) =>
  processTable("").flatMap((entry) =>
    entry.parent === parent && entry.session === entry.pid ? entry.pid : [],
  );

describe("reaper", () => {
  it("ends the session of a manager that was killed with SIGKILL (R5)", async () => {
    const marker = newMarker();
    const script = [
      `setsid sh -c "${stubborn}" &`,
      `env -i PATH="$PATH" setsid sh -c "${stubborn}" &`,
      `setsid sh -c 'env -i PATH="$PATH" setsid sh -c "${stubborn}" & echo $$; exec sleep 60' &`,
      "echo $$; wait",
    ].join("\n");
    const parent = spawn(process.execPath, [manager, marker, script], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const pids: number[] = [];
    for await (const line of createInterface(parent.stdout)) if (pids.push(Number(line)) === 5) break;
    const children = reaperChildren(parent.pid ?? 0);
    expect(aliveAmong([...pids, ...children])).toEqual([...pids, ...children]);

    parent.kill("SIGKILL");
    await once(parent, "exit");
    await expect.poll(() => aliveAmong([...pids, ...children]), { timeout: 5000, interval: 20 }).toEqual([]);
  }, 20_000);

  it("leaves alone what is not watched, ends what is still watched when disposed, and exits itself", async () => {
    const [kept, ended] = [newMarker(), newMarker()];
    const before = reaperChildren(process.pid);
    const reaper = startReaper();
    const own = reaperChildren(process.pid).filter((pid) => !before.includes(pid));
    reaper.watch(kept);
    reaper.watch(ended);
    reaper.forget(kept);
    const shells = [
      await startShell("echo $$; exec sleep 60", 1, { marker: kept }),
      await startShell("echo $$; exec sleep 60", 1, { marker: ended }),
    ];
    await reaper[Symbol.asyncDispose]();
    await reaper[Symbol.asyncDispose]();
    expect(aliveAmong(shells.map((shell) => shell.pid))).toEqual([shells[0]?.pid]);
    expect(aliveAmong(own)).toEqual([]);
    await endTree({ pid: shells[0]?.pid ?? null, marker: kept });
  });

  it("survives signals and the end of a session, and is replaced when it is killed (P2, P3)", async () => {
    const marker = newMarker();
    const before = reaperChildren(process.pid);
    const own = () => reaperChildren(process.pid).filter((pid) => !before.includes(pid));
    await using reaper = startReaper();
    reaper.watch(marker);
    const [first] = own();
    if (first === undefined) throw new Error("no reaper");
    // Another session's life is long enough for the child to be up and to have been steady.
    const session = await startShell("echo $$; exec sleep 60", 1, { marker: newMarker() });
    await endTree({ pid: session.pid, marker: "ses_none" });
    await new Promise((resolve) => setTimeout(resolve, 1100));
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.kill(first, signal);
    expect(own()).toEqual([first]);

    process.kill(first, "SIGKILL");
    const others = () => own().filter((child) => child !== first);
    await expect.poll(others, { timeout: 5000, interval: 10 }).toHaveLength(1);
    const { pid } = await startShell("echo $$; exec sleep 60", 1, { marker });
    await reaper[Symbol.asyncDispose]();
    expect(aliveAmong([pid])).toEqual([]);
  });

  it("does not keep its manager's event loop alive", async () => {
    const program = `import { startReaper } from ${JSON.stringify(import.meta.resolve("../../src/processes/reaper.ts"))};
      startReaper().watch("ses_none");`;
    const child = spawn(process.execPath, ["--input-type=module", "-e", program], { stdio: "inherit" });
    expect(await once(child, "exit")).toEqual([0, null]);
    expect(await findMarked("ses_none")).toEqual([]);
  });
});
