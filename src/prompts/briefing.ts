/**
 * The briefing restores the state for a fresh context. Its size does not grow with the project: every part has
 * a budget in bytes, and what is cut says so. Pure, so that the same facts always give the same words.
 */
import type { VerificationResult, Violation } from "../core/events.ts";
import type { Feature } from "../core/features.ts";

export interface BriefingFacts {
  readonly passing: number;
  readonly total: number;
  /** The feature to work on first; null when the gate is to be mended or nothing is left to choose. */
  readonly offered: Feature | null;
  readonly lastAttempt: boolean;
  readonly upcoming: readonly Feature[];
  /** The end of claude-progress.txt. */
  readonly notes: string;
  /** Newest first. */
  readonly commits: readonly { readonly hash: string; readonly subject: string }[];
  readonly failures: readonly VerificationResult[];
  readonly violations: readonly Violation[];
  /** What the guard denied the last session, a line each. */
  readonly denied: readonly string[];
}

/** Bytes of the whole, UTF-8; the parts' budgets add up to less. */
export const briefingLimit = 4096;

export function briefing(facts: BriefingFacts): string {
  const parts = [
    `Progress: ${facts.passing} of ${facts.total} features pass.`,
    part("Next feature", facts.offered === null ? "" : featureText(facts.offered, facts.lastAttempt), 850),
    part("After it", facts.upcoming.map((feature) => `- ${title(feature)}`).join("\n"), 350),
    part("Failed when Onward checked", facts.failures.map(failureText).join("\n"), 900),
    part("Undone by Onward", facts.violations.map((violation) => `- ${violation.what}`).join("\n"), 250),
    part("Denied by the guard", facts.denied.map((line) => `- ${line}`).join("\n"), 300),
    part("Recent commits", facts.commits.map(({ hash, subject }) => `- ${hash} ${subject}`).join("\n"), 400),
    part("Last notes (claude-progress.txt)", clipStart(facts.notes.trim(), 600), 600),
  ];
  return parts.filter((text) => text !== "").join("\n\n");
}

function part(heading: string, body: string, bytes: number): string {
  return body === "" ? "" : `${heading}:\n${clip(body, bytes)}`;
}

function featureText(feature: Feature, lastAttempt: boolean): string {
  const lines = [title(feature), ...feature.steps.map((step, i) => `  ${i + 1}. ${step}`)];
  if (feature.verify !== null) {
    const command = typeof feature.verify === "string" ? feature.verify : feature.verify.join(" ");
    lines.push(`  Onward checks it with: ${command}`);
  }
  if (lastAttempt)
    lines.push("  It was tried before without success; this is its last attempt. Take another way.");
  return lines.join("\n");
}

function title(feature: Feature): string {
  const category = feature.category === null ? "" : ` [${feature.category}]`;
  return `${feature.id}${category}: ${clip(feature.description.replaceAll(/\s+/g, " "), 240)}`;
}

function failureText(result: VerificationResult): string {
  const who = result.featureId ?? "the project's own check";
  const how = result.exitCode === null ? "did not finish" : `exit ${result.exitCode}`;
  return `- ${who}: \`${clip(result.command, 120)}\` ${how}\n${clipStart(result.outputTail.trim(), 500)}`;
}

/** At most `bytes` of UTF-8, cut at a character, with a mark where it was cut. */
function clip(text: string, bytes: number): string {
  const all = new TextEncoder().encode(text);
  if (all.length <= bytes) return text;
  return `${new TextDecoder().decode(all.subarray(0, bytes - 4)).replace(/\uFFFD+$/, "")} …`;
}

/** The same from the end: what was written last is what matters in a log. */
function clipStart(text: string, bytes: number): string {
  const all = new TextEncoder().encode(text);
  if (all.length <= bytes) return text;
  return `… ${new TextDecoder().decode(all.subarray(all.length - bytes + 4)).replace(/^\uFFFD+/, "")}`;
}
