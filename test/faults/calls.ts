/**
 * (b) A system call of the manager fails once: every kind that changes a file, SQLite's own included, and those
 * that read the feature list, at a sample of the places where it is made. strace does it, and lets go of children at their exec: git and the agent are
 * not what is tested. Its counters are per thread, so a place may be met in two threads, once each.
 */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { chanceOf } from "./chance.ts";
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
const changing = ["write", "pwrite64", "fsync", "ftruncate", "rename", "unlink", "link", "mkdir"];
const reading = ["openat", "read"];
const calls = [...changing, ...reading];
/** A run of two features reads its list more often than this, and node reads everything else. */
const listReads = 12;
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

export async function failingCalls(seed: number, trials: number, lanes: number): Promise<Tally> {
  const tally = newTally("system call fails");
  if (spawnSync("strace", ["-V"]).status !== 0) {
    tally.failures.push("strace is not installed: apt-get install strace");
    return tally;
  }
  const chance = chanceOf(seed);
  const counts = await recordedCalls(seed);
  const faults = Array.from({ length: trials }, (_, index): Fault => {
    // The kinds in turn, so that the rare ones are met as often as the frequent ones.
    const call = calls[index % calls.length] ?? "fsync";
    return {
      call,
      error: chance.pick(errors[call] ?? []),
      nth: chance.between(1, (reading.includes(call) ? listReads : (counts.get(call) ?? 1)) + 1),
    };
  });
  const ends = new Map<string, number>();
  await inLanes(faults, lanes, async (fault) => {
    const scene = await newScene(2);
    const trace = join(scene.witness, "trace.txt");
    const first = await startManager(scene, { seed }, strace(scene, trace, fault), oneFileThread).said;
    const met = readFileSync(trace, "utf8").includes("(INJECTED)") ? 1 : 0;
    const end = first.type === "error" ? first.code : first.type === "end" ? "went on" : first.type;
    if (met === 1) ends.set(end, (ends.get(end) ?? 0) + 1);
    const said = [first, ...(await runToComplete(scene, { seed }))];
    await conclude(tally, scene, met, said, { story: JSON.stringify(fault) });
  });
  tally.note = [...ends].map(([end, count]) => `${end} ${count}`).join(", ");
  return tally;
}

/** How often each call is made by the thread that makes it most. */
async function recordedCalls(seed: number): Promise<ReadonlyMap<string, number>> {
  const scene = await newScene(2);
  const trace = join(scene.witness, "trace.txt");
  await startManager(scene, { seed }, strace(scene, trace, null), oneFileThread).said;
  const perThread = new Map<string, number>();
  for (const line of readFileSync(trace, "utf8").split("\n")) {
    const found = /^(\d+) +(\w+)\(/.exec(line);
    const ours = found?.[2] !== "write" || line.includes(scene.dir);
    if (found !== null && ours)
      perThread.set(`${found[1]} ${found[2]}`, 1 + (perThread.get(`${found[1]} ${found[2]}`) ?? 0));
  }
  await scene.remove();
  const most = new Map<string, number>();
  for (const [key, count] of perThread) {
    const call = key.split(" ")[1] ?? "";
    most.set(call, Math.max(most.get(call) ?? 0, count));
  }
  return most;
}

function strace(scene: Scene, trace: string, fault: Fault | null): readonly string[] {
  const traced = fault === null ? changing.join() : fault.call;
  const files = filesMeant(scene, fault?.call).flatMap((file) => ["-P", file]);
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
function filesMeant(scene: Scene, call: string | undefined): readonly string[] {
  if (call === "write") return filesWritten(scene);
  return reading.includes(call ?? "") ? [join(scene.dir, "feature_list.json")] : [];
}

/** What the manager writes with `write`, under the names that it has while it is written. */
function filesWritten({ dir }: Scene): readonly string[] {
  const state = join(dir, ".onward");
  const perSession = [1, 2, 3].flatMap((number) => {
    const folder = join(state, "sessions", `000${number}`);
    const names = [
      "prompt.md",
      "transcript.jsonl",
      "turns.jsonl",
      ".before.json.onward-tmp",
      ".result.json.onward-tmp",
    ];
    return [
      ...names.map((name) => join(folder, name)),
      join(state, "snapshots", `.000${number}-settled.json.onward-tmp`),
    ];
  });
  return [
    ...perSession,
    join(state, ".gitignore"),
    join(dir, ".feature_list.json.onward-tmp"),
    join(dir, "claude-progress.txt"),
  ];
}
