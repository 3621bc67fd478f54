import { randomUUID } from "node:crypto";
import { mkdtemp, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { newAgentSessionId, newSessionMarker } from "../../src/core/ids.ts";
import {
  type ScriptedModel,
  type ScriptedModelOptions,
  startScriptedModel,
  type Turn,
} from "../../src/demo/scripted-model.ts";
import type { AgentDriver, AgentEvent, AgentSession, SessionHost, SessionSpec } from "../../src/ports.ts";
import { findMarked } from "../../src/processes/tree.ts";

/** A driver, and how to make its genuine agent talk to a scripted model. */
export interface Subject {
  readonly name: string;
  /** A turn of the model that runs a command with the agent's own tool. */
  shell(command: string): Turn;
  /** `env` is the manager's environment; the agent's own retries are to be few. */
  driver(modelUrl: string, env: Readonly<Record<string, string>>): AgentDriver;
}

/** One driver with its model, its home and a project, all of them temporary. */
export interface Stage extends AsyncDisposable {
  readonly driver: AgentDriver;
  readonly model: ScriptedModel;
  readonly cwd: string;
  readonly home: string;
  start(spec?: Partial<SessionSpec>, host?: Partial<SessionHost>): Started;
}

interface Started {
  readonly session: AgentSession;
  readonly spec: SessionSpec;
  readonly events: readonly AgentEvent[];
  readonly transcript: readonly string[];
  /** The first event of the type, past or future. */
  until<Type extends AgentEvent["type"]>(type: Type): Promise<Extract<AgentEvent, { type: Type }>>;
  /** Processes of the session that are alive now. */
  survivors(): Promise<readonly number[]>;
}

export async function openStage(
  subject: Subject,
  script: ScriptedModelOptions,
  env: Readonly<Record<string, string>> = {},
): Promise<Stage> {
  const home = await temporaryDirectory("home");
  const cwd = await temporaryDirectory("project");
  const model = await startScriptedModel(script);
  const driver = subject.driver(model.url, { PATH: process.env.PATH ?? "", HOME: home, ...env });
  const sessions: AgentSession[] = [];

  function start(over: Partial<SessionSpec> = {}, host: Partial<SessionHost> = {}): Started {
    const spec = { ...newSpec(cwd), ...over };
    const events: AgentEvent[] = [];
    const transcript: string[] = [];
    const watchers = new Set<() => void>();
    const session = driver.start(spec, {
      tools: [],
      decide: async () => ({ allow: true, rule: "test" }),
      afterTool: async () => null,
      event(event) {
        events.push(event);
        for (const watch of watchers) watch();
      },
      transcript: (line) => transcript.push(line),
      ...host,
    });
    sessions.push(session);
    return {
      session,
      spec,
      events,
      transcript,
      until: (type) => {
        const { promise, resolve, reject } =
          Promise.withResolvers<Extract<AgentEvent, { type: typeof type }>>();
        const watch = () => {
          const found = events.find((event) => event.type === type);
          if (found !== undefined) resolve(found as Extract<AgentEvent, { type: typeof type }>);
        };
        watchers.add(watch);
        watch();
        void session.result.then(({ outcome }) =>
          reject(new Error(`no ${type}; ${JSON.stringify(outcome)}`)),
        );
        return promise.finally(() => watchers.delete(watch));
      },
      survivors: () => findMarked(spec.marker),
    };
  }

  return {
    driver,
    model,
    cwd,
    home,
    start,
    async [Symbol.asyncDispose]() {
      await Promise.all(sessions.map((session) => session.stop("kill")));
      await model.close();
      await rm(home, { recursive: true, force: true });
      await rm(cwd, { recursive: true, force: true });
    },
  };
}

async function temporaryDirectory(name: string): Promise<string> {
  return realpath(await mkdtemp(join(tmpdir(), `onward-${name}-`)));
}

function newSpec(cwd: string): SessionSpec {
  return {
    cwd,
    prompt: "Do the work.",
    instructions: "You are on stage.",
    model: null,
    agentSessionId: newAgentSessionId(randomUUID()),
    resume: false,
    maxTurns: 20,
    maxBudgetUsd: null,
    marker: newSessionMarker(randomUUID()),
  };
}
