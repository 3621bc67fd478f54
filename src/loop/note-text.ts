import type { VerificationResult } from "../core/event-parts.ts";
import type { SettledStep } from "../core/events.ts";
import { claimsInVain, featuresOf, notHeld } from "../core/failed-claims.ts";
import type { Feature } from "../core/features.ts";
import { type SessionExit, type SessionState, settledStep, undoneIn, wasHealthy } from "../core/run.ts";

/** What the entry tells beside the session itself. */
export interface NoteFacts {
  /** What agents could not get past, and still cannot. */
  readonly blockers: readonly string[];
  /** Subjects of the session's commits, newest first. */
  readonly commits: readonly string[];
  /** What the next session is offered first; null where nothing is left to choose. */
  readonly next: Feature | null;
}

/**
 * The factual entry that Onward adds to claude-progress.txt; what the agent wrote itself stays above it. The same
 * each time, so that what a crash left of it can be completed; no line of it is empty, so that it can be told from
 * what follows; and of a few KB at most, whatever the session did.
 */
export function noteText(
  session: SessionState,
  exit: SessionExit,
  settled: readonly SettledStep[],
  { blockers, commits, next }: NoteFacts,
): string {
  const integrity = settledStep(settled, "integrity");
  const list = settledStep(settled, "list");
  const results = settledStep(settled, "verification")?.results ?? [];
  const claimed = new Set(integrity?.claimed ?? []);
  const failed = list?.failed ?? [];
  const regressed = new Set([...(integrity?.regressed ?? []), ...failed.filter((id) => !claimed.has(id))]);
  const inVain = featuresOf(claimsInVain(session.failedClaims, results));
  const notHolding = [...failed, ...inVain].filter((id) => !regressed.has(id));
  const withFailure = failureOf(notHeld(session.failedClaims, results));
  const lines = [
    headline(session, exit),
    ...named("Passed", (list?.passed ?? []).map(verdictOn(results))),
    ...listed("Noted", session.notes),
    ...named("Did not hold", notHolding.map(withFailure)),
    ...named("Regressed", [...regressed].map(withFailure)),
    ...listed(
      "Undone",
      undoneIn(settled).map(({ what }) => what),
    ),
    ...listed("Blocker", blockers),
    ...listed("Commit", commits),
  ];
  if (list !== undefined && list.total > 0) lines.push(`Now: ${list.passing} of ${list.total} features pass`);
  if (next !== null) lines.push(`Next: ${short(next.id)}: ${short(next.description)}`);
  return lines.join("\n");
}

/** An ending that is no ordinary one in the agent's own words: they say what stood in its way. */
function headline({ startingAt, sessionType, offered }: SessionState, exit: SessionExit): string {
  const { outcome, turns, costUsd } = exit;
  const told =
    wasHealthy(exit) || outcome.detail === "" ? outcome.type : `${outcome.type} (${short(outcome.detail)})`;
  return [
    new Date(startingAt).toISOString(),
    sessionType,
    ...(offered === null ? [] : [`on ${short(offered)}`]),
    told,
    `${turns} turn${turns === 1 ? "" : "s"}`,
    `$${costUsd.toFixed(2)}`,
  ].join(" · ");
}

function verdictOn(results: readonly VerificationResult[]): (id: string) => string {
  const verified = new Set(results.flatMap(({ featureId, ok }) => (ok ? [featureId] : [])));
  return (id) => `${short(id)} (${verified.has(id) ? "verified" : "unverified"})`;
}

function failureOf(failed: readonly VerificationResult[]): (id: string) => string {
  const failures = new Map(failed.map((result) => [result.featureId, result]));
  return (id) => {
    const failure = failures.get(id);
    if (failure === undefined) return short(id);
    const ended = failure.exitCode === null ? "did not finish" : `exit ${failure.exitCode}`;
    const how = failure.notRun === undefined ? ended : "was not run";
    return `${short(id)} (${how}: ${short(failure.command)})`;
  };
}

const most = { named: 20, listed: 10, characters: 160 };

function named(label: string, items: readonly string[]): readonly string[] {
  if (items.length === 0) return [];
  const more = items.length - most.named;
  return [`${label}: ${items.slice(0, most.named).join(", ")}${more > 0 ? ` and ${more} more` : ""}`];
}

function listed(label: string, items: readonly string[]): readonly string[] {
  const more = items.length - most.listed;
  const lines = items.slice(0, most.listed).map((item) => `${label}: ${short(item)}`);
  return more > 0 ? [...lines, `${label}: and ${more} more`] : lines;
}

/** One line: a break in an agent's words could make them pass for a line of ours. */
function short(text: string): string {
  const line = [...text.replaceAll(/\s+/g, " ").trim()];
  return line.length <= most.characters ? line.join("") : `${line.slice(0, most.characters - 1).join("")}…`;
}
