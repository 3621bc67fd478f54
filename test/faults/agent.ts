/**
 * A fast agent to be abused: does one session's work as its mode says, tells events as JSON lines on stdout, and
 * leaves a witness of itself outside the project: START, TURN and END in a log, and OVERLAP when it sees another.
 */
import { spawn } from "node:child_process";
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";

const { ONWARD_SESSION: marker = "", FAULTS_WITNESS: witness = "", FAULTS_FEATURES = "3" } = process.env;
const [, , sessionType, mode = "honest"] = process.argv;
const listFile = "feature_list.json";
const live = join(witness, "live");

interface Listed {
  readonly id: string;
  readonly description: string;
  readonly passes: boolean;
  readonly verify: string;
}

mkdirSync(live, { recursive: true });
log(`START ${mode}`);
for (const other of readdirSync(live)) if (isAgent(other)) log(`OVERLAP with ${other}`);
writeFileSync(join(live, String(process.pid)), marker);
process.on("SIGTERM", () => {
  if (mode !== "deaf") leave({ type: "stopped", detail: "asked to" });
});
tell({ type: "up" });
log("TURN");
tell({
  type: "turn",
  turn: 1,
  usage: { inputTokens: 10, outputTokens: 1, cacheReadTokens: 0, cacheWriteTokens: 0 },
  text: "",
});
if (sessionType === "init" && !existsSync(listFile)) writeList(firstList());
const ending = play();
if (ending !== null) leave(ending);

/** The outcome to leave with; null where it does not leave now. */
function play(): object | null {
  const done = { type: "done", detail: "" };
  switch (mode) {
    case "idle":
      return done;
    case "false-claim":
      if (sessionType !== "init") writeList(changedFirst((feature) => ({ ...feature, passes: true })));
      return done;
    case "torn-list":
      truncateSync(listFile, Math.floor(readFileSync(listFile).length / 2));
      return done;
    case "no-list":
      rmSync(listFile);
      return done;
    case "rewritten-list":
      // What a first list is to hold is the agent's to say.
      if (sessionType === "init") return done;
      writeList(
        readList()
          .slice(1)
          .map((feature) => ({ ...feature, description: "easier", passes: true })),
      );
      return done;
    case "linked-list":
      rmSync(listFile);
      symlinkSync("/etc/passwd", listFile);
      return done;
    case "linked-notes":
      rmSync("claude-progress.txt", { force: true });
      return done;
    case "crash":
      work();
      return process.exit(3);
    case "killed":
      work();
      process.kill(process.pid, "SIGKILL");
      return null;
    case "silent":
    case "deaf":
      setInterval(() => {}, 1000);
      return null;
    case "orphans":
      leaveBehind("ignore");
      work();
      return done;
    case "pipe-holder":
      leaveBehind("inherit");
      work();
      return done;
    case "closed-stdout":
      process.stdout.end();
      setInterval(() => {}, 1000);
      return null;
    case "flood":
      for (let i = 0; i < 20_000; i += 1) tell({ type: "alive" });
      work();
      return done;
    case "garbage":
      process.stdout.write(`${"\0\x1b[2J{".repeat(1000)}\nnull\n[]\n{"type":7}\n`);
      work();
      return done;
    case "git-lock":
      writeFileSync(".git/index.lock", "");
      work();
      return done;
    case "no-git":
      rmSync(".git", { recursive: true });
      work();
      return done;
    case "slow":
      setTimeout(() => {
        work();
        leave(done);
      }, 150);
      return null;
    case "tool":
      // Whatever becomes of the tool, the work is done.
      spawn("sleep", ["0.4"], { stdio: "ignore" }).on("close", () => {
        work();
        leave(done);
      });
      return null;
    case "throttled":
      return { type: "rate-limited", detail: "later", retryAfterMs: 2500 };
    case "limited":
      return { type: "usage-limit", detail: "over in a moment", resetsAt: Date.now() + 2500 };
    case "honest":
      work();
      return done;
    default:
      // Every other name is an outcome that the model's side causes, told by the agent itself.
      return { type: mode, detail: "as the model has it", resetsAt: null, retryAfterMs: null };
  }
}

function work(): void {
  if (sessionType === "init") return;
  const next = readList().find((feature) => !feature.passes);
  if (next === undefined) return;
  writeFileSync(`${next.id}.txt`, "here\n");
  writeList(changedFirst((feature) => ({ ...feature, passes: true })));
}

function firstList(): readonly Listed[] {
  return Array.from({ length: Number(FAULTS_FEATURES) }, (_, index) => {
    const id = `f${index + 1}`;
    return { id, description: `${id}.txt exists`, passes: false, verify: `test -f ${id}.txt` };
  });
}

function readList(): readonly Listed[] {
  return JSON.parse(readFileSync(listFile, "utf8")) as Listed[];
}

function writeList(list: readonly Listed[]): void {
  writeFileSync(listFile, `${JSON.stringify(list, null, 2)}\n`);
}

function changedFirst(change: (feature: Listed) => Listed): readonly Listed[] {
  const list = readList();
  const first = list.findIndex((feature) => !feature.passes);
  return list.map((feature, index) => (index === first ? change(feature) : feature));
}

/** A process in a session of its own that ignores SIGTERM. */
function leaveBehind(stdout: "ignore" | "inherit"): void {
  const stubborn = 'process.on("SIGTERM",()=>{});setInterval(()=>{},1000)';
  spawn(process.execPath, ["-e", stubborn], { detached: true, stdio: ["ignore", stdout, "ignore"] }).unref();
}

function tell(event: object): void {
  process.stdout.write(`${JSON.stringify(event)}\n`);
}

function leave(outcome: object): void {
  tell({ type: "result", outcome });
  log("END");
  rmSync(join(live, String(process.pid)), { force: true });
  // Not before the pipe has taken it all.
  process.stdout.write("", () => process.exit(0));
}

function log(what: string): void {
  appendFileSync(join(witness, "agents.log"), `${marker} ${process.pid} ${what}\n`);
}

function isAgent(pid: string): boolean {
  try {
    const [state] = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").slice(1);
    return !/^[ZX]/.test(state ?? "Z") && readFileSync(`/proc/${pid}/environ`, "utf8").includes(witness);
  } catch {
    return false;
  }
}
