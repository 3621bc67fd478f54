/** An agent in this very process that does one feature a session, for where processes are not what is tested. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { noUsage, type Outcome } from "../../src/core/session.ts";
import type { AgentDriver } from "../../src/ports.ts";

export function quickAgent(features: number, outcome: (session: number) => Outcome): AgentDriver {
  let session = 0;
  return {
    name: "quick",
    capabilities: { gate: "every-call", cost: true, resume: true, stopAfterTool: false },
    check: async () => {},
    start({ cwd }, host) {
      session += 1;
      const usage = { ...noUsage, inputTokens: 10, outputTokens: 1 };
      host.event({ type: "up" });
      host.event({ type: "turn", turn: 1, usage, text: "" });
      const ended = outcome(session);
      if (ended.type === "done") work(cwd, features);
      const result = {
        outcome: ended,
        resumable: true,
        turns: 1,
        usage,
        cumulativeCostUsd: null,
        denials: 0,
      };
      return { pid: null, result: Promise.resolve(result), say() {}, stop: async () => {} };
    },
  };
}

interface Listed {
  readonly id: string;
  readonly passes: boolean;
}

function work(dir: string, features: number): void {
  const file = join(dir, "feature_list.json");
  const list = read(file);
  if (list === null) {
    const ids = Array.from({ length: features }, (_, index) => `f${index + 1}`);
    write(
      file,
      ids.map((id) => ({ id, description: `${id}.txt exists`, passes: false, verify: `test -f ${id}.txt` })),
    );
    return;
  }
  const next = list.find((feature) => !feature.passes);
  if (next === undefined) return;
  writeFileSync(join(dir, `${next.id}.txt`), "here\n");
  write(
    file,
    list.map((feature) => (feature === next ? { ...feature, passes: true } : feature)),
  );
}

function read(file: string): readonly Listed[] | null {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as Listed[];
  } catch {
    return null;
  }
}

function write(file: string, list: readonly object[]): void {
  writeFileSync(file, `${JSON.stringify(list, null, 1)}\n`);
}
