/**
 * Finds and ends all processes of a session (R5).
 *
 * T1 A process belongs to the tree when its environment holds the session's marker, when its parent belongs,
 *    or when the leader of its process group or session belongs. Agents put shells into sessions of their own,
 *    and a program may scrub its environment: each of the three ways catches what escapes the others.
 * T2 Once a member, always a member: a process that loses its parent stays on the list.
 * T3 Never signalled: this process and its ancestors, and whatever is reachable only through them.
 * T4 A number that the system has given to another process is not signalled: members are known by pid and
 *    start time.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { OnwardError } from "../core/errors.ts";
import { isAlive, type ProcessEntry, processTable } from "./table.ts";

export interface TreeTarget {
  /**
   * The group leader that the caller itself started, null when it started none. A number read from a record
   * of the past is of no use here: the marker finds what is left of it.
   */
  readonly pid: number | null;
  readonly marker: string;
}

/** How long a process may take to vanish after SIGKILL; only the kernel itself can delay it (disk, NFS). */
const killBoundMs = 5000;
const pollMs = 10;

/** Live processes, other than this one, that carry `ONWARD_SESSION=<marker>` or a part of it. */
export async function findMarked(marker: string): Promise<readonly number[]> {
  return processTable(marker)
    .filter((entry) => entry.marked && entry.pid !== process.pid)
    .map((entry) => entry.pid);
}

/**
 * Ends the whole tree: SIGTERM, up to `graceMs` (default 1000; 0 goes straight to the end) for it to leave by
 * itself, then SIGKILL. Resolves when all of it is gone; throws `internal` naming the survivors when some are
 * still there five seconds after SIGKILL.
 */
export async function endTree(target: TreeTarget, options: { graceMs?: number } = {}): Promise<void> {
  const tree = trackTree(target);
  const graceEnd = performance.now() + (options.graceMs ?? 1000);
  const asked = new Set<string>();
  while (performance.now() < graceEnd) {
    const members = tree.look();
    if (members.length === 0) return;
    for (const member of members) {
      if (!asked.has(keyOf(member))) signal(member, "SIGTERM");
      asked.add(keyOf(member));
    }
    await untilGone(members, graceEnd);
  }

  const killEnd = performance.now() + killBoundMs;
  for (;;) {
    const members = freeze(tree);
    if (members.length === 0) return;
    if (performance.now() >= killEnd) throw survived(members);
    for (const member of members) signal(member, "SIGKILL");
    await untilGone(members, killEnd);
  }
}

interface Tree {
  /** Reads the process table and returns the members that are alive now. */
  look(): readonly ProcessEntry[];
}

function trackTree(target: TreeTarget): Tree {
  /** Start times by pid: of members (T2), and of a leader that may already be gone. */
  let first: readonly ProcessEntry[] | null = processTable(target.marker);
  const known = leaderOf(target, first);
  const look = () => {
    const table = first ?? processTable(target.marker);
    first = null;
    const spared = ourLine(table);
    for (const { pid, started } of table) {
      if (known.has(pid) && known.get(pid) !== started) known.delete(pid);
    }
    let before: number;
    do {
      before = known.size;
      for (const { pid, parent, group, session, marked, started } of table) {
        if (spared.has(pid)) continue;
        if (marked || known.has(parent) || known.has(group) || known.has(session)) known.set(pid, started);
      }
    } while (known.size > before);
    return table.filter((entry) => known.has(entry.pid));
  };
  return { look };
}

/**
 * Empty when the target's number now names somebody else's process. A number without a process is still good:
 * the kernel does not give it away while a group or session of that number has members.
 */
function leaderOf({ pid }: TreeTarget, table: readonly ProcessEntry[]): Map<number, string> {
  if (pid === null || ourLine(table).has(pid)) return new Map();
  const entry = table.find((candidate) => candidate.pid === pid);
  if (entry === undefined) return new Map([[pid, ""]]);
  return entry.marked || entry.parent === process.pid ? new Map([[pid, entry.started]]) : new Map();
}

/** This process and its ancestors (T3). */
function ourLine(table: readonly ProcessEntry[]): ReadonlySet<number> {
  const parents = new Map(table.map((entry) => [entry.pid, entry.parent]));
  const line = new Set<number>([0, 1]);
  for (
    let pid: number | undefined = process.pid;
    pid !== undefined && !line.has(pid);
    pid = parents.get(pid)
  ) {
    line.add(pid);
  }
  return line;
}

/** Stops all members until no new one turns up, so that none can start another while it is being killed. */
function freeze(tree: Tree): readonly ProcessEntry[] {
  const frozen = new Set<string>();
  for (let rounds = 0; ; rounds += 1) {
    const members = tree.look();
    const fresh = members.filter((member) => !frozen.has(keyOf(member)));
    // Bounded: a tree that outruns a hundred rounds is killed as far as it is known, and looked at again.
    if (fresh.length === 0 || rounds === 100) return members;
    for (const member of fresh) {
      signal(member, "SIGSTOP");
      frozen.add(keyOf(member));
    }
  }
}

function signal(member: ProcessEntry, name: NodeJS.Signals): void {
  try {
    if (isAlive(member)) process.kill(member.pid, name);
  } catch {
    // It ended meanwhile, or it is somebody else's (setuid); who stays alive is named in the end.
  }
}

async function untilGone(members: readonly ProcessEntry[], deadline: number): Promise<void> {
  while (performance.now() < deadline && members.some(isAlive)) await sleep(pollMs);
}

function keyOf(entry: ProcessEntry): string {
  return `${entry.pid} ${entry.started}`;
}

function survived(members: readonly ProcessEntry[]): OnwardError {
  const pids = members.map((member) => member.pid).join(", ");
  return new OnwardError("internal", `Processes that survived SIGKILL: ${pids}.`, {
    hint: "They wait for a disk, or belong to another user: look at them with `ps`, and end them before the next run.",
  });
}
