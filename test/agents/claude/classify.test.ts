import { describe, expect, test } from "vitest";
import { type Answer, classify, type Evidence } from "../../../src/agents/claude/classify.ts";
import type { OutcomeType } from "../../../src/core/session.ts";

const done: Answer = {
  subtype: "success",
  isError: false,
  terminalReason: "completed",
  stopReason: "end_turn",
  apiStatus: null,
  apiErrorType: null,
  errorKinds: [],
  text: "All done.",
};
const failed: Answer = {
  ...done,
  isError: true,
  terminalReason: "api_error",
  stopReason: "stop_sequence",
  text: "words",
};
const exited = { type: "exited", code: 0, signal: null } as const;
const nothing: Evidence = {
  cause: null,
  answer: null,
  limit: null,
  worded: null,
  retried: false,
  exit: exited,
  thrown: null,
  stderrTail: "",
};

describe("an answer decides by what is typed in it", () => {
  // As measured with Claude Code 2.1.330, unless said otherwise.
  const cases: readonly (readonly [OutcomeType, string, Partial<Answer>])[] = [
    ["max-turns", "turns used up", { subtype: "error_max_turns", terminalReason: "max_turns" }],
    ["max-budget", "money used up", { subtype: "error_max_budget_usd", terminalReason: "budget_exhausted" }],
    [
      "context-full",
      "400 prompt is too long",
      { terminalReason: "prompt_too_long", apiStatus: 400, errorKinds: ["invalid_request"] },
    ],
    [
      "context-full",
      "no room before the call",
      { terminalReason: "blocking_limit", errorKinds: ["invalid_request"] },
    ],
    [
      "context-full",
      "413",
      { terminalReason: "image_error", apiStatus: 413, errorKinds: ["invalid_request"] },
    ],
    ["refused", "stop reason refusal", { stopReason: "refusal", errorKinds: ["invalid_request"] }],
    ["usage-limit", "window used up", { apiStatus: 429, errorKinds: ["rate_limit", "usage_limit_reached"] }],
    ["rate-limited", "429", { apiStatus: 429, apiErrorType: "rate_limit_error", errorKinds: ["rate_limit"] }],
    [
      "billing",
      "400 credit balance",
      { apiStatus: 400, apiErrorType: "invalid_request_error", errorKinds: ["billing_error"] },
    ],
    ["billing", "402", { apiStatus: 402, apiErrorType: "billing_error", errorKinds: ["unknown"] }],
    ["auth", "401", { apiStatus: 401, errorKinds: ["authentication_failed"] }],
    ["auth", "403", { apiStatus: 403, errorKinds: ["authentication_failed"] }],
    ["auth", "not logged in", { errorKinds: ["authentication_failed"] }],
    ["auth", "account on hold (declared, not measured)", { apiStatus: 400, errorKinds: ["account_on_hold"] }],
    [
      "auth",
      "400 disabled organisation",
      { apiStatus: 400, errorKinds: ["invalid_request", "org_disabled_credential"] },
    ],
    [
      "auth",
      "keys switched off (declared, not measured)",
      { apiStatus: 401, errorKinds: ["api_key_auth_disabled"] },
    ],
    [
      "billing",
      "credits needed (declared, not measured)",
      { apiStatus: 429, errorKinds: ["model_requires_usage_credits"] },
    ],
    ["network", "slept (declared, not measured)", { errorKinds: ["computer_slept"] }],
    ["not-found", "404 model", { apiStatus: 404, errorKinds: ["model_not_found"] }],
    ["overloaded", "500", { apiStatus: 500, errorKinds: ["server_error"] }],
    ["overloaded", "529", { apiStatus: 529, apiErrorType: "overloaded_error", errorKinds: ["server_error"] }],
    ["network", "nobody listens", { errorKinds: ["server_error", "connection_failed"] }],
    ["network", "cut in mid-answer", { errorKinds: ["unknown"] }],
    ["crashed", "400 of another kind", { apiStatus: 400, errorKinds: ["invalid_request"] }],
    ["crashed", "answers too long", { errorKinds: ["max_output_tokens"] }],
    ["crashed", "something new", { terminalReason: "something_new" }],
  ];
  test.each(cases)("%s: %s", (type, _name, fields) => {
    expect(classify({ ...nothing, answer: { ...failed, ...fields } }).type).toBe(type);
  });

  test("done, with its own last words in one line", () => {
    const answer = { ...done, text: "All\n\n done." };
    expect(classify({ ...nothing, answer })).toEqual({ type: "done", detail: "All done." });
  });

  test("its words decide nothing", () => {
    const text = "API Error: 401 authentication_error · prompt is too long · You've hit your 5-hour limit";
    expect(classify({ ...nothing, answer: { ...done, text } }).type).toBe("done");
  });

  test("a used-up window carries its reset time", () => {
    const answer = { ...failed, apiStatus: 429, errorKinds: ["rate_limit"] };
    expect(classify({ ...nothing, answer, limit: { resetsAt: 5, switchedOff: null } })).toEqual({
      type: "usage-limit",
      detail: "words",
      resetsAt: 5,
    });
  });

  test.each([
    ["org_service_level_disabled", 5, "billing"],
    ["member_level_disabled", null, "billing"],
    ["group_zero_credit_limit", null, "billing"],
    ["org_level_disabled", 5, "usage-limit"],
    ["out_of_credits", null, "usage-limit"],
    ["unknown", null, "usage-limit"],
  ])(
    "an account that is refused beyond its plan (%s), with reset time %s: %s",
    (switchedOff, resetsAt, type) => {
      const answer = { ...failed, apiStatus: 429, errorKinds: ["rate_limit"] };
      expect(classify({ ...nothing, answer, limit: { resetsAt, switchedOff } }).type).toBe(type);
    },
  );

  test("a 429 that the agent did not even try again asks for more than it would have waited", () => {
    const answer = { ...failed, apiStatus: 429, errorKinds: ["rate_limit"] };
    expect(classify({ ...nothing, answer })).toMatchObject({ retryAfterMs: 60_000 });
    expect(classify({ ...nothing, answer, retried: true })).toMatchObject({ retryAfterMs: null });
  });
});

describe("our own decision comes before what the agent says afterwards (C3)", () => {
  test.each([
    ["stop", "stopped"],
    ["auth", "auth"],
    ["context-full", "context-full"],
  ] as const)("%s", (cause, type) => {
    const answer = { ...failed, subtype: "error_during_execution", terminalReason: "aborted_streaming" };
    expect(classify({ ...nothing, cause, answer }).type).toBe(type);
    expect(classify({ ...nothing, cause }).type).toBe(type);
  });
});

describe("without an answer", () => {
  test.each([
    [{}, "The agent exited with code 0 and without an answer."],
    [
      { exit: { ...exited, code: 1 }, stderrTail: "a\nlast words\n" },
      "The agent exited with code 1 and without an answer: last words",
    ],
    [{ exit: { ...exited, code: null, signal: "SIGKILL" } }, "The agent was ended by SIGKILL."],
    [{ exit: null, thrown: "no such module" }, "The agent was not started: no such module"],
    [{ exit: { type: "failed-to-start", message: "EAGAIN" } }, "The agent could not be started (EAGAIN)."],
  ] as const)("it crashed: %j", (fields, detail) => {
    expect(classify({ ...nothing, ...fields })).toEqual({ type: "crashed", detail });
  });

  test("no program", () => {
    const exit = { type: "no-program", message: "missing" } as const;
    expect(classify({ ...nothing, exit })).toEqual({ type: "not-found", detail: "missing" });
  });
});
