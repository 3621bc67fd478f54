import type { Config } from "./config.ts";

/** What holds where neither a file nor a flag says otherwise. */
export const defaults: Config = {
  spec: null,
  prompts: null,
  agent: "claude",
  model: null,
  maxTurns: 1000,
  delayMs: 3000,
  maxIterations: null,
  maxCostUsd: null,
  maxTokens: null,
  maxDurationMs: null,
  stallMs: 10 * 60_000,
  toolMaxMs: 30 * 60_000,
  maxWaitMs: 8 * 3_600_000,
  waitForReset: true,
  stopAtUtilization: null,
  verify: { command: null, timeoutMs: 10 * 60_000 },
  regression: { type: "sample", size: 10 },
  sandbox: "auto",
  guard: "strict",
  rules: { allow: [], deny: [], hosts: [], mcpTools: [], programs: {} },
  fresh: false,
};
