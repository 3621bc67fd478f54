/** Looks up what a session's note tells beside the session itself. The same each time while nothing else happens. */
import { addAttempts } from "../core/after-session.ts";
import { openBlockers } from "../core/blockers.ts";
import type { SettledStep } from "../core/events.ts";
import { chooseWork, type Feature } from "../core/features.ts";
import { type SessionExit, type SessionState, wasHealthy } from "../core/run.ts";
import { subjectsSince } from "../project/git/history.ts";
import { readBefore } from "./before.ts";
import type { LoopContext } from "./context.ts";
import type { NoteFacts } from "./note-text.ts";

/** More than this are only counted. */
const maxCommits = 100;

export async function noteFacts(
  ctx: LoopContext,
  session: SessionState,
  exit: SessionExit,
  settled: readonly SettledStep[],
  features: readonly Feature[],
): Promise<NoteFacts> {
  const { run, blockers } = ctx.state();
  const before = await readBefore(ctx, session.number);
  const commits = before.type === "kept" ? await subjectsSince(ctx.dir, before.value.tree, maxCommits) : [];
  const attempts = run?.attempts ?? {};
  const tried = wasHealthy(exit) ? addAttempts(attempts, session, settled) : attempts;
  const choice = chooseWork(features, new Map(Object.entries(tried)));
  return {
    blockers: openBlockers(blockers, features).map(({ text }) => text),
    commits: commits.map(ctx.redact),
    next: choice.type === "offer" ? choice.feature : null,
  };
}
