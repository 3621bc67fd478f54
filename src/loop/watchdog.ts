/**
 * Watches one session from outside and says when it has to be stopped, and why. A model that is silent for
 * `stallMs` has stalled; a running tool counts as alive, up to `toolMaxMs`.
 */
import type { SessionCaps } from "../core/event-parts.ts";
import { totalTokens } from "../core/session.ts";
import type { AgentEvent } from "../ports.ts";

export type Alarm =
  | { readonly type: "stalled"; readonly detail: string }
  | { readonly type: "max-budget" | "max-time"; readonly detail: string }
  | { readonly type: "usage-limit"; readonly detail: string; readonly resetsAt: number | null };

export interface WatchdogLimits {
  readonly stallMs: number;
  readonly toolMaxMs: number;
  /** The longest that one session may last; null: no cap of its own. */
  readonly sessionMaxMs: number | null;
  readonly caps: SessionCaps;
  /** Share of the account's usage window at which to stop; null: never. */
  readonly stopAtUtilization: number | null;
}

export interface Watchdog extends Disposable {
  /** To be told every event of the session. */
  see(event: AgentEvent): void;
}

/** How often it looks; the precision of its limits. */
const lookEveryMs = 250;
/** A longer step is a clock that was set, or a machine that slept: nobody was silent meanwhile. */
const longestStepMs = 5_000;

/** Calls `onAlarm` at most once. */
export function startWatchdog(
  limits: WatchdogLimits,
  now: () => number,
  onAlarm: (alarm: Alarm) => void,
): Watchdog {
  const toolsRunning = new Map<string, { readonly name: string; readonly since: number }>();
  /** The time that this session was watched for, which is what silence and its own length are measured in. */
  let watchedMs = 0;
  let lookedAt = now();
  let lastSign = 0;
  const { deadline } = limits.caps;
  const maxMs = deadline === null ? Infinity : deadline - lookedAt;
  let tokens = 0;
  let alarmed = false;
  const timer = setInterval(look, Math.min(lookEveryMs, limits.stallMs));
  timer.unref();

  return {
    see(event) {
      pass(now());
      lastSign = watchedMs;
      if (event.type === "tool-started") toolsRunning.set(event.id, { name: event.tool, since: lastSign });
      if (event.type === "tool-ended") toolsRunning.delete(event.id);
      if (event.type === "turn") {
        tokens += totalTokens(event.usage);
        const { maxTokens } = limits.caps;
        if (maxTokens !== null && tokens >= maxTokens)
          alarm({ type: "max-budget", detail: "max tokens reached" });
      }
      if (event.type === "utilization" && event.used >= (limits.stopAtUtilization ?? Infinity)) {
        const detail = `${Math.round(event.used * 100)} % of the usage window is used`;
        alarm({ type: "usage-limit", detail, resetsAt: event.resetsAt });
      }
    },
    [Symbol.dispose]: () => clearInterval(timer),
  };

  function pass(at: number): void {
    watchedMs += Math.min(Math.max(0, at - lookedAt), longestStepMs);
    lookedAt = at;
  }

  function look(): void {
    pass(now());
    const [tool] = toolsRunning.values();
    const quietSince = tool?.since ?? lastSign;
    const quietMs = watchedMs - quietSince;
    if (watchedMs >= maxMs) {
      alarm({ type: "max-budget", detail: "max duration reached" });
    } else if (watchedMs >= (limits.sessionMaxMs ?? Infinity)) {
      alarm({ type: "max-time", detail: `it lasted ${Math.round(watchedMs / 1000)} s` });
    } else if (quietMs >= (tool === undefined ? limits.stallMs : limits.toolMaxMs)) {
      const seconds = Math.round(quietMs / 1000);
      const detail =
        tool === undefined ? `no sign of life for ${seconds} s` : `${tool.name} ran for ${seconds} s`;
      alarm({ type: "stalled", detail });
    }
  }

  function alarm(raised: Alarm): void {
    clearInterval(timer);
    if (!alarmed) onAlarm(raised);
    alarmed = true;
  }
}
