/** The line that stays below what has happened: where the run is just now. */
import type { ProjectState } from "../../core/run.ts";
import { bar, dim, money } from "../text/terminal-text.ts";

export interface Moment {
  readonly turn: number;
  readonly activity: string;
  readonly passing: { readonly passing: number; readonly total: number } | null;
}

export function statusLine({ run }: ProjectState, moment: Moment, now: number): string {
  if (run === null || run.phase.type === "ended") return "";
  const parts = [phaseText(run.phase, moment, now)];
  if (moment.passing !== null && moment.passing.total > 0) {
    const { passing, total } = moment.passing;
    parts.push(`${bar(passing, total, 16)} ${passing}/${total}`);
  }
  parts.push(money(run.costUsd));
  return parts.join(dim(" · "));
}

function phaseText(
  phase: NonNullable<ProjectState["run"]>["phase"],
  { turn, activity }: Moment,
  now: number,
): string {
  switch (phase.type) {
    case "session":
      return `session ${phase.session.number} · turn ${turn} · ${activity}`;
    case "waiting":
      return `${phase.wait.reason}: ${countdown(phase.wait.until - now)}`;
    case "choosing":
      return "looking at the project";
    case "gate":
      return "final check";
    case "paused":
    case "ended":
      return phase.type;
    default:
      throw new Error(`unknown phase ${JSON.stringify(phase satisfies never)}`);
  }
}

export function countdown(ms: number): string {
  const total = Math.max(0, Math.ceil(ms / 1000));
  const hours = Math.floor(total / 3600);
  const minutes = Math.floor((total % 3600) / 60);
  const rest = String(total % 60).padStart(2, "0");
  return hours > 0 ? `${hours}:${String(minutes).padStart(2, "0")}:${rest}` : `${minutes}:${rest}`;
}
