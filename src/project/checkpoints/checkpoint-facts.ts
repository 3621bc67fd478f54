/**
 * What a checkpoint's commit tells of itself, so that it can be understood, and gone back to, with nothing but
 * git at hand: a sentence for people, then the facts as one line of JSON.
 */

export type CheckpointKind =
  /** As a manager found the project, before it did anything. */
  | "start"
  /** After a session was settled. */
  | "session"
  /** As an agent left it, before Onward changed a file. */
  | "before"
  /** Before a rollback. */
  | "rescue";

export interface CheckpointFacts {
  readonly kind: CheckpointKind;
  /** Epoch ms; a commit's own date has no fractions of a second. */
  readonly at: number;
  readonly runId: string | null;
  /** The last session that had begun; 0 before the first. */
  readonly session: number;
  /** Where the branch was; null in a repository without commits. */
  readonly head: string | null;
  /** `refs/heads/main`, or null with a detached head. */
  readonly branch: string | null;
  /** A commit of what was staged, where that was neither committed nor what the files hold. */
  readonly staged: string | null;
  readonly features: { readonly passing: number; readonly total: number } | null;
  /** Files it holds that git would have shown as uncommitted; counted at a run's start only. */
  readonly uncommitted: number;
  /** Of them, whether no earlier checkpoint holds them: work of a person. */
  readonly unheld: boolean;
  /** Untracked files that were too large to be held; the first of them. */
  readonly leftOut: readonly string[];
  /** Repositories inside the project, whose files it holds: the commit that each was at, where it had one. */
  readonly repositories: Readonly<Record<string, string | null>>;
  /** At a run's start: the commits of all branches and stashes, by name, which it keeps from being lost. */
  readonly kept: Readonly<Record<string, string>>;
}

const subjects: Readonly<Record<CheckpointKind, (facts: CheckpointFacts) => string>> = {
  start: ({ runId }) => `Onward: before ${runId ?? "a run"} set to work`,
  session: ({ session }) => `Onward: after session ${session}`,
  before: ({ session }) => `Onward: before a change by Onward, after session ${session}`,
  rescue: () => "Onward: before a rollback",
};

export function describeFacts(facts: CheckpointFacts): string {
  return `${subjects[facts.kind](facts)}\n\n${JSON.stringify(facts)}\n`;
}

/** null for a commit that Onward has not made. Missing and odd fields are taken for unknown. */
export function readFacts(message: string): CheckpointFacts | null {
  const line = message.split("\n").findLast((text) => text.startsWith("{"));
  const told = line === undefined ? null : objectOf(line);
  const kind = told?.kind;
  if (told === null || typeof told.at !== "number" || typeof kind !== "string") return null;
  if (!Object.hasOwn(subjects, kind)) return null;
  const features = told.features as CheckpointFacts["features"];
  return {
    kind: kind as CheckpointKind,
    at: told.at,
    runId: textOr(told.runId),
    session: typeof told.session === "number" ? told.session : 0,
    head: commitOr(told.head),
    branch: textOr(told.branch),
    staged: commitOr(told.staged),
    features: typeof features?.passing === "number" && typeof features.total === "number" ? features : null,
    uncommitted: typeof told.uncommitted === "number" ? told.uncommitted : 0,
    unheld: told.unheld === true,
    leftOut: Array.isArray(told.leftOut) ? told.leftOut.map(String) : [],
    repositories: headsOf(told.repositories),
    kept: commitsOf(told.kept),
  };
}

function objectOf(line: string): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === "object" && value !== null ? { ...value } : null;
  } catch {
    return null;
  }
}

const textOr = (value: unknown) => (typeof value === "string" ? value : null);
const commitOr = (value: unknown) =>
  typeof value === "string" && /^[0-9a-f]{40,64}$/.test(value) ? value : null;

function headsOf(value: unknown): CheckpointFacts["repositories"] {
  if (typeof value !== "object" || value === null) return {};
  return Object.fromEntries(Object.entries(value).map(([path, head]) => [path, commitOr(head)]));
}

function commitsOf(value: unknown): Readonly<Record<string, string>> {
  if (typeof value !== "object" || value === null) return {};
  const known = Object.entries(value).filter(([, commit]) => commitOr(commit) !== null);
  return Object.fromEntries(known) as Record<string, string>;
}
