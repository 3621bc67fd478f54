/**
 * Onward as a library.
 *
 * ```ts
 * if ((await detectSessionType(dir)) === "init") { … }
 *
 * await using session = await SessionManager.open(dir, { model: "sonnet" });
 * const result = await session.run();
 *
 * for await (const ended of autoContinue(dir, { delayMs: 3000, signal })) report(ended);
 * ```
 */
export type { Config } from "./config/config.ts";
export { defaults } from "./config/defaults.ts";
export { type ErrorCode, OnwardError } from "./core/errors.ts";
export type { EndReason } from "./core/event-parts.ts";
export type { Feature } from "./core/features.ts";
export type { Outcome, OutcomeType, SessionType, Usage } from "./core/session.ts";
export { detectSessionType, type Inspection, inspectProject } from "./inspect.ts";
export {
  autoContinue,
  type EndedSession,
  type RunSummary,
  SessionManager,
  type SessionOptions,
} from "./library.ts";
