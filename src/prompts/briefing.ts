/**
 * The briefing restores the state for a fresh context. Its size does not grow with the project: every part has
 * a budget in bytes, what one leaves over goes to those that want more, and what is cut says so. Pure, so that
 * the same facts always give the same words.
 */
import type { Blocker } from "../core/blockers.ts";
import { type Recollection, resolutionText } from "../core/error-memory.ts";
import type { VerificationResult, Violation } from "../core/event-parts.ts";
import type { Feature } from "../core/features.ts";
import { bytesOf, clip, clipStart, share } from "./clip.ts";
import { type LastSession, lastSessionText } from "./last-session.ts";

export interface BriefingFacts {
  readonly passing: number;
  readonly total: number;
  /** The feature to work on first; null when the gate is to be mended or nothing is left to choose. */
  readonly offered: Feature | null;
  readonly lastAttempt: boolean;
  readonly upcoming: readonly Feature[];
  /** What the session before was in the middle of; null where there was none. */
  readonly lastSession: LastSession | null;
  /** What agents said was in their way, and nothing has cleared since. */
  readonly blockers: readonly Blocker[];
  readonly failures: readonly VerificationResult[];
  /** What resolved errors of the same kind before. */
  readonly recollections: readonly Recollection[];
  readonly violations: readonly Violation[];
  /** What people did to the feature list since, or somebody in their name; a line each. */
  readonly listNews: readonly string[];
  /** What the guard denied the last session, a line each. */
  readonly denied: readonly string[];
  /** What is certain of how to run and check the project, a line each. */
  readonly known: readonly string[];
  /** Newest first. */
  readonly commits: readonly { readonly hash: string; readonly subject: string }[];
  /** The end of claude-progress.txt. */
  readonly notes: string;
}

/** Bytes of the whole, UTF-8. */
export const briefingLimit = 4096;

const shownHash = 10;

/** In the order in which they are read. `bytes`: what a part may have at least; the smaller its `rank`, the sooner more. */
interface Part {
  readonly heading: string;
  readonly body: string;
  readonly bytes: number;
  readonly rank: number;
  /** The end of it matters, not the beginning. */
  readonly fromEnd?: true;
  /** What stands where it was cut, other than `…`. */
  readonly mark?: string;
}

export function briefing(facts: BriefingFacts): string {
  const parts = partsOf(facts).filter(({ body }) => body !== "");
  const progress = `Progress: ${facts.passing} of ${facts.total} features pass.`;
  const framing = parts.map(({ heading }) => bytesOf(`\n\n${heading}:\n`));
  const room = briefingLimit - bytesOf(progress) - framing.reduce((sum, bytes) => sum + bytes, 0);
  const budgets = share(
    room,
    parts.map(({ body, bytes, rank }) => ({ wanted: bytesOf(body), bytes, rank })),
  );
  const texts = parts.map(({ heading, body, fromEnd, mark }, index) => {
    const bytes = budgets[index] ?? 0;
    return `${heading}:\n${fromEnd === true ? clipStart(body, bytes) : clip(body, bytes, mark)}`;
  });
  return [progress, ...texts].join("\n\n");
}

function partsOf(facts: BriefingFacts): readonly Part[] {
  const { offered, lastAttempt, lastSession } = facts;
  return [
    {
      heading: "Next feature",
      body: offered === null ? "" : featureText(offered, lastAttempt),
      bytes: 700,
      rank: 1,
      mark: " … (all of it: the tool `feature`)",
    },
    {
      heading: "The session before",
      body: lastSession === null ? "" : lastSessionText(lastSession),
      bytes: 450,
      rank: 3,
    },
    { heading: "Blocked", body: bullets(facts.blockers.map(blockerText)), bytes: 200, rank: 4 },
    {
      heading: "Failed when Onward checked",
      body: facts.failures.map(failureText).join("\n"),
      bytes: 650,
      rank: 2,
    },
    {
      heading: "Seen before",
      body: bullets(facts.recollections.map(recollectionText)),
      bytes: 300,
      rank: 5,
    },
    {
      heading: "Undone by Onward",
      body: bullets(facts.violations.map(({ what }) => what)),
      bytes: 180,
      rank: 6,
    },
    { heading: "Changed by people", body: bullets(facts.listNews), bytes: 170, rank: 6 },
    { heading: "Denied by the guard", body: bullets(facts.denied), bytes: 200, rank: 7 },
    { heading: "Known", body: bullets(facts.known), bytes: 180, rank: 8 },
    { heading: "After it", body: bullets(facts.upcoming.map(title)), bytes: 180, rank: 11 },
    {
      heading: "Recent commits",
      body: bullets(facts.commits.map(({ hash, subject }) => `${hash.slice(0, shownHash)} ${subject}`)),
      bytes: 250,
      rank: 10,
    },
    {
      heading: "Last notes (claude-progress.txt)",
      body: facts.notes.trim(),
      bytes: 350,
      rank: 9,
      fromEnd: true,
    },
  ];
}

function bullets(lines: readonly string[]): string {
  return lines.map((line) => `- ${line}`).join("\n");
}

/** The steps come last: they are what there may be too much of. */
function featureText(feature: Feature, lastAttempt: boolean): string {
  const lines = [title(feature)];
  if (lastAttempt)
    lines.push("  It was tried before without success; this is its last attempt. Take another way.");
  if (feature.verify !== null) {
    const command = typeof feature.verify === "string" ? feature.verify : feature.verify.join(" ");
    lines.push(`  Onward checks it with: ${clip(command, 300)}`);
  }
  return [...lines, ...feature.steps.map((step, i) => `  ${i + 1}. ${step}`)].join("\n");
}

function title(feature: Feature): string {
  const category = feature.category === null ? "" : ` [${feature.category}]`;
  return `${feature.id}${category}: ${clip(feature.description.replaceAll(/\s+/g, " "), 240)}`;
}

function blockerText({ featureId, text }: Blocker): string {
  return `${featureId ?? "everything"}: ${text}`;
}

function failureText(result: VerificationResult): string {
  const { featureId, role, notRun, exitCode } = result;
  const who = role === undefined ? whose(featureId) : `the ${role}`;
  const ended = exitCode === null ? "did not finish" : `exit ${exitCode}`;
  const how = notRun === undefined ? ended : "was not run";
  return `- ${who}: \`${clip(result.command, 120)}\` ${how}
${clipStart(result.outputTail.trim(), 500)}`;
}

function recollectionText(recollection: Recollection): string {
  return `${clip(whose(recollection.featureId), 80)}: ${resolutionText(recollection)}`;
}

function whose(featureId: string | null): string {
  return featureId ?? "the project's own check";
}
