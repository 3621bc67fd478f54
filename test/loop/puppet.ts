/**
 * An agent that does what a test says: a real driver of the port, in this process, that works on the real
 * files. The genuine agent has its own suite; here the loop is what is tested.
 */
import { noUsage, type Outcome, type SessionResult } from "../../src/core/session.ts";
import type { AgentDriver, SessionHost, SessionSpec, StopHow, ToolAnswer } from "../../src/ports.ts";
import { endTree } from "../../src/processes/tree.ts";

export interface Act {
  readonly spec: SessionSpec;
  readonly host: SessionHost;
  /** Aborts when the session is asked to stop. */
  readonly stopped: AbortSignal;
  /** What `run` does is done by a tool call; answers what the agent is told after it. */
  tool(run: () => unknown, tool?: string): Promise<string | null>;
}
/** Plays one session; what it returns is laid over a healthy result. */
export type Play = (act: Act) => Promise<Partial<SessionResult> | undefined>;

export interface Puppet extends AgentDriver {
  readonly sessions: SessionSpec[];
  readonly stops: StopHow[];
  readonly said: string[];
}

export function puppet(play: Play): Puppet {
  const sessions: SessionSpec[] = [];
  const stops: StopHow[] = [];
  const said: string[] = [];
  return {
    name: "puppet",
    capabilities: { gate: "every-call", cost: true, resume: true, stopAfterTool: true },
    sessions,
    stops,
    said,
    check: async () => {},
    start(spec, host) {
      sessions.push(spec);
      const stopping = new AbortController();
      const tool: Act["tool"] = async (run, name = "Bash") => {
        await run();
        return host.afterTool({ tool: name, input: {}, cwd: spec.cwd });
      };
      const result = perform(play, { spec, host, stopped: stopping.signal, tool });
      return {
        pid: null,
        result,
        say: (text) => said.push(text),
        async stop(how) {
          stops.push(how);
          stopping.abort();
          await result;
        },
      };
    },
  };
}

const never = new AbortController().signal;

/** Calls a tool as an agent would. */
export async function use(
  { host }: Act,
  name: string,
  input: Readonly<Record<string, string>> = {},
  signal = never,
): Promise<ToolAnswer> {
  const tool = host.tools.find((known) => known.name === name);
  if (tool === undefined) throw new Error(`no tool ${name}`);
  return tool.call(input, signal);
}

export function claim(act: Act, id: string, evidence = "I looked"): Promise<ToolAnswer> {
  return use(act, "claim", { id, evidence });
}

async function perform(play: Play, act: Act): Promise<SessionResult> {
  act.host.event({ type: "up" });
  act.host.event({ type: "turn", turn: 1, usage: { ...noUsage, inputTokens: 10 }, text: "at work" });
  const done: Outcome = { type: "done", detail: "" };
  const healthy: SessionResult = {
    outcome: done,
    resumable: true,
    turns: 1,
    usage: { ...noUsage, inputTokens: 10 },
    cumulativeCostUsd: 0.01,
    denials: 0,
  };
  const played = (await play(act)) ?? {};
  // As every driver must before its result (R5).
  await endTree({ pid: null, marker: act.spec.marker }, { graceMs: 0 });
  return act.stopped.aborted && played.outcome === undefined
    ? { ...healthy, ...played, outcome: { type: "stopped", detail: "asked to" } }
    : { ...healthy, ...played };
}
