import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { createInterface } from "node:readline";
import { newSessionMarker, type SessionMarker } from "../../src/core/ids.ts";
import { markerVariable, type ProcessEntry, processTable } from "../../src/processes/table.ts";

export const newMarker = (): SessionMarker => newSessionMarker(randomUUID());

/**
 * Starts a shell script in its own process group, with the marker in its environment as an agent has it, and
 * waits until it has printed `count` process ids.
 */
export async function startShell(
  script: string,
  count: number,
  options: { marker?: string; detached?: boolean } = {},
): Promise<{ readonly pid: number; readonly printed: readonly number[] }> {
  const { marker, detached = true } = options;
  const child = spawn("sh", ["-c", script], {
    env: { ...process.env, [markerVariable]: marker },
    stdio: ["ignore", "pipe", "inherit"],
    detached,
  });
  const printed: number[] = [];
  for await (const line of createInterface(child.stdout)) {
    printed.push(Number(line));
    if (printed.length === count) break;
  }
  if (child.pid === undefined) throw new Error("sh did not start");
  return { pid: child.pid, printed };
}

/** Those of the process ids that are alive. */
export function aliveAmong(pids: readonly number[]): readonly number[] {
  const alive = new Set(processTable("").map((entry: ProcessEntry) => entry.pid));
  return pids.filter((pid) => alive.has(pid));
}
