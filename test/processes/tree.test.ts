import { spawn } from "node:child_process";
import { once } from "node:events";
import { afterEach, describe, expect, it } from "vitest";
import { endTree, findMarked } from "../../src/processes/tree.ts";
import { aliveAmong, newMarker, startShell } from "./shell.ts";

const started: number[] = [];
afterEach(() => {
  for (const pid of aliveAmong(started.splice(0))) process.kill(pid, "SIGKILL");
});

async function start(...args: Parameters<typeof startShell>) {
  const shell = await startShell(...args);
  started.push(shell.pid, ...shell.printed);
  return shell;
}

/** `exec` keeps the pid and an ignored signal, so that each line printed is one process that is ready. */
const stubborn = `trap '' TERM HUP INT; echo $$; exec sleep 60`;
const polite = "echo $$; exec sleep 60";

describe("findMarked", () => {
  it("finds exactly the processes with that marker", async () => {
    const marker = newMarker();
    const { pid, printed } = await start(`sh -c '${polite}' & wait`, 1, { marker });
    const longer = await start(polite, 1, { marker: `${marker}0` });
    const other = await start(`OTHER_ONWARD_SESSION=${marker} exec sh -c '${polite}'`, 1);
    expect([...(await findMarked(marker))].sort()).toEqual([pid, ...printed].sort());
    expect(await findMarked(`${marker}0`)).toEqual(longer.printed);
    expect(aliveAmong(other.printed)).toEqual(other.printed);
  });

  it("does not count zombies", async () => {
    const marker = newMarker();
    // The child ends at once; `exec` replaces the shell that would have reaped it.
    const { pid } = await start(`true & echo $$; exec sleep 60`, 1, { marker });
    await expect.poll(() => findMarked(marker)).toEqual([pid]);
  });
});

describe("endTree", () => {
  it("lets a process leave by itself on SIGTERM", async () => {
    const marker = newMarker();
    const child = spawn("sh", ["-c", `trap 'kill $!; exit 7' TERM; sleep 60 & echo ready; wait`], {
      env: { ...process.env, ONWARD_SESSION: marker },
      stdio: ["ignore", "pipe", "inherit"],
      detached: true,
    });
    const exit = once(child, "exit");
    await once(child.stdout, "data");
    await endTree({ pid: child.pid ?? null, marker });
    expect(await exit).toEqual([7, null]);
  });

  it("ends what ignores SIGTERM, has its own session, scrubbed its environment and lost its parent", async () => {
    const marker = newMarker();
    const { pid, printed } = await start(
      [
        `setsid sh -c "${stubborn}" &`, // marked, own session
        `env -i PATH="$PATH" sh -c "${stubborn}" &`, // unmarked child
        `env -i PATH="$PATH" setsid sh -c "${stubborn}" &`, // unmarked child in its own session
        `setsid sh -c 'env -i PATH="$PATH" sh -c "${stubborn}" & echo $$; exec sleep 60' &`, // below that
        `(env -i PATH="$PATH" sh -c "${stubborn}" &)`, // unmarked orphan in the group
        "wait",
      ].join("\n"),
      6,
      { marker },
    );
    expect(aliveAmong([pid, ...printed])).toHaveLength(7);
    await endTree({ pid, marker }, { graceMs: 200 });
    expect(aliveAmong([pid, ...printed])).toEqual([]);
  });

  it("ends a tree that keeps starting new processes", async () => {
    const marker = newMarker();
    const fork = `while :; do env -i PATH="$PATH" setsid sh -c "trap '' TERM; exec sleep 60" & sleep 0.01; done`;
    const { pid } = await start(`trap '' TERM; echo $$; ${fork}`, 1, { marker });
    await endTree({ pid, marker }, { graceMs: 0 });
    expect(await findMarked(marker)).toEqual([]);
    expect(aliveAmong([pid])).toEqual([]);
  });

  it("goes by the marker alone when there is no pid", async () => {
    const marker = newMarker();
    const { pid, printed } = await start(`env -i PATH="$PATH" sh -c '${polite}' & wait`, 1, { marker });
    await endTree({ pid: null, marker });
    expect(aliveAmong([pid, ...printed])).toEqual([]);
  });

  it("ends the group of a leader that is already gone", async () => {
    const leader = spawn("sh", ["-c", `env -i PATH="$PATH" sh -c '${polite}' & exit`], {
      stdio: ["ignore", "pipe", "inherit"],
      detached: true,
    });
    const exit = once(leader, "exit");
    const [line] = await once(leader.stdout, "data");
    started.push(Number(line));
    await exit;
    await endTree({ pid: leader.pid ?? null, marker: newMarker() });
    expect(aliveAmong([Number(line)])).toEqual([]);
  });

  it("spares siblings, other sessions, and a process under a number that we did not start", async () => {
    const marker = newMarker();
    const sibling = await start(polite, 1, { detached: false });
    const stranger = await start(`sh -c '${polite}' & wait`, 1, { marker: newMarker() });
    await start(polite, 1, { marker, detached: false });
    await endTree({ pid: stranger.printed[0] ?? null, marker });
    await endTree({ pid: process.pid, marker });
    await endTree({ pid: process.ppid, marker });
    const spared = [...sibling.printed, stranger.pid, ...stranger.printed];
    expect(aliveAmong(spared)).toEqual(spared);
    expect(await findMarked(marker)).toEqual([]);
  });

  it("has nothing to do when nothing is left", async () => {
    await endTree({ pid: null, marker: newMarker() });
  });
});
