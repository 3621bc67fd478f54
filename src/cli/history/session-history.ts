/** What each session was and brought, folded from the journal for people and scripts to read. */
import type { VerificationResult, Violation } from "../../core/event-parts.ts";
import type { EventOf, PeoplesChange, RunEvent } from "../../core/events.ts";
import type { Evidence } from "../../core/evidence.ts";
import { evidenceOf, evidenceTypes } from "../../core/evidence-fold.ts";
import { claimsInVain, featuresOf, withClaim } from "../../core/failed-claims.ts";
import type { AgentSessionId, RunId } from "../../core/ids.ts";
import type { SessionWork } from "../../core/progress.ts";
import { noUsage, type Outcome, type SessionType, type Usage } from "../../core/session.ts";
import { sqliteJournal } from "../../journals/sqlite.ts";
import { statePaths } from "../../project/paths.ts";
import { isPresent } from "../../project/presence.ts";

export interface SessionRecord {
  readonly number: number;
  readonly runId: RunId | null;
  readonly sessionType: SessionType;
  readonly agentSessionId: AgentSessionId;
  readonly resumes: boolean;
  readonly offered: string | null;
  readonly startedAt: number;
  /** null while the agent is at work, or when its manager died and nobody has recovered it. */
  readonly exitedAt: number | null;
  /** null until it is settled. */
  readonly endedAt: number | null;
  /** The agent's; milliseconds, null while it is at work. */
  readonly durationMs: number | null;
  readonly outcome: Outcome | null;
  readonly turns: number;
  readonly usage: Usage;
  readonly costUsd: number;
  readonly costEstimated: boolean;
  readonly denials: number;
  /** Made with the tool, oldest first, with what Onward found at once; null: nothing decided it. */
  readonly claims: readonly Pick<ClaimMade, "featureId" | "result">[];
  /** In the list, as the session left it. */
  readonly claimed: readonly string[];
  readonly passed: readonly string[];
  /** Claims that did not hold, of either kind. */
  readonly failed: readonly string[];
  /** They passed before, and do not after it: the agent said so, or a check did. */
  readonly regressed: readonly string[];
  readonly violations: readonly Violation[];
  readonly verifications: readonly VerificationResult[];
  /** What the verification changed in the project, which was undone; and protected files that it held back. */
  readonly undone: readonly string[];
  readonly held: readonly string[];
  /** What people did to the list since the session before; the last few. */
  readonly listChanges: readonly PeoplesChange[];
  /** Features that it made pass, less those that it broke, also where only the final pass after it found out. */
  readonly netPassed: number;
  /** Features that pass after it; null until that is known. */
  readonly passing: number | null;
  /** The checkpoint, and the branch's head at that time. */
  readonly commit: string | null;
  readonly head: string | null;
}

type ClaimMade = EventOf<"claim.made">;

/** Of those between two sessions the last few. */
const maxChanges = 20;

export interface History {
  /** Oldest first. */
  readonly sessions: readonly SessionRecord[];
  readonly evidence: Evidence;
  /** The last one; null where there was none. */
  readonly rollback: EventOf<"rolled-back"> | null;
}

/** Throws `journal-damaged`, `journal-newer`, `disk`, `directory-not-writable`; without a journal there is no history. */
export async function readHistory(dir: string): Promise<History> {
  return withWorkSoFar(dir, historyOf(await readEvents(dir, historyTypes)));
}

/** A session that has not exited: what its turns say so far, at prices of the dearest model. */
export async function withWorkSoFar(dir: string, history: History): Promise<History> {
  if (history.sessions.every(({ exitedAt }) => exitedAt !== null)) return history;
  // Only here, because mostly nothing is at work, and `onward status` has no time for it.
  const [{ estimateCostUsd }, { sessionFiles }, { readTurns }] = await Promise.all([
    import("../../core/prices.ts"),
    import("../../loop/session-files.ts"),
    import("../../loop/turns.ts"),
  ]);
  const sessions = history.sessions.map((session) => {
    if (session.exitedAt !== null) return session;
    const { turns, usage } = readTurns(sessionFiles(statePaths(dir), session.number).turns);
    return { ...session, turns, usage, costUsd: estimateCostUsd(null, usage), costEstimated: true };
  });
  return { ...history, sessions };
}

export async function readEvents(
  dir: string,
  types: readonly RunEvent["type"][],
): Promise<readonly RunEvent[]> {
  const file = statePaths(dir).journal;
  if (!isPresent(file)) return [];
  await using journal = await sqliteJournal({ file, readOnly: true });
  return (await journal.read(0, types)).map(({ event }) => event);
}

export const historyTypes: readonly RunEvent["type"][] = [
  ...evidenceTypes,
  "run.started",
  "session.exited",
  "session.ended",
];

export function historyOf(events: readonly RunEvent[]): History {
  const sessions = new Map<number, SessionRecord>();
  const changes: PeoplesChange[] = [];
  let runId: RunId | null = null;
  let rollback: History["rollback"] = null;
  for (const event of events) {
    if (event.type === "run.started") runId = event.runId;
    else if (event.type === "rolled-back") rollback = event;
    else if (event.type === "list.edited" || event.type === "list.changed") changes.push(event);
    else if (event.type === "session.starting") {
      const listChanges = changes.splice(0).slice(-maxChanges);
      sessions.set(event.number, { ...begun(event, runId), listChanges });
    } else if ("number" in event) {
      const before = sessions.get(event.number);
      if (before === undefined) continue;
      sessions.set(event.number, after(before, event));
    } else if (event.type === "gate.ended") {
      const last = [...sessions.values()].at(-1);
      if (last !== undefined)
        sessions.set(last.number, { ...last, netPassed: last.netPassed - event.regressed.length });
    }
  }
  return { sessions: [...sessions.values()], evidence: evidenceOf(events), rollback };
}

/** Claims made with the tool that did not hold at once, oldest first; also where a later one did. */
export function failedClaimsOf({ claims }: SessionRecord): readonly VerificationResult[] {
  return claims.flatMap(({ result }) => (result === null || result.ok ? [] : [result]));
}

/**
 * What the sessions brought, for velocity and ETA. Init sessions build no features, and come once; what people do to
 * the list between sessions, or go back to, is nobody's work and nobody's loss.
 */
export function workOf(sessions: readonly SessionRecord[]): readonly SessionWork[] {
  return sessions.flatMap(({ sessionType, durationMs, netPassed }) =>
    sessionType === "init" || durationMs === null ? [] : [{ workingMs: durationMs, netPassed }],
  );
}

/** Features that the sessions built: what passed before them, or in the list of an init session, others did. */
export function builtIn(sessions: readonly SessionRecord[]): ReadonlySet<string> {
  return new Set(sessions.flatMap(({ sessionType, passed }) => (sessionType === "init" ? [] : passed)));
}

function begun(event: EventOf<"session.starting">, runId: RunId | null): SessionRecord {
  const { number, sessionType, agentSessionId, resumes, offered, at } = event;
  return {
    ...{ number, runId, sessionType, agentSessionId, resumes, offered, startedAt: at },
    ...{ exitedAt: null, endedAt: null, durationMs: null, outcome: null },
    ...{ turns: 0, usage: noUsage, costUsd: 0, costEstimated: false, denials: 0 },
    ...{ undone: [], held: [], listChanges: [] },
    ...{ claims: [], claimed: [], passed: [], failed: [], regressed: [], violations: [], verifications: [] },
    ...{ netPassed: 0, passing: null, commit: null, head: null },
  };
}

function after(session: SessionRecord, event: RunEvent): SessionRecord {
  switch (event.type) {
    case "session.exited": {
      const { outcome, turns, usage, costUsd, costEstimated, denials, at } = event;
      const durationMs = event.recoveredMs ?? Math.max(0, at - session.startedAt);
      return { ...session, exitedAt: at, durationMs, outcome, turns, usage, costUsd, costEstimated, denials };
    }
    case "claim.made": {
      const { featureId, result } = event;
      return { ...session, claims: [...session.claims, { featureId, result }] };
    }
    case "session.settled":
      return settled(session, event.settled);
    case "session.ended":
      return { ...session, endedAt: event.at };
    default:
      return session;
  }
}

function settled(session: SessionRecord, step: EventOf<"session.settled">["settled"]): SessionRecord {
  switch (step.step) {
    case "integrity":
      return { ...session, claimed: step.claimed, violations: step.violations, regressed: step.regressed };
    case "verification":
      return { ...session, verifications: step.results, undone: step.undone ?? [], held: step.held ?? [] };
    case "list": {
      const lastFailed = session.claims.reduce<readonly VerificationResult[]>(withClaim, []);
      const inVain = featuresOf(claimsInVain(lastFailed, session.verifications));
      const claimed = new Set(session.claimed);
      const regressed = [...session.regressed, ...step.failed.filter((id) => !claimed.has(id))];
      const failed = [...step.failed, ...inVain].filter((id) => !regressed.includes(id));
      return {
        ...{ ...session, passed: step.passed, failed, regressed, passing: step.passing },
        netPassed: step.passed.length - regressed.length,
        violations: [...session.violations, ...(step.violations ?? [])],
      };
    }
    case "checkpoint":
      return { ...session, commit: step.commit, head: step.head };
    case "notes":
      return session;
    default:
      throw new Error(`unknown step ${JSON.stringify(step satisfies never)}`);
  }
}
