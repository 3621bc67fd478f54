/** What a session needs to begin: the state of before for its settling, and the prompt that restores it. */
import { readdir } from "node:fs/promises";
import { relative } from "node:path";
import { OnwardError } from "../core/errors.ts";
import { chooseWork } from "../core/features.ts";
import type { ProjectState, SessionState } from "../core/run.ts";
import { type ListState, readFeatureList } from "../project/feature-list.ts";
import { recentCommits } from "../project/history.ts";
import { lastNotes } from "../project/notes.ts";
import { readSpec, specNames } from "../project/spec.ts";
import { workTree } from "../project/work-tree.ts";
import { briefing } from "../prompts/briefing.ts";
import { sessionPrompt } from "../prompts/prompts.ts";
import { saveBefore } from "./before.ts";
import type { LoopContext } from "./context.ts";
import type { SessionFiles } from "./session-files.ts";

/** Answers the prompt. */
export async function prepareSession(
  ctx: LoopContext,
  session: SessionState,
  files: SessionFiles,
): Promise<string> {
  const list = await readFeatureList(ctx.dir);
  // What people changed since the last checkpoint counts for this session; looking again costs a dozen processes.
  const tree = ctx.state().checkpoint ?? (await workTree(ctx.dir));
  await saveBefore(files, { tree, listText: list.type === "valid" ? list.text : null });
  const { sessionType, purpose } = session;
  return sessionPrompt({
    sessionType,
    purpose,
    task: ctx.options.task,
    messages: messagesFor(ctx.state()),
    existingCode: sessionType === "init" && (await holdsCode(ctx)),
    specFile: sessionType === "init" ? await specToRead(ctx) : null,
    briefing: list.type === "valid" ? await brief(ctx, session, list) : "",
  });
}

function messagesFor({ run, findings }: ProjectState): readonly string[] {
  const said = run?.messages.map(({ text }) => text) ?? [];
  return findings.rolledBack ? [rolledBackMessage, ...said] : said;
}

/** After a rollback git shows the later commits as undone, which an agent would take for an accident. */
const rolledBackMessage =
  "I brought the files back to an earlier state on purpose. What was committed since is not wanted: do not restore " +
  "it from git (no checkout, restore, reset or stash); go on from the files as they are.";

async function brief(
  ctx: LoopContext,
  session: SessionState,
  list: ListState & { type: "valid" },
): Promise<string> {
  const { features } = list;
  const state = ctx.state();
  const choice = chooseWork(features, new Map(Object.entries(state.run?.attempts ?? {})));
  return briefing({
    passing: features.filter((feature) => feature.passes).length,
    total: features.length,
    offered: features.find((feature) => feature.id === session.offered) ?? null,
    lastAttempt: session.lastAttempt,
    upcoming: choice.type === "offer" ? choice.upcoming : [],
    notes: await lastNotes(ctx.dir, 2048),
    commits: await recentCommits(ctx.dir, 10),
    failures: failures(state),
    violations: state.findings.violations,
    denied: state.findings.denied,
  });
}

function failures({ run, findings }: ProjectState) {
  const gate = (run?.gateFailure ?? []).filter((result) => !result.ok);
  return [...gate, ...findings.failures].slice(0, 5);
}

/** Relative to the project; null where an existing code base has none. */
async function specToRead(ctx: LoopContext): Promise<string | null> {
  try {
    return relative(ctx.dir, (await readSpec(ctx.dir, ctx.options.specFile)).path);
  } catch (error) {
    if (error instanceof OnwardError && error.code === "spec-missing") return null;
    throw error;
  }
}

/** Whether there is more than what every project of Onward's has before its first session. */
async function holdsCode(ctx: LoopContext): Promise<boolean> {
  const ours = new Set([
    ".git",
    ".gitignore",
    ".onward",
    "claude-progress.txt",
    "onward.config.json",
    ...specNames,
  ]);
  if (ctx.options.specFile !== null) ours.add(ctx.options.specFile);
  return (await readdir(ctx.dir)).some((name) => !ours.has(name));
}
