/** What a session needs to begin: the state of before for its settling, and the prompt that restores it. */
import { relative } from "node:path";
import { openBlockers } from "../core/blockers.ts";
import { recall } from "../core/error-memory.ts";
import { OnwardError } from "../core/errors.ts";
import { chooseWork } from "../core/features.ts";
import type { ProjectState, SessionState } from "../core/run.ts";
import { uncommittedFiles } from "../project/checkpoints/uncommitted.ts";
import { readConfigText } from "../project/config-guard.ts";
import { recentCommits } from "../project/git/history.ts";
import { workTree } from "../project/git/work-tree.ts";
import { knownFacts } from "../project/known-facts.ts";
import { type ListState, readFeatureList } from "../project/list/feature-list.ts";
import { lastNotes } from "../project/notes/notes.ts";
import { ownFiles } from "../project/paths.ts";
import { readSpec } from "../project/spec.ts";
import { briefing } from "../prompts/briefing.ts";
import type { LastSession } from "../prompts/last-session.ts";
import { sessionPrompt } from "../prompts/prompts.ts";
import { shellLine } from "../verify/deciding.ts";
import { saveBefore } from "./before.ts";
import type { LoopContext } from "./context.ts";
import { holdsCode } from "./holds-code.ts";
import { type SessionFiles, sessionFiles } from "./session-files.ts";
import { readTurns } from "./turns.ts";

/** Answers the prompt. */
export async function prepareSession(
  ctx: LoopContext,
  session: SessionState,
  files: SessionFiles,
): Promise<string> {
  const list = await readFeatureList(ctx.dir);
  // What people changed since the last checkpoint counts for this session; looking again costs a dozen processes.
  const tree = ctx.state().checkpoint ?? (await workTree(ctx.dir));
  const config = await readConfigText(ctx.dir);
  // git is at work for the first while the others are.
  const [text, specFile] = await Promise.all([
    list.type === "valid" ? brief(ctx, session, list, tree) : "",
    specToRead(ctx),
    saveBefore(files, { tree, listText: list.type === "valid" ? list.text : null, config }),
  ]);
  const { sessionType, purpose } = session;
  const { lastWorked } = ctx.state();
  return sessionPrompt({
    prompts: ctx.options.prompts,
    sessionType,
    purpose,
    task: ctx.options.task,
    messages: messagesFor(ctx.state()),
    existingCode: sessionType === "init" && (await holdsCode(ctx)),
    cutOff: lastWorked !== null && lastWorked.outcome !== "done",
    specFile,
    briefing: text,
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
  tree: string,
): Promise<string> {
  const { features } = list;
  const state = ctx.state();
  const failing = failures(state);
  const [commits, last] = await Promise.all([recentCommits(ctx.dir, 10), lastSession(ctx, tree)]);
  const choice = chooseWork(features, new Map(Object.entries(state.run?.attempts ?? {})));
  return briefing({
    passing: features.filter((feature) => feature.passes).length,
    total: features.length,
    offered: features.find((feature) => feature.id === session.offered) ?? null,
    lastAttempt: session.lastAttempt,
    upcoming: choice.type === "offer" ? choice.upcoming : [],
    lastSession: last,
    blockers: openBlockers(state.blockers, features),
    failures: failing,
    recollections: recall(
      state.errors,
      new Set([...failing.map(({ featureId }) => featureId), ...offeredId(session)]),
    ),
    violations: state.findings.violations,
    listNews: state.list.news.map(ctx.redact),
    denied: state.findings.denied,
    known: await known(ctx),
    commits,
    notes: await lastNotes(ctx.dir, 2048),
  });
}

/** No id where none is offered: null would be the project's own check. */
function offeredId({ offered }: SessionState): readonly string[] {
  return offered === null ? [] : [offered];
}

async function lastSession(ctx: LoopContext, tree: string): Promise<LastSession | null> {
  const { lastWorked } = ctx.state();
  if (lastWorked === null) return null;
  const { lastWords } = readTurns(sessionFiles(ctx.paths, lastWorked.number).turns);
  return { ...lastWorked, lastWords, uncommitted: await uncommittedFiles(ctx.dir, tree, ownFiles) };
}

async function known(ctx: LoopContext): Promise<readonly string[]> {
  const { command } = ctx.options.verify;
  const check = command === null ? [] : [`Onward checks the project with: ${shellLine(command)}`];
  return [...check, ...(await knownFacts(ctx.dir))];
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
