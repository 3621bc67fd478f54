/** Whom a kill is meant for, and where in the process table they are; Linux alone, as is the whole campaign. */
import { readdirSync, readFileSync } from "node:fs";
import type { Managing, Scene } from "./scene.ts";

/** `stop` is asked by SIGTERM, everything else dies of SIGKILL. */
export type Victim = "manager" | "stop" | "agent" | "agent and manager" | "reaper" | "grandchild";

/** Process ids, the first to die first; empty while there is nobody. */
export function findVictims(victim: Victim, scene: Scene, { child }: Managing): readonly number[] {
  const manager = child.pid ?? 0;
  const ofManager = (program: string) =>
    processes().filter(({ parent, command }) => parent === manager && command.includes(program));
  switch (victim) {
    case "manager":
    case "stop":
      return [manager];
    case "agent":
      return ofManager("faults/agent.ts").map(({ pid }) => pid);
    case "agent and manager": {
      const agents = ofManager("faults/agent.ts").map(({ pid }) => pid);
      return agents.length === 0 ? [] : [...agents, manager];
    }
    case "reaper":
      return ofManager("reaper-main").map(({ pid }) => pid);
    case "grandchild":
      return grandchildren(scene);
    default:
      throw new Error(`unknown victim ${victim satisfies never}`);
  }
}

interface Process {
  readonly pid: number;
  readonly parent: number;
  readonly command: string;
}

function processes(): readonly Process[] {
  return pids().flatMap((pid) => {
    try {
      const [state = "Z", parent] = readFileSync(`/proc/${pid}/stat`, "utf8")
        .replace(/^.*\) /s, "")
        .split(" ");
      const command = readFileSync(`/proc/${pid}/cmdline`, "utf8");
      return state === "Z" ? [] : [{ pid, parent: Number(parent), command }];
    } catch {
      return []; // it has ended meanwhile
    }
  });
}

/** What an agent, or a command that checks its claims, has started: it carries a marker, and is no agent. */
function grandchildren(scene: Scene): readonly number[] {
  return processes().flatMap(({ pid, command }) => {
    if (command.includes("faults/")) return [];
    try {
      const environment = readFileSync(`/proc/${pid}/environ`, "utf8");
      return environment.includes("ONWARD_SESSION=") && environment.includes(scene.witness) ? [pid] : [];
    } catch {
      return [];
    }
  });
}

function pids(): readonly number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
}
