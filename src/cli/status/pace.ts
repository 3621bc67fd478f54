/** How fast it goes, and what is left, in words. */
import { roughDuration } from "../../config/duration.ts";
import type { Forecast } from "../../core/progress.ts";
import { count, money } from "../text/terminal-text.ts";
import type { StatusReport } from "./status-report.ts";

/** "" while nothing has been gained. */
export function paceText({ velocity, totals }: StatusReport): string {
  const parts: string[] = [];
  if (velocity !== null && velocity.perHour > 0) {
    const { perHour } = velocity;
    parts.push(`${perHour < 10 ? perHour.toFixed(1) : Math.round(perHour)} features an hour`);
  }
  if (totals.costPerVerifiedUsd !== null)
    parts.push(`${money(totals.costPerVerifiedUsd)} per verified feature`);
  return parts.join(" · ");
}

/** "" when nothing is left. */
export function forecastText(forecast: Forecast): string {
  switch (forecast.type) {
    case "none":
      return "";
    case "too-early":
      return forecast.sessions === 0
        ? "too early to say"
        : `too early to say after ${count(forecast.sessions, "session")}`;
    case "standstill":
      return `no end in sight: the last ${forecast.sessions} sessions brought no feature, net`;
    case "estimate": {
      const { likelyMs, lowMs, highMs } = forecast.eta;
      if (highMs < msPerMinute) return "under a minute of work";
      if (highMs <= 5 * msPerMinute) return "a few minutes of work";
      return `about ${coarse(likelyMs)} of work, most likely ${coarse(lowMs)} to ${coarse(highMs)}`;
    }
    default:
      throw new Error(`unknown forecast ${JSON.stringify(forecast satisfies never)}`);
  }
}

/** An estimate knows no seconds. */
function coarse(ms: number): string {
  return ms < 60 * msPerMinute ? `${Math.max(1, Math.round(ms / msPerMinute))}m` : roughDuration(ms);
}

const msPerMinute = 60_000;
