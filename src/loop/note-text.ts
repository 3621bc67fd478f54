import type { SettledStep } from "../core/events.ts";
import { type SessionExit, type SessionState, settledStep, undoneIn } from "../core/run.ts";

/**
 * The factual entry that Onward adds to claude-progress.txt; what the agent wrote itself stays above it. The same
 * each time, so that what a crash left of it can be completed.
 */
export function noteText(session: SessionState, exit: SessionExit, settled: readonly SettledStep[]): string {
  const integrity = settledStep(settled, "integrity");
  const list = settledStep(settled, "list");
  const results = settledStep(settled, "verification")?.results ?? [];
  const verified = new Set(
    results.flatMap(({ featureId, ok }) => (ok && featureId !== null ? [featureId] : [])),
  );
  const lines = [
    `${new Date(session.startingAt).toISOString()} · ${session.sessionType} · ${exit.outcome.type} · ${exit.turns} turns · $${exit.costUsd.toFixed(2)}`,
    ...named(
      "Passed",
      (list?.passed ?? []).map((id) => (verified.has(id) ? `${id} (verified)` : `${id} (unverified)`)),
    ),
    ...session.notes.map((note) => `Noted: ${note}`),
    ...named("Did not hold", list?.failed ?? []),
    ...named("Regressed", integrity?.regressed ?? []),
    ...undoneIn(settled)
      .slice(0, 10)
      .map((violation) => `Undone: ${violation.what}`),
  ];
  if (list !== undefined && list.total > 0) lines.push(`Now: ${list.passing} of ${list.total} features pass`);
  return lines.join("\n");
}

function named(label: string, ids: readonly string[]): readonly string[] {
  return ids.length === 0 ? [] : [`${label}: ${ids.join(", ")}`];
}
