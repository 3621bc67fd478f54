/**
 * Looks at a project without touching it: what the next session would be, and all that people ask about a run.
 * Nothing is created, and no lock is held longer than it takes to try it.
 */
import { stat } from "node:fs/promises";
import { completeBy, isUnfinished } from "./core/decide.ts";
import { OnwardError } from "./core/errors.ts";
import { chooseWork, type Feature } from "./core/features.ts";
import { samePassOn } from "./core/final-pass.ts";
import { noProject, type ProjectState } from "./core/run.ts";
import type { SessionType } from "./core/session.ts";
import type { LockStatus } from "./engines/lock.ts";
import { sqliteJournal } from "./journals/sqlite.ts";
import { readState } from "./loop/ledger.ts";
import { type ListState, readFeatureList } from "./project/list/feature-list.ts";
import { lastGoodSnapshot } from "./project/list/snapshots.ts";
import { featureListName, type StatePaths, statePaths } from "./project/paths.ts";
import { isPresent } from "./project/presence.ts";

/** What the next session would be, and why. */
interface Detection {
  /** `none`: no session would be started. */
  readonly sessionType: SessionType | "none";
  readonly state: "new" | "in-progress" | "complete" | "damaged" | "recovering";
  readonly reason: string;
}

export interface Inspection extends Detection {
  readonly list: ListState;
  /** As the journal has it; `noProject` without one. */
  readonly project: ProjectState;
  /** Whether a manager lives now. */
  readonly manager: LockStatus;
}

export interface InspectOptions {
  /** Another configuration file than the project's own. */
  readonly configFile?: string | null;
}

/**
 * A damaged list is an answer, and so is a tree that cannot be looked at. Throws `directory-missing`,
 * `journal-damaged`, `journal-newer`, `disk`, `directory-not-writable` where Onward's own state may not be read, and
 * `config-invalid` about a file that was named.
 */
export async function inspectProject(dir: string, options: InspectOptions = {}): Promise<Inspection> {
  await requireDirectory(dir);
  const paths = statePaths(dir);
  const list = await readFeatureList(dir);
  const manager = await managerOf(paths);
  const project = await readProject(paths);
  const { configFile = null } = options;
  return { ...(await detect({ dir, configFile, list, project, manager })), list, project, manager };
}

/**
 * What the field's origin asks before anything else; a complete project is `"continue"`. Throws
 * `feature-list-damaged` and `directory-missing`.
 */
export async function detectSessionType(dir: string): Promise<SessionType> {
  await requireDirectory(dir);
  const list = await readFeatureList(dir);
  if (list.type === "damaged") {
    throw new OnwardError("feature-list-damaged", `${featureListName} in ${dir} ${list.problem}.`, {
      hint: "Mend it, or let `onward run` restore the last good copy, if there is one.",
    });
  }
  return list.type === "absent" ? "init" : "continue";
}

interface Seen extends Omit<Inspection, keyof Detection> {
  readonly dir: string;
  readonly configFile: string | null;
}

async function detect(seen: Seen): Promise<Detection> {
  const { dir, list, project, manager } = seen;
  if (list.type === "damaged") return damaged(dir, list.problem);
  const byList = list.type === "absent" ? noList(project) : await byFeatures(list.features, seen);
  const phase = project.run?.phase;
  if (phase?.type !== "session") return byList;

  const { number } = phase.session;
  if (manager.type === "held") return { ...byList, reason: `session ${number} is at work; ${byList.reason}` };
  const reason = `session ${number} never ended and is settled first; ${byList.reason}`;
  return { ...byList, state: "recovering", reason };
}

async function damaged(dir: string, problem: string): Promise<Detection> {
  const snapshot = await lastGoodSnapshot(statePaths(dir));
  const what = `${featureListName} ${problem}`;
  if (snapshot === null) {
    return { sessionType: "none", state: "damaged", reason: `${what}; there is no good copy to restore` };
  }
  const reason = `${what}; the good copy ${snapshot.key} is restored first`;
  return { sessionType: "continue", state: "damaged", reason };
}

function noList({ lastNumber }: ProjectState): Detection {
  const tried = lastNumber === 0 ? "" : ` after ${lastNumber} session${lastNumber === 1 ? "" : "s"}`;
  const reason = `there is no ${featureListName}${tried}`;
  return { sessionType: "init", state: "new", reason };
}

async function byFeatures(features: readonly Feature[], seen: Seen): Promise<Detection> {
  const failing = features.filter((feature) => !feature.passes).length;
  if (failing === 0) return allPass(features, seen);
  const { run } = seen.project;
  const choice = chooseWork(features, new Map(Object.entries(isUnfinished(run) ? run.attempts : {})));
  const next = choice.type === "offer" ? `next is ${choice.feature.id}` : "all of them are deferred";
  return {
    sessionType: choice.type === "offer" ? "continue" : "none",
    state: "in-progress",
    reason: `${failing} of ${features.length} features ${failing === 1 ? "does" : "do"} not pass; ${next}`,
  };
}

/** Where something is configured that could verify, only a final pass for this very tree makes it complete (F5). */
async function allPass(features: readonly Feature[], seen: Seen): Promise<Detection> {
  const complete = await completeNow(features, seen).catch((error) => unknownBecause(error, seen));
  if (typeof complete === "string") return { sessionType: "none", state: "complete", reason: complete };
  const why = complete === null ? "" : ` (${complete.unknown.replace(/\.$/, "")})`;
  const reason = `every feature passes; the final verification comes first${why}`;
  return { sessionType: "none", state: "in-progress", reason };
}

async function completeNow(features: readonly Feature[], seen: Seen): Promise<string | null> {
  const toVerify = await canBeVerified(features, seen);
  if (toVerify && seen.project.finalPass === null) return null;
  const finalPass = toVerify ? await passOf(seen) : null;
  return completeBy(seen.project, { list: { type: "valid", features }, finalPass });
}

/** Without git, say, nobody knows; whoever looks is told why, and a run would say it as its error. */
function unknownBecause(error: unknown, { configFile }: Seen): { readonly unknown: string } {
  const isOfUsage = configFile !== null && error instanceof OnwardError && error.code === "config-invalid";
  if (error instanceof OnwardError && error.code !== "internal" && !isOfUsage)
    return { unknown: error.message };
  throw error;
}

/** What a living manager has last passed stands while it works. */
async function passOf({ dir, project, manager }: Seen): Promise<string | null> {
  if (manager.type === "held") return project.finalPass;
  const { lookAtTree } = await import("./project/git/look-at-tree.ts");
  return project.finalPass === null ? null : samePassOn(await lookAtTree(dir), project.finalPass);
}

async function canBeVerified(features: readonly Feature[], { dir, configFile }: Seen): Promise<boolean> {
  const [{ loadConfig }, { isVerifiable }] = await Promise.all([
    import("./config/load.ts"),
    import("./verify/deciding.ts"),
  ]);
  const { command } = (await loadConfig({ dir, file: configFile, flags: {} })).config.verify;
  return isVerifiable(features, command);
}

const nameProject = "Name the project's directory, or make it first.";

/** Throws `directory-missing`, with this hint. */
export async function requireDirectory(dir: string, hint = nameProject): Promise<void> {
  const found = await stat(dir).catch(() => null);
  if (found?.isDirectory()) return;
  throw new OnwardError(
    "directory-missing",
    `${dir} ${found === null ? "does not exist" : "is not a directory"}.`,
    { hint },
  );
}

async function managerOf(paths: StatePaths): Promise<LockStatus> {
  if (!isPresent(paths.lock)) return { type: "free" };
  const { readLockOwner } = await import("./engines/lock.ts");
  return readLockOwner(paths.lock);
}

async function readProject(paths: StatePaths): Promise<ProjectState> {
  if (!isPresent(paths.journal)) return noProject;
  await using journal = await sqliteJournal({ file: paths.journal, readOnly: true });
  return (await readState(journal)).state;
}
