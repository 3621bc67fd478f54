/**
 * The report as Markdown: short enough for the description of a pull request whatever the project's size. What is
 * left out is said, and which command lists it.
 */
import { roughDuration } from "../../config/duration.ts";
import type { VerificationResult } from "../../core/event-parts.ts";
import { authorOf, type Standing } from "../../core/evidence.ts";
import { newCheckpointId } from "../../core/ids.ts";
import { totalTokens } from "../../core/session.ts";
import { momentOf } from "../checkpoints.ts";
import { failedClaimsOf, type SessionRecord } from "../history/session-history.ts";
import { iso } from "../output.ts";
import { forecastText, paceText } from "../status/pace.ts";
import { outcomeText } from "../status/status-screen.ts";
import { count, money, short } from "../text/terminal-text.ts";
import { endText, subjectOf, whenChecked } from "../text/verdict-text.ts";
import { block, code, markdownTable, plain } from "./markdown.ts";
import { adviceFor } from "./report-advice.ts";
import type { ReportData, ReportedFeature } from "./report-data.ts";

/** Items of each kind; all of them together stay below 65,536 characters, what a pull request may hold. */
const shown = {
  lines: 30,
  features: 120,
  sessions: 60,
  violations: 20,
  listChanges: 20,
  failures: 8,
  denials: 15,
  checkpoints: 10,
  runs: 10,
};

export function reportMarkdown(data: ReportData): string {
  const sections: readonly (readonly [title: string, body: string])[] = [
    ["What to look at next", list(adviceFor(data))],
    ["What was asked", asked(data)],
    ["Figures", figures(data)],
    ["Features", features(data)],
    ["Sessions", sessions(data)],
    ["Checks that did not hold", failures(data)],
    ["Undone changes", violations(data)],
    ["The list, changed from outside", listChanges(data)],
    ["Denied by the guard", denials(data)],
    ["Runs, waits and limits", runs(data)],
    ["Checkpoints", checkpoints(data)],
  ];
  const body = sections.filter(([, text]) => text !== "").map(([title, text]) => `## ${title}\n\n${text}`);
  return `${[heading(data), ...body].join("\n\n")}\n`;
}

function heading({ status }: ReportData): string {
  const { name, progress, verified, history, totals, now } = status;
  const { passing, total } = progress;
  const parts = [
    `**${status.status}**`,
    total === 0 ? "no feature list yet" : `${passing} of ${total} features pass, ${verified} verified`,
    count(history.sessions.length, "session"),
    money(totals.costUsd),
  ];
  return `# ${plain(name, 80)}\n\n${parts.join(" · ")}\n\nWritten by Onward, ${iso(now).slice(0, 16).replace("T", " ")} UTC.`;
}

function asked({ asked: spec }: ReportData): string {
  if (spec === null) return "";
  const lines = spec.text.trim().split(/\r?\n/);
  const rest = lines.length - shown.lines;
  return withRest(block(lines.slice(0, shown.lines)), rest, "line", spec.file);
}

function figures({ status }: ReportData): string {
  const { progress, verified, totals, history, forecast, deferred, broken } = status;
  const tokens = history.sessions.reduce((sum, { usage }) => sum + totalTokens(usage), 0);
  const rows: readonly (readonly [string, string])[] = [
    ["passing", `${progress.passing} of ${progress.total} (${progress.percent} %)`],
    ["verified by a command", `${verified}`],
    ["broken since", broken.length === 0 ? "" : `${broken.length}`],
    ["deferred", deferred.length === 0 ? "" : `${deferred.length}`],
    ["agents at work", roughDuration(totals.workedMs)],
    ["cost", money(totals.costUsd)],
    ["tokens", short(tokens)],
    ["pace", paceText(status)],
    ["left", forecastText(forecast)],
    ["denied tool calls", `${totals.denials}`],
    ["undone changes", `${totals.violations}`],
  ];
  const told = rows.filter(([, text]) => text !== "");
  return markdownTable(["", ""], told);
}

// -------------------------------------------------------------- features

/** What needs a person comes first. */
const order: readonly Standing[] = ["broken", "deferred", "unverified", "open", "verified"];
const marks: Readonly<Record<Standing, string>> = {
  verified: "✅ verified",
  unverified: "☑️ unverified",
  broken: "❌ broken",
  deferred: "⏸️ deferred",
  open: "⬜ open",
};

function features({ features, status }: ReportData): string {
  const sorted = features.toSorted((a, b) => order.indexOf(a.standing) - order.indexOf(b.standing));
  const chosen = new Set(sorted.slice(0, shown.features));
  const groups = Map.groupBy(
    features.filter((feature) => chosen.has(feature)),
    ({ feature }) => feature.category ?? "uncategorized",
  );
  const tables = [...groups].map(([category, members]) => {
    const [passing, total] = status.progress.byCategory[category] ?? [0, 0];
    const rows = members.map((each) => [
      marks[each.standing],
      `${code(each.feature.id, 40)} ${plain(each.feature.description, 100)}`,
      evidenceText(each),
    ]);
    return `### ${plain(category, 60)}: ${passing} of ${total}\n\n${markdownTable(["", "feature", "evidence"], rows)}`;
  });
  return [...tables, leftOut(features.length - chosen.size, "feature", "onward features")]
    .filter((text) => text !== "")
    .join("\n\n");
}

function evidenceText({ feature, evidence }: ReportedFeature): string {
  const { vouchedBy, lastCheck, claims, regressions, triedIn } = evidence;
  const parts: string[] = [];
  if (vouchedBy !== null) {
    const { result } = vouchedBy;
    const by = authorOf(result, feature) === "agent" ? "agent's command" : "your command";
    parts.push(`${code(result.command, 60)} (${by}) held ${whenChecked(vouchedBy)}`);
  } else if (lastCheck !== null && !lastCheck.result.ok) {
    parts.push(
      `${code(lastCheck.result.command, 60)} (${endText(lastCheck.result)}) ${whenChecked(lastCheck)}`,
    );
  } else if (feature.passes) parts.push(claims.length === 0 ? "the list says so" : "the agent says so");
  if (triedIn.length > 1) parts.push(`tried in ${triedIn.length} sessions`);
  if (regressions.length > 0) parts.push(`broke ${count(regressions.length, "time")}`);
  return parts.join("; ");
}

// -------------------------------------------------------------- sessions

function sessions({ status }: ReportData): string {
  const all = status.history.sessions;
  const rows = all
    .slice(-shown.sessions)
    .map((session) => [
      `${session.number}`,
      session.sessionType,
      outcomeText(session),
      `${session.turns}`,
      roughDuration(session.durationMs ?? Math.max(0, status.now - session.startedAt)),
      money(session.costUsd),
      brought(session),
      session.head === null ? "" : code(session.head.slice(0, 8)),
    ]);
  if (rows.length === 0) return "";
  const head = ["#", "type", "outcome", "turns", "time", "cost", "brought", "commit"];
  return withRest(markdownTable(head, rows), all.length - rows.length, "earlier session", "onward sessions");
}

function brought({ passed, failed, regressed }: SessionRecord): string {
  const ids = (mark: string, some: readonly string[]) => {
    const more = some.length > 4 ? ` and ${some.length - 4} more` : "";
    return some.length === 0
      ? []
      : [
          `${mark} ${some
            .slice(0, 4)
            .map((id) => code(id, 30))
            .join(", ")}${more}`,
        ];
  };
  return [...ids("✓", passed), ...ids("✗", [...failed, ...regressed])].join(" · ");
}

interface Failure {
  readonly where: string;
  readonly result: VerificationResult;
}

function failures({ status, runs }: ReportData): string {
  const ofSessions = status.history.sessions.flatMap((session) =>
    [...failedClaimsOf(session), ...session.verifications.filter(({ ok }) => !ok)].map(
      (result): Failure => ({ where: `session ${session.number}`, result }),
    ),
  );
  const ofGates = runs.failedGates.flatMap(({ failures: found }) =>
    found.map((result): Failure => ({ where: "final pass", result })),
  );
  const all = [...ofSessions, ...ofGates];
  const items = all
    .slice(-shown.failures)
    .map(
      ({ where, result }) =>
        `- ${where}, ${result.featureId === null ? subjectOf(result) : code(result.featureId, 40)}: ${code(result.command)} (${endText(result)})\n\n${block(result.outputTail.trimEnd().split("\n").slice(-8), "  ")}`,
    );
  return withRest(items.join("\n\n"), all.length - items.length, "earlier one", "onward sessions --json");
}

function violations({ status }: ReportData): string {
  const all = status.history.sessions.flatMap(({ number, violations: found }) =>
    found.map(({ what }) => `session ${number}: ${plain(what)}`),
  );
  const items = all.slice(-shown.violations);
  return withRest(list(items), all.length - items.length, "earlier one", "onward sessions --json");
}

/** By people, or by somebody in their name: which of the two, only they can tell. */
function listChanges({ runs: { listChanges: all } }: ReportData): string {
  const items = all.slice(-shown.listChanges).map(({ at, text }) => `${day(at)} ${plain(text, 300)}`);
  return withRest(list(items), all.length - items.length, "earlier one", "onward report --json");
}

function denials({ denials: all }: ReportData): string {
  if (all.length === 0) return "";
  const rows = all
    .slice(0, shown.denials)
    .map(({ rule, count: times, reason, session }) => [
      code(rule, 20),
      `${times}`,
      `${plain(reason, 140)} (session ${session})`,
    ]);
  return withRest(
    markdownTable(["rule", "times", "last"], rows),
    all.length - rows.length,
    "rule",
    "onward audit --denied",
  );
}

// ------------------------------------------------------------------ runs

function runs({ runs: { runs: all, waits, restored, rollbacks }, status }: ReportData): string {
  const items = all.slice(-shown.runs).map(({ id, startedAt, reason, detail, resumed }) => {
    const own = status.history.sessions.filter(({ runId }) => runId === id);
    const cost = own.reduce((sum, { costUsd }) => sum + costUsd, 0);
    const again = resumed === 0 ? "" : `, taken up again ${count(resumed, "time")}`;
    const end = reason === null ? "under way" : `${reason}${detail === "" ? "" : `: ${plain(detail)}`}`;
    return `${day(startedAt)} ${count(own.length, "session")}, ${money(cost)}${again}; ${end}`;
  });
  const rest = all.length - items.length;
  return list([
    ...(rest > 0 ? [`${count(rest, "earlier run")}, in ${code("onward report --json")}`] : []),
    ...items,
    ...waits
      .filter(({ reason }) => reason !== "delay")
      .map(
        ({ reason, count: times, totalMs, detail }) =>
          `waited ${count(times, "time")} for ${reason === "usage-limit" ? "a usage limit" : "a service that was down or busy"}, ${roughDuration(totalMs)} in all${detail === "" ? "" : ` (${plain(detail)})`}`,
      ),
    ...restored
      .slice(-5)
      .map(({ at, problem }) => `${day(at)} the feature list ${plain(problem)}; it was restored`),
    ...rollbacks
      .slice(-5)
      .map(
        ({ at, commit, rescue }) =>
          `${day(at)} rolled back to ${code(newCheckpointId(commit))}; what was there before is ${code(newCheckpointId(rescue))}`,
      ),
  ]);
}

function checkpoints({ checkpoints: all }: ReportData): string {
  if (all.length === 0) return "";
  const rows = all
    .slice(-shown.checkpoints)
    .map((checkpoint) => [
      code(checkpoint.id),
      day(checkpoint.at),
      momentOf(checkpoint),
      checkpoint.features === null ? "" : `${checkpoint.features.passing} of ${checkpoint.features.total}`,
    ]);
  const table = markdownTable(["id", "when (UTC)", "what", "features"], rows);
  const how = `${code("onward rollback <id>")} brings the files of one back.`;
  return `${withRest(table, all.length - rows.length, "earlier one", "onward checkpoints")}\n\n${how}`;
}

// ----------------------------------------------------------------- pieces

function day(at: number): string {
  return iso(at).slice(0, 16).replace("T", " ");
}

function list(items: readonly string[]): string {
  return items.map((item) => `- ${item}`).join("\n");
}

function withRest(text: string, rest: number, thing: string, command: string): string {
  return [text, leftOut(rest, thing, command)].filter((part) => part !== "").join("\n\n");
}

function leftOut(rest: number, thing: string, command: string): string {
  return rest <= 0 ? "" : `_${count(rest, thing)} more: ${code(command)}_`;
}
