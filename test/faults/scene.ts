/** A project to be abused, a witness outside of it, and managers as real processes. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Orders } from "./manager.ts";

const program = fileURLToPath(new URL("./manager.ts", import.meta.url));
/** What node makes of our sources; making it anew for each of hundreds of managers is a fifth of their work. */
const compiled = fileURLToPath(new URL("../../node_modules/.cache/faults", import.meta.url));

export interface Scene {
  readonly dir: string;
  /** Holds what the acknowledged events and the agents' own marks say. */
  readonly witness: string;
  readonly features: number;
  remove(): Promise<void>;
}

export async function newScene(features: number): Promise<Scene> {
  const root = await realpath(await mkdtemp(join(tmpdir(), "onward-faults-")));
  const [dir, witness] = [join(root, "project"), join(root, "witness")];
  await mkdir(dir);
  await mkdir(witness);
  await writeFile(join(dir, "app_spec.txt"), "Files, each of which exists.\n");
  return { dir, witness, features, remove: () => rm(root, { recursive: true, force: true, maxRetries: 5 }) };
}

/** What a manager said last. */
export type Said =
  | { readonly type: "end"; readonly reason: string; readonly detail: string }
  | { readonly type: "error"; readonly code: string; readonly message: string }
  | { readonly type: "bug"; readonly text: string }
  /** It died before it could say anything. */
  | { readonly type: "dead"; readonly by: string; readonly stderr: string };

export interface Managing {
  readonly child: ChildProcess;
  readonly said: Promise<Said>;
}

export type Ordered = Partial<Omit<Orders, "dir" | "witness" | "features">>;

/** `wrapper`: a program, with its arguments, that runs the manager. */
export function startManager(
  scene: Scene,
  ordered: Ordered = {},
  wrapper: readonly string[] = [],
  env: NodeJS.ProcessEnv = {},
): Managing {
  const orders: Orders = {
    dir: scene.dir,
    witness: scene.witness,
    features: scene.features,
    seed: 1,
    modes: ["honest"],
    dieAfter: null,
    config: {},
    genuine: null,
    ...ordered,
  };
  const [command = "", ...args] = [...wrapper, process.execPath, program, JSON.stringify(orders)];
  // Under a wrapper the manager's own system calls are what is looked at.
  const cache = wrapper.length === 0 ? { NODE_COMPILE_CACHE: compiled } : {};
  const child = spawn(command, args, {
    cwd: scene.witness,
    env: { PATH: process.env.PATH, HOME: scene.witness, ...cache, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  return { child, said: listen(child) };
}

/** Runs managers, each allowed to die or to be blocked, until the project is complete; what they said. */
export async function runToComplete(
  scene: Scene,
  ordered: Ordered = {},
  patience = 12,
): Promise<readonly Said[]> {
  const all: Said[] = [];
  for (let i = 0; i < patience; i += 1) {
    const said = await startManager(scene, { ...ordered, seed: (ordered.seed ?? 1) + i }).said;
    all.push(said);
    if (isComplete(said)) break;
  }
  return all;
}

export function isComplete(said: Said | undefined): boolean {
  return said?.type === "end" && said.reason === "complete";
}

/** No manager of the campaign has that much to do, whatever else the machine does. */
const longestLifeMs = 240_000;

async function listen(child: ChildProcess): Promise<Said> {
  const chunks: Record<"stdout" | "stderr", string> = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const) {
    child[name]?.setEncoding("utf8").on("data", (text: string) => {
      chunks[name] += text;
    });
  }
  let hung = false;
  const end = () => {
    hung = child.kill("SIGKILL");
  };
  const timer = setTimeout(end, longestLifeMs);
  const [code, signal] = (await once(child, "close")) as [number | null, string | null];
  clearTimeout(timer);
  if (hung) return { type: "bug", text: `it was still there after ${longestLifeMs / 1000} s` };
  const lines = chunks.stdout.split("\n").filter((line) => line.startsWith("{"));
  const last = JSON.parse(lines.at(-1) ?? "{}") as Record<string, string>;
  if (last.end !== undefined) return { type: "end", reason: last.end, detail: last.detail ?? "" };
  if (last.error !== undefined) return { type: "error", code: last.error, message: last.message ?? "" };
  if (last.bug !== undefined) return { type: "bug", text: last.bug };
  return { type: "dead", by: signal ?? `exit ${code}`, stderr: chunks.stderr.slice(-2000) };
}
