/** What a model's side, and an agent that follows it, can do to a session: one row a way of going wrong. */
import type { Config } from "../../src/config/config.ts";
import type { OutcomeType } from "../../src/core/session.ts";
import type { AnswerTurn, Turn } from "../../src/demo/scripted-model.ts";
import { usageWindow } from "../agents/usage-window.ts";

export interface Abuse {
  readonly name: string;
  /** In place of what an honest model would answer; null: nobody gets through to the model at all. */
  readonly turn: ((honest: Turn) => Turn) | null;
  /** Calls that are answered so; default 1. */
  readonly times?: number;
  /** What its session is recorded as when nobody is killed; left out where that is the agent's own affair. */
  readonly outcome?: OutcomeType;
  readonly env?: Readonly<Record<string, string>>;
  readonly config?: Partial<Config>;
}

/** A login in place of a key: only then the agent knows of an account's usage window. */
const subscription = { ANTHROPIC_API_KEY: "", CLAUDE_CODE_OAUTH_TOKEN: "scripted" };
/** For what never ends by itself; a machine under load takes its time with everything else. */
const impatient: Partial<Config> = { stallMs: 3000, toolMaxMs: 3000 };
/** For what does not get better by waiting. */
const soonOver: Partial<Config> = { maxWaitMs: 1500 };
const retrying = { CLAUDE_CODE_MAX_RETRIES: "1" };

export const abuses: readonly Abuse[] = [
  // What the server answers.
  failing("server error", 500, "overloaded"),
  failing("overloaded", 529, "overloaded"),
  { ...failing("rate limit for a moment", 429, "done", { "retry-after": "1" }), env: retrying },
  failing("rate limit for longer than the agent waits", 429, "rate-limited", { "retry-after": "600" }),
  { ...failing("refused credentials", 401, "auth"), times: 20 },
  { ...failing("login to be renewed", 401, "done"), env: subscription },
  failing("forbidden", 403, "auth"),
  failing("payment required", 402, "billing"),
  {
    name: "empty account",
    outcome: "billing",
    turn: () => error(400, "Your credit balance is too low to access the Anthropic API."),
  },
  { ...failing("no such model", 404, "not-found"), times: 20, config: { model: "nonesuch" } },
  {
    name: "prompt too long",
    outcome: "context-full",
    turn: () => error(400, "prompt is too long: 210000 tokens > 200000 maximum"),
  },
  {
    name: "usage limit",
    outcome: "usage-limit",
    env: subscription,
    turn: () => error(429, "limit", window("rejected", 3)),
  },
  {
    name: "usage limit that is not waited for",
    outcome: "usage-limit",
    env: subscription,
    config: { waitForReset: false },
    turn: () => error(429, "limit", window("rejected", 3600)),
  },
  {
    name: "usage window nearly used up",
    outcome: "done",
    env: subscription,
    turn: (honest) => ({ ...honest, headers: nearlyUsedUp() }),
  },
  // What becomes of the answer on its way.
  {
    name: "connection refused",
    outcome: "network",
    turn: null,
    env: { ANTHROPIC_BASE_URL: "http://127.0.0.1:9" },
    config: soonOver,
  },
  {
    ...answering("connection cut", "network", { text: "x".repeat(400), cut: true }),
    times: Infinity,
    config: soonOver,
  },
  answering("error in the middle of an answer", undefined, { text: "x".repeat(400), errorMidStream: {} }),
  {
    ...answering("silence in the middle of an answer", "stalled", {
      text: "x".repeat(400),
      hangAfterText: true,
    }),
    config: impatient,
  },
  { name: "no answer at all", outcome: "stalled", turn: () => ({ hang: true }), config: impatient },
  // What the model says.
  // Once is asked again by the agent itself.
  { ...answering("refusal", "refused", { text: "no", stop: "refusal" }), times: Infinity },
  answering("cut off by its own limit", undefined, { text: "and then", stop: "max_tokens" }),
  answering("idle", "done", { text: "I would rather not." }),
  answering("thinking aloud", undefined, { thinking: "Hm.".repeat(200), text: "Done." }),
  // What it has the agent do.
  { ...calling("the same for ever", "Bash", { command: "true" }), times: Infinity, outcome: "max-turns" },
  calling("tool that is not there", "NoSuchTool", {}),
  calling("tool without its arguments", "Write", {}),
  calling("standalone sleep", "Bash", { command: "sleep 60" }),
  {
    ...calling("tool without an end", "Bash", { command: "timeout 60 tail -f /dev/null" }),
    outcome: "stalled",
    config: impatient,
  },
  calling("tool in the background", "Bash", {
    command: "timeout 5 tail -f /dev/null",
    run_in_background: true,
  }),
  calling("process left behind", "Bash", {
    command:
      "setsid sh -c 'trap \"\" TERM; while :; do read -r x < /dev/zero; done' > /dev/null 2>&1 & echo started",
  }),
  calling("torn list", "Bash", { command: "echo '[' > feature_list.json" }),
  calling("journal overwritten", "Write", { file_path: ".onward/journal.db", content: "" }),
  calling("agent killed by its tool", "Bash", { command: "kill -9 $PPID" }),
];

function failing(
  name: string,
  status: number,
  outcome: OutcomeType,
  headers: Readonly<Record<string, string>> = {},
): Abuse {
  return { name, outcome, turn: () => error(status, name, headers) };
}

function answering(name: string, outcome: OutcomeType | undefined, turn: AnswerTurn): Abuse {
  return { name, turn: () => turn, ...(outcome === undefined ? {} : { outcome }) };
}

function calling(name: string, tool: string, input: Readonly<Record<string, unknown>>): Abuse {
  return { name, turn: () => ({ tools: [{ name: tool, input }] }) };
}

function error(status: number, message: string, headers: Readonly<Record<string, string>> = {}): Turn {
  return { error: { status, message, headers } };
}

function window(status: "allowed_warning" | "rejected", seconds: number, used?: number) {
  return usageWindow(status, Math.floor(Date.now() / 1000) + seconds, used);
}

function nearlyUsedUp(): Readonly<Record<string, string>> {
  const threshold = { "anthropic-ratelimit-unified-5h-surpassed-threshold": "0.9" };
  return { ...window("allowed_warning", 3600, 0.93), ...threshold };
}
