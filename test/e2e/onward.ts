/** The real command line in a process of its own, with the genuine agent and a scripted model. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { onTestFinished } from "vitest";
import {
  type ScriptedModel,
  type ScriptedModelOptions,
  startScriptedModel,
  type Turn,
} from "../../src/demo/scripted-model.ts";

export const launcher = join(import.meta.dirname, "../../bin/onward.cjs");

/** The agent works on and on, at a tool that ends when it is told to. */
export const busy: Turn = {
  tools: [{ name: "Bash", input: { command: "timeout 60 tail -f app_spec.txt", timeout: 60_000 } }],
};

export interface Event {
  readonly type: string;
  readonly [fact: string]: unknown;
}

export interface Onward {
  readonly process: ChildProcess;
  readonly events: readonly Event[];
  readonly stderr: () => string;
  /** The first event, past or future, that matches. */
  waitFor(matches: (event: Event) => boolean): Promise<Event>;
  /** Exit code, or the signal's name. */
  readonly exit: Promise<number | string | null>;
}

async function temporary(prefix: string): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), prefix));
  onTestFinished(() => rm(dir, { recursive: true, force: true, maxRetries: 5 }));
  return dir;
}

export interface Stage {
  readonly dir: string;
  readonly model: ScriptedModel;
  /** What `onward` finds in its environment. */
  readonly env: NodeJS.ProcessEnv;
  onward(...args: readonly string[]): Onward;
}

/** A project with a specification, an agent's home without a login, and a model. */
export async function stage(script: ScriptedModelOptions, env: NodeJS.ProcessEnv = {}): Promise<Stage> {
  const [dir, home] = await Promise.all([temporary("onward-e2e-"), temporary("onward-e2e-home-")]);
  const model = await startScriptedModel(script);
  onTestFinished(() => model.close());
  await writeFile(join(dir, "app_spec.txt"), "Two files, a.txt and b.txt.\n");
  const whole: NodeJS.ProcessEnv = {
    PATH: process.env.PATH,
    HOME: home,
    ANTHROPIC_BASE_URL: model.url,
    ANTHROPIC_API_KEY: "scripted",
    ...env,
  };
  return { dir, model, env: whole, onward: (...args) => start(args, whole) };
}

function start(args: readonly string[], env: NodeJS.ProcessEnv): Onward {
  const child = spawn(process.execPath, [launcher, ...args], { env, stdio: ["ignore", "pipe", "pipe"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  const events: Event[] = [];
  const listeners = new Set<() => void>();
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  const exit = once(child, "close").then(
    ([code, signal]: unknown[]) => (code ?? signal) as number | string | null,
  );
  createInterface(child.stdout).on("line", (line) => {
    if (!line.startsWith("{")) return;
    events.push(JSON.parse(line) as Event);
    for (const listener of listeners) listener();
  });
  return {
    process: child,
    events,
    stderr: () => stderr,
    exit,
    waitFor: (matches) =>
      new Promise((resolve, reject) => {
        const look = () => {
          const found = events.find(matches);
          if (found === undefined) return;
          listeners.delete(look);
          resolve(found);
        };
        listeners.add(look);
        look();
        void exit.then((code) =>
          reject(new Error(`ended with ${code} before that: ${stderr}\n${JSON.stringify(events)}`)),
        );
      }),
  };
}
