/**
 * (b) A system call of the manager fails once: every kind that changes a file, SQLite's own included, and those that
 * read the feature list. strace does it, and lets go of children at their exec: git and the agent are not what is
 * tested. Its counters are per thread, so a place may be met in two threads, once each.
 */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { type Chance, chanceOf } from "./chance.ts";
import { inLanes } from "./lanes.ts";
import { conclude, newTally, type Tally } from "./report.ts";
import { newScene, runToComplete, type Scene, startManager } from "./scene.ts";

interface Fault {
  readonly call: string;
  readonly error: string;
  readonly nth: number;
}

/** With one thread for files, the same calls come in nearly the same order every time. */
const oneFileThread = { UV_THREADPOOL_SIZE: "1" };
const reading = ["openat", "read"];
const errors: Readonly<Record<string, readonly string[]>> = {
  write: ["ENOSPC", "EIO"],
  pwrite64: ["ENOSPC", "EIO"],
  fsync: ["EIO", "ENOSPC"],
  ftruncate: ["EIO"],
  rename: ["ENOSPC", "EIO", "EROFS"],
  unlink: ["EIO", "EROFS"],
  link: ["ENOSPC"],
  mkdir: ["ENOSPC", "EROFS"],
  openat: ["EIO", "EMFILE"],
  read: ["EIO"],
};
const calls = Object.keys(errors);
const changing = calls.filter((call) => !reading.includes(call));
/** A run of two features reads its list more often than this, and node reads everything else. */
const listReads = 12;
/** Of these there are many alike: SQLite's pages, directories that are there already, readings of the list. */
const sampled = ["pwrite64", "mkdir", ...reading];

/** What a manager that nothing fails does, from the empty directory to the end. */
interface Recorded {
  /** How often each call is made by the thread that makes it most. */
  readonly places: ReadonlyMap<string, number>;
  /** The files of the project that are written with `write`, under the names that they have meanwhile. */
  readonly written: readonly string[];
}

/** `every`: each place of each call but the sampled ones, and else so many in all. */
export async function failingCalls(seed: number, trials: "every" | number, lanes: number): Promise<Tally> {
  const tally = newTally("system call fails");
  if (spawnSync("strace", ["-V"]).status !== 0) {
    tally.failures.push("strace is not installed: apt-get install strace");
    return tally;
  }
  const chance = chanceOf(seed);
  const recorded = await recordCalls(seed);
  const faults = trials === "every" ? everyFault(recorded, chance) : sample(recorded, chance, trials);
  const ends = new Map<string, number>();
  const met = new Set<string>();
  await inLanes(faults, lanes, async (fault) => {
    const scene = await newScene(2);
    const trace = join(scene.witness, "trace.txt");
    const wrapper = strace(scene, trace, recorded.written, fault);
    const first = await startManager(scene, { seed }, wrapper, oneFileThread).said;
    const isMet = readFileSync(trace, "utf8").includes("(INJECTED)");
    const end = first.type === "error" ? first.code : first.type === "end" ? "went on" : first.type;
    if (isMet) {
      ends.set(end, (ends.get(end) ?? 0) + 1);
      met.add(`${fault.call} ${fault.nth}`);
    }
    const said = [first, ...(await runToComplete(scene, { seed }))];
    await conclude(tally, scene, isMet ? 1 : 0, said, { story: JSON.stringify(fault) });
  });
  const covered = (call: string) => [...met].filter((place) => place.startsWith(`${call} `)).length;
  tally.note = [
    [...ends].map(([end, count]) => `${end} ${count}`).join(", "),
    `places ${changing.map((call) => `${call} ${covered(call)}/${recorded.places.get(call) ?? 0}`).join(", ")}`,
  ].join("; ");
  return tally;
}

function everyFault({ places }: Recorded, chance: Chance): readonly Fault[] {
  const perSample = 10;
  return calls.flatMap((call) => {
    const existing = placesOf(call, places);
    const nths = Array.from({ length: existing }, (_, index) => index + 1);
    const chosen = sampled.includes(call) ? chance.deal(nths, Math.min(perSample, existing)) : nths;
    return chosen.map((nth) => ({ call, error: chance.pick(errors[call] ?? []), nth }));
  });
}

/** The kinds in turn, so that the rare ones are met as often as the frequent ones. */
function sample({ places }: Recorded, chance: Chance, trials: number): readonly Fault[] {
  return Array.from({ length: trials }, (_, index): Fault => {
    const call = calls[index % calls.length] ?? "fsync";
    return {
      call,
      error: chance.pick(errors[call] ?? []),
      nth: chance.between(1, placesOf(call, places) + 1),
    };
  });
}

function placesOf(call: string, places: Recorded["places"]): number {
  return reading.includes(call) ? listReads : (places.get(call) ?? 0);
}

async function recordCalls(seed: number): Promise<Recorded> {
  const scene = await newScene(2);
  const trace = join(scene.witness, "trace.txt");
  await startManager(scene, { seed }, strace(scene, trace, [], null), oneFileThread).said;
  const lines = readFileSync(trace, "utf8").split("\n");
  await scene.remove();
  const perThread = new Map<string, number>();
  const written = new Set<string>();
  for (const line of lines) {
    const [, thread, call, target] = /^(\d+) +(\w+)\((?:\d+<([^>]*)>)?/.exec(line) ?? [];
    if (thread === undefined || call === undefined) continue;
    if (call === "write") {
      if (target === undefined || !target.startsWith(scene.dir)) continue;
      written.add(relative(scene.dir, target));
    }
    perThread.set(`${thread} ${call}`, 1 + (perThread.get(`${thread} ${call}`) ?? 0));
  }
  const places = new Map<string, number>();
  for (const [key, count] of perThread) {
    const call = key.split(" ")[1] ?? "";
    places.set(call, Math.max(places.get(call) ?? 0, count));
  }
  return { places, written: [...written] };
}

function strace(
  scene: Scene,
  trace: string,
  written: readonly string[],
  fault: Fault | null,
): readonly string[] {
  const traced = fault === null ? changing.join() : fault.call;
  const files = filesMeant(written, fault?.call).flatMap((file) => ["-P", join(scene.dir, file)]);
  return [
    ...[
      "strace",
      "-f",
      "--seccomp-bpf",
      "-b",
      "execve",
      "-qq",
      "-y",
      "-s",
      "0",
      "-e",
      "signal=none",
      "-o",
      trace,
    ],
    ...files,
    ...["-e", `trace=${traced}`],
    ...(fault === null ? [] : ["-e", `inject=${fault.call}:error=${fault.error}:when=${fault.nth}`]),
  ];
}

/** Node writes to pipes and event counters as well, and aborts when those fail; so it does where it reads itself. */
function filesMeant(written: readonly string[], call: string | undefined): readonly string[] {
  if (call === "write") return written;
  return reading.includes(call ?? "") ? ["feature_list.json"] : [];
}
