/**
 * An agent in this process whose sessions begin and end when a benchmark says so: a driver of the port like any
 * other, without a process of its own, so that all the time between two sessions is the manager's.
 */
import { noUsage, type SessionResult } from "../src/core/session.ts";
import type { AgentDriver, SessionSpec } from "../src/ports.ts";

export interface HeldSession {
  readonly spec: SessionSpec;
  /** `performance.now()` at the call of the driver's `start`. */
  readonly startedAt: number;
  /** Ends it, healthy. */
  end(): void;
}

export interface HeldAgent extends AgentDriver {
  /** The next session to be started, in order. */
  next(): Promise<HeldSession>;
}

export function heldAgent(): HeldAgent {
  const started: HeldSession[] = [];
  let waiting: ((session: HeldSession) => void) | null = null;
  return {
    name: "held",
    capabilities: { gate: "every-call", cost: true, resume: true, stopAfterTool: true },
    check: async () => {},
    async next() {
      const first = started.shift();
      if (first !== undefined) return first;
      const { promise, resolve } = Promise.withResolvers<HeldSession>();
      waiting = resolve;
      return promise;
    },
    start(spec, host) {
      const startedAt = performance.now();
      const { promise: result, resolve } = Promise.withResolvers<SessionResult>();
      host.event({ type: "up" });
      host.event({ type: "turn", turn: 1, usage: { ...noUsage, inputTokens: 10 }, text: "at work" });
      const session = { spec, startedAt, end: () => resolve(healthy) };
      if (waiting === null) started.push(session);
      else waiting(session);
      waiting = null;
      const stop = async () => resolve({ ...healthy, outcome: { type: "stopped", detail: "asked to" } });
      return { pid: null, result, stop, say() {} };
    },
  };
}

const healthy: SessionResult = {
  outcome: { type: "done", detail: "" },
  resumable: false,
  turns: 1,
  usage: { ...noUsage, inputTokens: 10 },
  cumulativeCostUsd: 0.01,
  denials: 0,
};
