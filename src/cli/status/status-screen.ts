/** What `onward status` shows: everything that matters on one screen of 80 columns. */
import { styleText } from "node:util";
import { roughDuration } from "../../config/duration.ts";
import { newCheckpointId } from "../../core/ids.ts";
import type { RunState } from "../../core/run.ts";
import { describeOwner } from "../../engines/lock.ts";
import type { Inspection } from "../../inspect.ts";
import type { SessionRecord } from "../history/session-history.ts";
import { columnsOf, padded } from "../text/columns.ts";
import {
  bar,
  bold,
  count,
  cut,
  dim,
  labelled,
  money,
  screenWidth,
  short,
  table,
} from "../text/terminal-text.ts";
import { branchBack, branchLeftText } from "./branch-left-text.ts";
import { forecastText, paceText } from "./pace.ts";
import type { ProjectStatus, StatusReport } from "./status-report.ts";

export function statusScreen(report: StatusReport): string {
  const blocks = [heading(report), progress(report), facts(report), sessions(report)];
  return blocks.filter((block) => block !== "").join("\n\n");
}

const colours: Readonly<Record<ProjectStatus, Parameters<typeof styleText>[0]>> = {
  new: "cyan",
  running: "green",
  waiting: "yellow",
  paused: "yellow",
  complete: "green",
  limit: "yellow",
  blocked: "red",
  interrupted: "yellow",
  failed: "red",
};

function heading(report: StatusReport): string {
  const { name, status, dir } = report;
  const left = cut(name, 40);
  const word = isUndone(report) && status !== "complete" ? "rolled back" : status;
  return `${bold(left)}  ${styleText(colours[status], `● ${word}`)}  ${dim(cut(dir, screenWidth - left.length - word.length - 6))}`;
}

/** Whether a person has gone back behind what the last run came to. */
function isUndone({ rollback, inspection }: StatusReport): boolean {
  const phase = inspection.project.run?.phase;
  return rollback !== null && (phase === undefined || (phase.type === "ended" && phase.at <= rollback.at));
}

function progress({ progress, verified, verifiedByAgent }: StatusReport): string {
  const { passing, total, percent, byCategory } = progress;
  if (total === 0) return "";
  const unsaid = verified === passing ? "all of them verified" : `${verified} of them verified`;
  const whose = verifiedByAgent === 0 ? "" : ` (${verifiedByAgent} by the agent's own checks)`;
  const said = `${passing} of ${total}${passing === 0 ? "" : `, ${unsaid}${whose}`}`;
  const lines = isNarrow
    ? [`${bar(passing, total, 30)} ${bold(`${percent} %`)}`, said]
    : [`${bar(passing, total, 40)} ${bold(`${percent} %`)}  ${said}`];
  const categories = Object.entries(byCategory);
  if (categories.length < 2) return lines.join("\n");
  const longest = isNarrow ? 16 : 24;
  const width = Math.max(...categories.map(([name]) => columnsOf(cut(name, longest))));
  // The least finished first: that is where the work is. Not more than a screen holds.
  const shown = categories.sort(([, a], [, b]) => a[0] / a[1] - b[0] / b[1]).slice(0, maxCategories);
  for (const [name, [passed, all]] of shown) {
    lines.push(
      `  ${padded(cut(name, width), width)}  ${bar(passed, all, isNarrow ? 10 : 20)}  ${passed}/${all}`,
    );
  }
  const more = categories.length - shown.length;
  if (more > 0) lines.push(dim(`  and ${more} more categories`));
  return lines.join("\n");
}

/** Then lines are broken, and tables keep only what matters most. */
const isNarrow = screenWidth < 72;
const maxCategories = 10;
const shownSessions = 8;

function facts(report: StatusReport): string {
  const { inspection, deferred, broken, blockers, status } = report;
  const { denials, violations } = report.totals;
  const { run } = inspection.project;
  const rows: (readonly [string, string])[] = [];
  if (run !== null && !isUndone(report)) rows.push(...now(report, run));
  rows.push(...rollbackRows(report));
  const atWork = run?.phase.type === "session" && status === "running";
  const { sessionType, reason } = inspection;
  if (!atWork && status !== "complete")
    rows.push(["next", sessionType === "none" ? reason : `${sessionType}: ${reason}`]);
  if (broken.length > 0) rows.push(["broken", broken.join(", ")]);
  if (deferred.length > 0) rows.push(["deferred", deferred.join(", ")]);
  for (const { featureId, text } of blockers)
    rows.push(["blocker", featureId === null ? text : `${featureId}: ${text}`]);
  const queued = inspection.project.list.edits.length;
  if (queued > 0) rows.push(["queued", `${count(queued, "change")} of the feature list`]);
  if (run !== null) rows.push(["cost", cost(run)], ["time", time(run, report)]);
  rows.push(["pace", paceText(report)], ["left", forecastText(report.forecast)]);
  rows.push(["denied", denials === 0 ? "" : `${count(denials, "tool call")} by the guard`]);
  rows.push(["undone", violations === 0 ? "" : `${count(violations, "change")} of the feature list`]);
  return rows
    .filter(([, text]) => text !== "")
    .map(([label, text]) => labelled(label, text, 9))
    .join("\n");
}

function rollbackRows({ rollback, now }: StatusReport): readonly (readonly [string, string])[] {
  if (rollback === null) return [];
  const { at, commit, rescue, branch } = rollback;
  const undo = `\`onward rollback ${newCheckpointId(rescue)}\` undoes it`;
  const to = `to ${newCheckpointId(commit)}, ${roughDuration(now - at)} ago; ${undo}`;
  if (branch === null) return [["rollback", to]];
  return [
    ["rollback", to],
    // The command first, so that no line breaks it.
    ["branch", `\`${branchBack(branch)}\` puts it back and keeps the files: ${branchLeftText(branch)}`],
  ];
}

/** What is going on, or how the last run ended. */
function now(
  { now, status, inspection }: StatusReport,
  run: RunState,
): readonly (readonly [string, string])[] {
  const { phase } = run;
  const owner = inspection.manager.type === "held" ? inspection.manager.owner : null;
  const by = owner === null ? "" : ` (${describeOwner(owner)})`;
  switch (phase.type) {
    case "session": {
      const { number, sessionType, offered, startingAt } = phase.session;
      if (status === "interrupted") return [["cut", `session ${number} lost its manager`]];
      const about = offered === null ? "" : ` on ${offered}`;
      return [
        ["now", `session ${number}, ${sessionType}${about}, for ${roughDuration(now - startingAt)}${by}`],
      ];
    }
    case "waiting": {
      const { reason, until, detail } = phase.wait;
      const left = until > now ? `${roughDuration(until - now)} more, until ${clock(until, now)}` : "over";
      return [["waits", `${reason}: ${left}${detail === "" ? "" : ` (${detail})`}`]];
    }
    case "gate":
      return [["now", `final verification${by}`]];
    case "paused":
      return [["paused", howToGoOn(inspection)]];
    case "choosing":
      return status === "interrupted" ? [] : [["now", `looking at the project${by}`]];
    case "ended":
      return [
        ["ended", `${phase.reason}, ${roughDuration(now - phase.at)} ago: ${phase.detail}`],
        ...(phase.hint === undefined ? [] : [["do", phase.hint] as const]),
      ];
    default:
      throw new Error(`unknown phase ${JSON.stringify(phase satisfies never)}`);
  }
}

/** Of a paused run: somebody has to be there who can be told. */
export function howToGoOn({ manager }: Inspection): string {
  const resume = "`onward resume` goes on";
  return manager.type === "held" ? resume : `nobody is at work: after \`onward run\`, ${resume}`;
}

function clock(at: number, now: number): string {
  const time = new Date(at).toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });
  return at - now < 86_400_000 ? time : `${new Date(at).toLocaleDateString("en-CA")} ${time}`;
}

function cost({ costUsd, iterations, usage, settings }: RunState): string {
  const { inputTokens, cacheReadTokens, cacheWriteTokens, outputTokens } = usage;
  const capped = settings.maxCostUsd === null ? "" : ` of ${money(settings.maxCostUsd)}`;
  const rounds =
    settings.maxIterations === null ? `${iterations}` : `${iterations} of ${settings.maxIterations}`;
  const tokens = `${short(inputTokens + cacheReadTokens + cacheWriteTokens)} tokens in, ${short(outputTokens)} out`;
  return `${money(costUsd)}${capped} · ${rounds} iterations · ${tokens}`;
}

function time({ activeMs }: RunState, { runWorkedMs }: StatusReport): string {
  return `${roughDuration(activeMs)}, agents at work for ${roughDuration(runWorkedMs)} of it`;
}

function sessions({ history, now }: StatusReport): string {
  if (history.sessions.length === 0) return "";
  const shown = history.sessions.slice(-shownSessions);
  const earlier = history.sessions.length - shown.length;
  const rows = sessionTable(shown, now);
  return earlier === 0 ? rows : `${rows}\n${dim(`and ${earlier} before: onward sessions`)}`;
}

export function sessionTable(sessions: readonly SessionRecord[], now: number): string {
  return table(
    ["#", ...(isNarrow ? [] : ["type"]), "outcome", ...(isNarrow ? [] : ["turns"]), "time", "cost", "passed"],
    sessions.map((session) => [
      session.number,
      ...(isNarrow ? [] : [session.sessionType]),
      outcomeText(session),
      ...(isNarrow ? [] : [session.turns]),
      roughDuration(session.durationMs ?? now - session.startedAt),
      money(session.costUsd),
      cut(
        [...session.passed, ...[...session.failed, ...session.regressed].map((id) => `✗ ${id}`)].join(", "),
        isNarrow ? 10 : screenWidth - 50,
      ),
    ]),
  );
}

export function outcomeText({ outcome, endedAt }: SessionRecord): string {
  if (outcome === null) return "at work";
  return endedAt === null ? `${outcome.type} (unsettled)` : outcome.type;
}
