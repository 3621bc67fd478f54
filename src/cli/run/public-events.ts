/**
 * The events that scripts see (`run --json`): a contract of its own, so that the journal may change without
 * breaking anyone. Times are ISO 8601.
 */
import { given } from "../../config/config.ts";
import type {
  CommandChange,
  EndReason,
  ListChange,
  VerificationEffects,
  VerificationResult,
  WaitReason,
} from "../../core/event-parts.ts";
import type { EventOf, RunEvent } from "../../core/events.ts";
import { newCheckpointId } from "../../core/ids.ts";
import { type ProjectState, type SessionState, settledStep, undoneIn } from "../../core/run.ts";
import type { OutcomeType, SessionType } from "../../core/session.ts";
import type { AgentEvent } from "../../ports.ts";

export type PublicEvent =
  | { readonly type: "run.started"; readonly resumed: boolean }
  | { readonly type: "recovered"; readonly number: number; readonly what: string }
  | {
      readonly type: "session.started";
      readonly number: number;
      readonly sessionType: SessionType;
      readonly agentSessionId: string;
    }
  | { readonly type: "turn"; readonly number: number; readonly turn: number; readonly text: string }
  | {
      readonly type: "tool";
      readonly number: number;
      readonly name: string;
      readonly allow: boolean;
      readonly rule?: string;
      readonly reason?: string;
    }
  | {
      readonly type: "session.ended";
      readonly number: number;
      readonly outcome: OutcomeType;
      readonly turns: number;
      readonly costUsd: number;
      readonly passed: readonly string[];
      readonly regressed: readonly string[];
      readonly violations: readonly string[];
    }
  | {
      readonly type: "verification";
      readonly featureId: string | null;
      readonly ok: boolean;
      readonly exitCode: number | null;
      readonly durationMs: number;
      /** Who wrote the command; `role` and `notRun` as the journal has them. */
      readonly author?: VerificationResult["author"];
      readonly role?: VerificationResult["role"];
      readonly notRun?: VerificationResult["notRun"];
    }
  /** An agent's claim that was checked at once; `ok` is null where nothing decides the feature. */
  | {
      readonly type: "claim";
      readonly number: number;
      readonly featureId: string;
      readonly ok: boolean | null;
    }
  | {
      readonly type: "blocker";
      readonly number: number;
      readonly featureId: string | null;
      readonly text: string;
    }
  /** Only where a verification had any. */
  | ({ readonly type: "verification.effects" } & VerificationEffects)
  | {
      readonly type: "checkpoint";
      readonly id: string;
      readonly commit: string;
      /** Only where a run found work that nothing else held, and files that were too large to be held. */
      readonly uncommitted?: number;
      readonly leftOut?: readonly string[];
      /** Why Onward's own files could not be committed on the branch. */
      readonly notCommitted?: string;
    }
  /** A person's change of the list: asked for while a session was at work, made, or refused with the reason. */
  | { readonly type: "list.edit-asked"; readonly edit: string; readonly featureId: string }
  | {
      readonly type: "list.edited";
      readonly edit: string;
      readonly featureId: string;
      readonly unpassed: boolean;
      readonly problem: string | null;
      readonly commands: readonly CommandChange[];
    }
  | ({ readonly type: "list.changed" } & ListChange)
  | { readonly type: "rolled-back"; readonly checkpoint: string; readonly rescue: string }
  | { readonly type: "wait.started"; readonly reason: WaitReason; readonly until: string }
  | { readonly type: "wait.ended" }
  | { readonly type: "paused" }
  | { readonly type: "resumed" }
  | {
      readonly type: "run.ended";
      readonly reason: EndReason;
      readonly detail: string;
      readonly hint?: string;
    };

/** What a journal event means to the outside; several things, or nothing. */
export function publicEvents(event: RunEvent, before: ProjectState): readonly PublicEvent[] {
  switch (event.type) {
    case "run.started":
      return [{ type: "run.started", resumed: event.resumed }, ...lostSessions(before)];
    case "session.starting": {
      const { number, sessionType, agentSessionId } = event;
      return [{ type: "session.started", number, sessionType, agentSessionId }];
    }
    case "session.exited":
      if (event.recoveredMs === null) return [];
      return [{ type: "recovered", number: event.number, what: event.outcome.detail }];
    case "session.settled":
      return settledEvents(event);
    case "session.ended":
      return before.run?.phase.type === "session" ? [sessionEnded(before.run.phase.session)] : [];
    case "claim.made": {
      const { number, featureId, result } = event;
      return [{ type: "claim", number, featureId, ok: result?.ok ?? null }];
    }
    case "blocker.raised": {
      const { number, featureId, text } = event;
      return [{ type: "blocker", number, featureId, text }];
    }
    case "gate.ended":
      return [...event.results.map(verification), ...effects(event)];
    case "list.restored":
      return [
        {
          type: "recovered",
          number: before.lastNumber,
          what: `feature list ${event.problem}; restored from ${event.from}`,
        },
      ];
    case "list.edit-asked":
      return [{ type: "list.edit-asked", edit: event.edit.type, featureId: event.edit.id }];
    case "list.edited": {
      const { edit, done } = event;
      const unpassed = done.type === "made" && done.unpassed;
      const problem = done.type === "refused" ? done.problem : null;
      const commands = done.type === "made" ? (done.commands ?? []) : [];
      return [{ type: "list.edited", edit: edit.type, featureId: edit.id, unpassed, problem, commands }];
    }
    case "list.changed":
      return [{ type: "list.changed", ...event.change }];
    case "checkpoint.taken":
      return [startCheckpoint(event)];
    case "rolled-back": {
      const [checkpoint, rescue] = [newCheckpointId(event.commit), newCheckpointId(event.rescue)];
      return [{ type: "rolled-back", checkpoint, rescue }];
    }
    case "wait.started":
      return [{ type: "wait.started", reason: event.reason, until: new Date(event.until).toISOString() }];
    case "wait.ended":
    case "paused":
    case "resumed":
      return [{ type: event.type }];
    case "run.ended":
      return [publicEnd(event)];
    case "sessions.lost": // told by the run that they count in
    case "session.started":
    case "checked":
    case "gate.started":
    case "noted":
    case "request.refused":
    case "asked":
    case "said":
    case "slept":
      return [];
    default:
      throw new Error(`unknown event ${(event satisfies never as RunEvent).type}`);
  }
}

export function publicAgentEvent(number: number, event: AgentEvent): PublicEvent | null {
  if (event.type === "turn") return { type: "turn", number, turn: event.turn, text: event.text };
  if (event.type !== "tool-decided") return null;
  const { verdict, tool: name } = event;
  return verdict.allow
    ? { type: "tool", number, name, allow: true }
    : { type: "tool", number, name, allow: false, rule: verdict.rule, reason: verdict.reason };
}

function lostSessions({ lost }: ProjectState): readonly PublicEvent[] {
  if (lost === null) return [];
  const { first, last, spent } = lost;
  const which = first === last ? `session ${last}` : `sessions ${first} to ${last}`;
  const cost = `${spent.iterations} iterations and $${spent.costUsd.toFixed(2)}`;
  const what = `the journal has lost its end, and with it ${which}; ${cost} of theirs count in this run`;
  return [{ type: "recovered", number: last, what }];
}

function settledEvents({ settled }: EventOf<"session.settled">): readonly PublicEvent[] {
  if (settled.step === "verification") return [...settled.results.map(verification), ...effects(settled)];
  if (settled.step !== "checkpoint") return [];
  const { commit, notCommitted } = settled;
  const refused = notCommitted === undefined ? {} : { notCommitted };
  return [{ type: "checkpoint", id: newCheckpointId(commit), commit, ...refused }];
}

function startCheckpoint(event: EventOf<"checkpoint.taken">): PublicEvent {
  const { commit, uncommitted, leftOut } = event;
  return {
    ...{ type: "checkpoint", id: newCheckpointId(commit), commit },
    ...(uncommitted > 0 ? { uncommitted } : {}),
    ...(leftOut.length > 0 ? { leftOut } : {}),
  };
}

function verification(result: VerificationResult): PublicEvent {
  const { featureId, ok, exitCode, durationMs, author, role, notRun } = result;
  return { type: "verification", featureId, ok, exitCode, durationMs, ...given({ author, role, notRun }) };
}

function effects({ undone, held }: VerificationEffects): readonly PublicEvent[] {
  if (undone === undefined && held === undefined) return [];
  return [{ type: "verification.effects", ...given({ undone, held }) }];
}

function sessionEnded({ number, life }: SessionState): PublicEvent {
  if (life.type !== "settling") throw new Error(`session ${number} ended before it exited`);
  const { exit, settled } = life;
  const integrity = settledStep(settled, "integrity");
  const list = settledStep(settled, "list");
  const claimed = new Set(integrity?.claimed ?? []);
  return {
    type: "session.ended",
    number,
    outcome: exit.outcome.type,
    turns: exit.turns,
    costUsd: exit.costUsd,
    passed: list?.passed ?? [],
    regressed: [...(integrity?.regressed ?? []), ...(list?.failed ?? []).filter((id) => !claimed.has(id))],
    violations: undoneIn(settled).map((violation) => violation.what),
  };
}

function publicEnd({ reason, detail, hint }: EventOf<"run.ended">): PublicEvent {
  return { type: "run.ended", reason, detail, ...(hint === undefined ? {} : { hint }) };
}
