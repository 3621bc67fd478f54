/** Runs the real command line, as a process of its own. */
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";

export const launcher = join(import.meta.dirname, "../../bin/onward.cjs");

export interface Answer {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly input?: string;
  /** As a user who owns nothing of the project. Tests that run as one already are that user. */
  readonly asSomebody?: boolean;
}

/** A home without anything of the person who runs the tests. */
export const home = mkdtempSync(join(tmpdir(), "onward-home-"));

export function start(args: readonly string[], options: RunOptions = {}): ChildProcessWithoutNullStreams {
  const { PATH } = process.env;
  const somebody = options.asSomebody === true && process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {};
  return spawn(process.execPath, [launcher, ...args], {
    cwd: options.cwd ?? home,
    env: { PATH, HOME: home, ...options.env },
    ...somebody,
  });
}

export async function onward(args: readonly string[], options: RunOptions = {}): Promise<Answer> {
  const child = start(args, options);
  child.stdin.end(options.input ?? "");
  const [stdout, stderr, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, "close") as Promise<[number | null]>,
  ]);
  return { code, stdout, stderr };
}

/** What a successful command printed as JSON. */
export async function json(args: readonly string[], options: RunOptions = {}): Promise<unknown> {
  const { code, stdout, stderr } = await onward([...args, "--json"], options);
  if (code !== 0) throw new Error(`onward ${args.join(" ")} exited ${code}: ${stderr}`);
  return JSON.parse(stdout);
}

/** On a machine for which no agent is installed. */
export function withoutAgent(): Pick<RunOptions, "env"> {
  const preload = join(home, "no-agent.cjs");
  writeFileSync(preload, 'Object.defineProperty(process, "arch", { value: "pdp11" });\n');
  return { env: { NODE_OPTIONS: `--require ${preload}`, ANTHROPIC_API_KEY: "test" } };
}
