import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";

/** One live process, as the operating system tells it. */
export interface ProcessEntry {
  readonly pid: number;
  readonly parent: number;
  readonly group: number;
  /** Equal to `group` where the system does not tell sessions apart (macOS). */
  readonly session: number;
  /** Opaque; with `pid` it names one process for ever, however often the number is reused. */
  readonly started: string;
  readonly marked: boolean;
}

/** The variable that every process of a session inherits, and by which it is found again. */
export const markerVariable = "ONWARD_SESSION";

/**
 * A marker of its own for a part of what `marker` names: whoever looks for the whole finds its parts, but not
 * the other way round. So the reaper of a manager that died does not end what the next manager does again.
 */
export function partMarker(marker: string, part: string): string {
  return `${marker}.${part}`;
}

/**
 * All live processes; zombies do not count. `marked` is set on those whose environment, as it was when their
 * program started, holds the marker or one of its parts; an environment that we may not read counts as unmarked.
 *
 * Synchronous on purpose: the table is read in one go of 2 to 5 ms for a hundred processes, in which nothing
 * else of ours can start or reap one; the same reads through the thread pool take four times as long.
 */
export function processTable(marker: string): readonly ProcessEntry[] {
  return process.platform === "linux" ? readProc(marker) : parsePs(runPs(), marker);
}

/** Whether this very process is still alive (and is not another one under a reused number). */
export function isAlive(entry: ProcessEntry): boolean {
  const now = process.platform === "linux" ? readStat(entry.pid) : parsePs(runPs(entry.pid), "")[0];
  return now?.started === entry.started;
}

function readProc(marker: string): readonly ProcessEntry[] {
  const wanted = [`\0${markerVariable}=${marker}\0`, `\0${markerVariable}=${partMarker(marker, "")}`];
  const entries: ProcessEntry[] = [];
  for (const name of readdirSync("/proc")) {
    const pid = Number(name);
    if (!Number.isInteger(pid)) continue;
    const stat = readStat(pid);
    if (stat === null) continue;
    const environment = `\0${readOrEmpty(pid, "environ")}\0`;
    entries.push({ ...stat, marked: wanted.some((text) => environment.includes(text)) });
  }
  return entries;
}

/** proc_pid_stat(5). The program's name, in parentheses, may itself hold spaces and parentheses. */
function readStat(pid: number): Omit<ProcessEntry, "marked"> | null {
  const text = readOrEmpty(pid, "stat");
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  const [state, parent, group, session] = fields;
  const flags = Number(fields[6]);
  const started = fields[19];
  if (started === undefined || state === "Z" || state === "X" || (flags & kernelThread) !== 0) return null;
  return { pid, parent: Number(parent), group: Number(group), session: Number(session), started };
}

/** PF_KTHREAD of the kernel's sched.h: half of the table on a quiet machine, and never anybody's child. */
const kernelThread = 0x00200000;

/** A process that ended meanwhile, or belongs to somebody else, reads as empty. */
function readOrEmpty(pid: number, file: "stat" | "environ"): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "utf8");
  } catch {
    return "";
  }
}

/** Where there is no /proc. `e` puts the environment behind the command; `lstart` is always five words. */
export function runPs(pid?: number): string {
  const which = pid === undefined ? ["axeww"] : ["eww", "-p", String(pid)];
  try {
    return execFileSync("ps", [...which, "-o", "pid=,ppid=,pgid=,stat=,lstart=,command="], {
      encoding: "utf8",
      // Without our own environment, so that `ps` does not find itself marked.
      env: { PATH: process.env.PATH, LC_ALL: "C" },
      maxBuffer: 256 * 1024 * 1024,
      stdio: ["ignore", "pipe", "ignore"],
    });
  } catch {
    // `ps` fails when the process it was asked for is gone.
    return "";
  }
}

export function parsePs(output: string, marker: string): readonly ProcessEntry[] {
  const whole = `${markerVariable}=${marker}`;
  const parts = partMarker(whole, "");
  const entries: ProcessEntry[] = [];
  for (const line of output.split("\n")) {
    const words = line.trim().split(/\s+/);
    const [pid, parent, group, state] = words;
    if (state === undefined || state.startsWith("Z")) continue;
    entries.push({
      pid: Number(pid),
      parent: Number(parent),
      group: Number(group),
      session: Number(group),
      started: words.slice(4, 9).join(" "),
      marked: words.slice(9).some((word) => word === whole || word.startsWith(parts)),
    });
  }
  return entries;
}
