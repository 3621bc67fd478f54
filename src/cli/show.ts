import { roughDuration } from "../config/duration.ts";
import { OnwardError } from "../core/errors.ts";
import type { VerificationResult } from "../core/event-parts.ts";
import { newCheckpointId } from "../core/ids.ts";
import { peoplesChangeTexts } from "../core/list-change-text.ts";
import { requireDirectory } from "../inspect.ts";
import type { CommitLine } from "../project/git/history.ts";
import { failedClaimsOf, readHistory, type SessionRecord } from "./history/session-history.ts";
import { iso, print, printJson } from "./output.ts";
import { sessionJson } from "./sessions.ts";
import { outcomeText } from "./status/status-screen.ts";
import { bold, clipped, count, labelled, money, oneLine, screenWidth, short } from "./text/terminal-text.ts";
import { effectLines, verdictLine } from "./text/verdict-text.ts";

/** Throws `usage` when there is no such session. */
export async function showCommand(
  dir: string,
  number: number,
  { json }: { readonly json: boolean },
): Promise<void> {
  await requireDirectory(dir);
  const { sessions } = await readHistory(dir);
  const at = sessions.findIndex((session) => session.number === number);
  const session = sessions[at];
  if (session === undefined) throw noSession(dir, number, sessions);
  const commits = await commitsOf(dir, sessions[at - 1]?.head ?? null, session.head);
  if (json) printJson({ ...sessionJson(session), commits });
  else print(screen(session, commits));
}

export function noSession(
  dir: string,
  number: number | null,
  sessions: readonly SessionRecord[],
): OnwardError {
  const last = sessions.at(-1);
  if (last === undefined) {
    return new OnwardError("usage", `There has been no session in ${dir} yet.`, {
      hint: "Start one with `onward run`.",
    });
  }
  return new OnwardError("usage", `There is no session ${number}.`, {
    hint: `They are numbered from ${sessions[0]?.number} to ${last.number}: see \`onward sessions\`.`,
  });
}

/** What came onto the branch between two heads; none where git cannot tell (rewritten, not a repository). */
async function commitsOf(
  dir: string,
  before: string | null,
  head: string | null,
): Promise<readonly CommitLine[]> {
  if (head === null || head === before) return [];
  const { openGit } = await import("../project/git/git.ts");
  try {
    const git = await openGit(dir);
    const range = before === null ? head : `${before}..${head}`;
    const log = await git.run(["log", "--max-count=100", "--no-color", "--format=%H %s", range, "--"]);
    return log
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => ({
        hash: line.slice(0, line.indexOf(" ")),
        subject: line.slice(line.indexOf(" ") + 1),
      }));
  } catch (error) {
    if (error instanceof OnwardError) return [];
    throw error;
  }
}

function screen(session: SessionRecord, commits: readonly CommitLine[]): string {
  const { number, sessionType, outcome, offered, usage, denials, violations, verifications } = session;
  const claimed = new Set<string | null>([
    ...session.claimed,
    ...session.claims.map(({ featureId }) => featureId),
  ]);
  const rows: (readonly [string, string])[] = [
    ["outcome", outcome === null ? outcomeText(session) : `${outcomeText(session)}: ${outcome.detail}`],
    [
      "started",
      `${iso(session.startedAt)}${session.durationMs === null ? "" : `, ${roughDuration(session.durationMs)}`}`,
    ],
    ["worked on", offered ?? ""],
    ["turns", String(session.turns)],
    ["cost", `${money(session.costUsd)}${session.costEstimated ? " (estimated)" : ""}`],
    [
      "tokens",
      `${short(usage.inputTokens)} in, ${short(usage.cacheReadTokens)} from cache, ${short(usage.outputTokens)} out`,
    ],
    ["passed", session.passed.join(", ")],
    ["not held", session.failed.join(", ")],
    ["broke", session.regressed.join(", ")],
    ["denied", denials === 0 ? "" : count(denials, "tool call")],
    ["checkpoint", session.commit === null ? "" : newCheckpointId(session.commit)],
  ];
  const facts = rows.filter(([, text]) => text !== "").map(([label, text]) => labelled(label, text, 10));
  const blocks = [
    [bold(`session ${number} · ${sessionType}${session.resumes ? " · resumed" : ""}`), ...facts],
    section(
      "Undone",
      violations.map(({ what }) => oneLine(what)),
    ),
    section(
      "Before it, people changed the feature list",
      session.listChanges.flatMap(peoplesChangeTexts).map(oneLine),
    ),
    section(
      "Claims",
      checked([
        ...failedClaimsOf(session),
        ...verifications.filter(({ featureId }) => claimed.has(featureId)),
      ]),
    ),
    section("Checked again", checked(verifications.filter(({ featureId }) => !claimed.has(featureId)))),
    section("Verification", effectLines(session)),
    section(
      "Commits",
      commits.map(({ hash, subject }) => `${hash.slice(0, 10)} ${oneLine(subject)}`),
    ),
  ];
  return blocks
    .filter((block) => block.length > 0)
    .map((block) => block.join("\n"))
    .join("\n\n");
}

/** One line each; of what did not hold also the end of its output. */
function checked(results: readonly VerificationResult[]): readonly string[] {
  return results.flatMap((result) => [
    verdictLine(result),
    ...(result.ok ? [] : lastLines(result.outputTail).map((line) => `  │ ${line}`)),
  ]);
}

function lastLines(output: string): readonly string[] {
  return output.trimEnd().split("\n").slice(-5);
}

function section(title: string, items: readonly string[]): readonly string[] {
  return items.length === 0
    ? []
    : [bold(title), ...items.map((item) => `  ${clipped(item, screenWidth - 2)}`)];
}
