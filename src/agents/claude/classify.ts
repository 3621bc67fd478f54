import type { Outcome } from "../../core/session.ts";

/** The agent's last word on a prompt (its `result` message), reduced to what is typed there. */
export interface Answer {
  readonly subtype: string;
  readonly isError: boolean;
  /** Why its loop ended; null before a loop began. */
  readonly terminalReason: string | null;
  readonly stopReason: string | null;
  /** HTTP status of the failed model call. */
  readonly apiStatus: number | null;
  /** The API's own name of the error, such as `billing_error`. */
  readonly apiErrorType: string | null;
  /** The agent's name of the error, such as `usage_limit_reached` or `authentication_failed`. */
  readonly errorKinds: readonly string[];
  /** For people. Looked into only for a usage limit, and only where the turn failed (see `worded`). */
  readonly text: string;
}

/** Why *we* ended a session that had not ended by itself. */
export type Cause = "stop" | "auth" | "context-full";

/** How the agent's process ended. */
export type Exit =
  | { readonly type: "exited"; readonly code: number | null; readonly signal: NodeJS.Signals | null }
  | { readonly type: "failed-to-start"; readonly message: string }
  | { readonly type: "no-program"; readonly message: string };

/** All that decides an outcome. Nothing in it was written by a model or a tool but `text` and the tails. */
export interface Evidence {
  readonly cause: Cause | null;
  readonly answer: Answer | null;
  /** The account was reported as used up; `switchedOff`: why it may not go on beyond its plan either. */
  readonly limit: { readonly resetsAt: number | null; readonly switchedOff: string | null } | null;
  /** A usage limit that is told in the agent's last words on a failed turn and nowhere else. */
  readonly worded: { readonly resetsAt: number | null } | null;
  /** The agent asked again for the answer that failed. */
  readonly retried: boolean;
  /** null when no process was started. */
  readonly exit: Exit | null;
  /** What our own side threw. */
  readonly thrown: string | null;
  readonly stderrTail: string;
}

/** The first rule that holds decides. */
export function classify(evidence: Evidence): Outcome {
  const { cause, answer, exit } = evidence;
  const limit = evidence.limit ?? evidence.worded;
  if (cause !== null) return ended(cause, answer);
  if (exit?.type === "no-program") return { type: "not-found", detail: exit.message };
  if (answer === null) return { type: "crashed", detail: crashDetail(evidence) };

  const detail = oneLine(answer.text);
  const says = (...kinds: readonly string[]) => kinds.some((kind) => answer.errorKinds.includes(kind));
  const status = (...codes: readonly number[]) =>
    answer.apiStatus !== null && codes.includes(answer.apiStatus);

  if (answer.subtype === "error_max_turns") return { type: "max-turns", detail };
  if (answer.subtype === "error_max_budget_usd") return { type: "max-budget", detail };
  if (!answer.isError && answer.terminalReason === "completed" && answer.stopReason !== "refusal") {
    return { type: "done", detail };
  }
  if (answer.stopReason === "refusal") return { type: "refused", detail };
  if (fullContext.has(answer.terminalReason ?? "") || status(413)) return { type: "context-full", detail };
  if (isSwitchedOff(evidence.limit)) return { type: "billing", detail };
  if (says("usage_limit_reached") || (limit !== null && (status(429) || answer.apiStatus === null))) {
    return { type: "usage-limit", detail, resetsAt: limit?.resetsAt ?? null };
  }
  if (says(...billingKinds) || answer.apiErrorType === "billing_error" || status(402)) {
    return { type: "billing", detail };
  }
  if (says(...authKinds) || status(401, 403)) return { type: "auth", detail };
  if (says("model_not_found")) return { type: "not-found", detail };
  if (status(429))
    return { type: "rate-limited", detail, retryAfterMs: evidence.retried ? null : longWaitMs };
  if (answer.apiStatus !== null && answer.apiStatus >= 500) return { type: "overloaded", detail };
  if (says("overloaded")) return { type: "overloaded", detail };
  if (says(...networkKinds) || (answer.apiStatus === null && says("server_error", "unknown"))) {
    return { type: "network", detail };
  }
  return { type: "crashed", detail: detail === "" ? crashDetail(evidence) : detail };
}

/**
 * `blocking_limit` is what comes instead of a compaction, which is switched off; `prompt_too_long` is the
 * API's own refusal.
 */
const fullContext: ReadonlySet<string> = new Set([
  "prompt_too_long",
  "blocking_limit",
  "rapid_refill_breaker",
]);

/**
 * The agent waits out a `retry-after` of up to a minute by itself. It does not ask again after a longer one, and
 * does not pass it on (measured with 59 and 61 s): so this is the least that the server may have asked for.
 */
const longWaitMs = 60_000;

/** What a person has to mend, by the agent's names for it, which its messages document. */
const authKinds = [
  "authentication_failed",
  "oauth_org_not_allowed",
  "account_on_hold",
  "verification_required",
  "cloud_credential_error",
  "provider_credentials",
  "gateway_signin_required",
  "gateway_session_expired",
  "api_key_auth_disabled",
  "org_disabled_credential",
  "invalid_credential_header",
];

const billingKinds = [
  "billing_error",
  "model_requires_usage_credits",
  "long_context_credits_required",
  "consent_unanswered",
];

const networkKinds = ["connection_failed", "stream_idle_timeout", "computer_slept"];

/**
 * Somebody has taken the service away, so that no reset brings it back. Most of these reasons only say that
 * there is nothing beyond the plan: where the plan's own window has a reset time, that is waited for.
 */
function isSwitchedOff(limit: Evidence["limit"]): boolean {
  if (limit === null || limit.switchedOff === null) return false;
  if (limit.switchedOff === "org_service_level_disabled") return true;
  return limit.resetsAt === null && /_disabled$|_zero_credit_limit$/.test(limit.switchedOff);
}

function ended(cause: Cause, answer: Answer | null): Outcome {
  switch (cause) {
    case "stop":
      return { type: "stopped", detail: "Stopped by Onward." };
    case "auth":
      return { type: "auth", detail: "The model's API refused the credentials." };
    case "context-full":
      return { type: "context-full", detail: oneLine(answer?.text ?? "") || "The agent wanted to compact." };
    default:
      return cause satisfies never;
  }
}

function crashDetail({ exit, thrown, stderrTail }: Evidence): string {
  const words = oneLine(stderrTail.trim().split("\n").at(-1) ?? "") || oneLine(thrown ?? "");
  return words === "" ? `${endOf(exit)}.` : `${endOf(exit)}: ${words}`;
}

function endOf(exit: Exit | null): string {
  if (exit === null) return "The agent was not started";
  switch (exit.type) {
    case "exited":
      return exit.signal === null
        ? `The agent exited with code ${exit.code} and without an answer`
        : `The agent was ended by ${exit.signal}`;
    case "failed-to-start":
    case "no-program":
      return `The agent could not be started (${exit.message})`;
    default:
      return exit satisfies never;
  }
}

function oneLine(text: string): string {
  const line = text.replaceAll(/\s+/g, " ").trim();
  return line.length <= 300 ? line : `${line.slice(0, 299)}…`;
}
