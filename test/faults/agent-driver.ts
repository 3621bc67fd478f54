/** A driver of the real port for `agent.ts`: real processes with the session's marker, and nothing else. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { noUsage, type Outcome, type SessionResult } from "../../src/core/session.ts";
import type { AgentDriver, AgentEvent, SessionHost, SessionSpec } from "../../src/ports.ts";
import { endTree } from "../../src/processes/tree.ts";

const program = fileURLToPath(new URL("./agent.ts", import.meta.url));

/** `mode` is asked before every session. */
export function abusedAgent(witness: string, features: number, mode: () => string): AgentDriver {
  return {
    name: "abused",
    capabilities: { gate: "every-call", cost: true, resume: true, stopAfterTool: false },
    check: async () => {},
    start(spec, host) {
      const sessionType = spec.prompt.includes("Onward session type: init") ? "init" : "continue";
      const child = spawn(process.execPath, [program, sessionType, mode()], {
        cwd: spec.cwd,
        env: {
          PATH: process.env.PATH,
          ONWARD_SESSION: spec.marker,
          FAULTS_WITNESS: witness,
          FAULTS_FEATURES: String(features),
        },
        detached: true,
        stdio: ["ignore", "pipe", "ignore"],
      });
      const target = { pid: child.pid ?? null, marker: spec.marker };
      return {
        pid: child.pid ?? null,
        result: live(child, spec, host),
        say() {},
        async stop(how) {
          await endTree(target, { graceMs: how === "kill" ? 0 : 500 });
        },
      };
    },
  };
}

async function live(
  child: ReturnType<typeof spawn>,
  spec: SessionSpec,
  host: SessionHost,
): Promise<SessionResult> {
  let turns = 0;
  let outcome: Outcome | null = null;
  const { stdout } = child;
  if (stdout === null) throw new Error("the agent has no output");
  const lines = createInterface({ input: stdout });
  lines.on("line", (line) => {
    host.transcript(JSON.stringify({ line }));
    const event = parse(line);
    if (event?.type === "result") outcome = event.outcome;
    else if (event !== null) host.event(event);
    if (event?.type === "turn") turns += 1;
  });
  const drained = once(lines, "close");
  const [code, signal] = await once(child, "exit");
  // Something that it left behind may hold the pipe: it is ended first.
  await endTree({ pid: child.pid ?? null, marker: spec.marker }, { graceMs: 0 });
  await drained;
  const crashed: Outcome = { type: "crashed", detail: `exit ${code ?? signal}` };
  return {
    outcome: outcome ?? crashed,
    resumable: turns > 0,
    turns,
    usage: { ...noUsage, inputTokens: 10 * turns, outputTokens: turns },
    cumulativeCostUsd: null,
    denials: 0,
  };
}

type Told = AgentEvent | { readonly type: "result"; readonly outcome: Outcome };

function parse(line: string): Told | null {
  try {
    const value = JSON.parse(line) as Told | null;
    return typeof value?.type === "string" ? value : null;
  } catch {
    return null;
  }
}
