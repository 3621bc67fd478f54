/**
 * The decision table. `decide` is told what happened and answers with the events that follow; it reads no clock,
 * draws no chance and touches nothing. The loop appends the events and only then does what the new phase asks.
 *
 * R2: every `session.starting` takes the next number, and only after the previous session has ended.
 * R4: none past a budget, after `complete`, or while a pause or a stop is asked.
 */
import { blocked, blockedBy, overBudget, restAfter, type Stop } from "./between-sessions.ts";
import { capsFor } from "./budget.ts";
import type { EndReason, SessionPurpose } from "./event-parts.ts";
import type { RunEvent, SettledStep } from "./events.ts";
import { type Choice, chooseWork } from "./features.ts";
import { hints } from "./hints.ts";
import type { Input, InputOf, Survey } from "./input.ts";
import { nextStep, type Phase, type ProjectState, type RunState, type SessionState } from "./run.ts";
import type { SessionType } from "./session.ts";
import { stuck } from "./standstill.ts";

/** Answers `[]` to an input that has no meaning in the present phase (a command that came too late). */
export function decide(state: ProjectState, input: Input, now: number): readonly RunEvent[] {
  if (input.type === "opened") return [open(state, input, now)];
  if (input.type === "rolled-back" || input.type === "checked") return [{ ...input, at: now }];
  if (input.type === "sessions-lost") return [{ ...input, type: "sessions.lost", at: now }];
  if (isOfPeople(input)) return ofPeople(state, input, now);
  const { run } = state;
  if (run === null || run.phase.type === "ended") return [];
  switch (input.type) {
    case "surveyed":
      return run.phase.type === "choosing" ? [choose(state, run, input, now)] : [];
    case "wait-over":
      return run.phase.type === "waiting" ? [{ type: "wait.ended", at: now }] : [];
    case "session-up":
      return inSession(run.phase, ({ number }) => [{ ...input, type: "session.started", at: now, number }]);
    case "session-exited":
      return inSession(run.phase, (session) => [exited(state, session, input, now)]);
    case "step-settled":
      return inSession(run.phase, (session) => settled(session, input.settled, now));
    case "agent-recorded":
      return inSession(run.phase, ({ number, life }) =>
        life.type === "settling" ? [] : [{ ...input.record, at: now, number }],
      );
    case "gate-ended":
      return run.phase.type === "gate" ? [gateEnded(run.phase.finalPass, input, now)] : [];
    case "list-restored":
      return [{ type: "list.restored", at: now, problem: input.problem, from: input.from }];
    case "checkpoint-taken":
      return [{ ...input, type: "checkpoint.taken", at: now }];
    case "asked":
      return asked(run, input, now);
    case "said":
      return [{ type: "said", at: now, text: input.text, by: input.by, toldTo: atWork(run.phase) }];
    case "slept":
      return input.ms > 0 ? [{ type: "slept", at: now, ms: input.ms }] : [];
    case "broken":
      return [end("failed", input.detail, now)];
    default:
      throw new Error(`unknown input ${(input satisfies never as Input).type}`);
  }
}

/** Why there is nothing to do in this project, or null. A finished project is not even opened (R4). */
export function completeBy(state: ProjectState, { list, finalPass }: Survey): string | null {
  if (list.type !== "valid" || !list.features.every((feature) => feature.passes)) return null;
  if (finalPass === null) return "every feature passes (unverified: no verification configured)";
  return finalPass === state.finalPass ? "every feature passes, verified" : null;
}

/** `interrupted` and a crash are continued; every other end is final, and the next run begins anew. */
export function isUnfinished(run: RunState | null): run is RunState {
  return run !== null && (run.phase.type !== "ended" || run.phase.reason === "interrupted");
}

type OfPeople = InputOf<"edit-asked" | "list-edited" | "list-changed">;

function isOfPeople(input: Input): input is OfPeople {
  return input.type === "edit-asked" || input.type === "list-edited" || input.type === "list-changed";
}

/** People's work on the list belongs to the project: it has a meaning without a run, and after its end. */
function ofPeople({ list }: ProjectState, input: OfPeople, now: number): readonly RunEvent[] {
  switch (input.type) {
    case "edit-asked": {
      const { edit, command } = input;
      if (command !== null && command <= list.lastCommand) return [];
      return [{ type: "list.edit-asked", at: now, edit, command }];
    }
    case "list-edited": {
      const [edit] = list.edits;
      return edit === undefined ? [] : [{ type: "list.edited", at: now, edit, done: input.done }];
    }
    case "list-changed":
      return [{ type: "list.changed", at: now, change: input.change, digest: input.digest }];
    default:
      return input satisfies never;
  }
}

function open(state: ProjectState, input: InputOf<"opened">, now: number): RunEvent {
  const { run } = state;
  const unfinished = isUnfinished(run);
  return {
    type: "run.started",
    at: now,
    runId: unfinished ? run.id : input.runId,
    resumed: unfinished,
    settings: input.settings,
  };
}

// --------------------------------------------------------- what is next?

function choose(state: ProjectState, run: RunState, input: InputOf<"surveyed">, now: number): RunEvent {
  if (run.stopAsked) return end("interrupted", "stop asked", now);
  if (run.pauseAsked) return { type: "paused", at: now };

  const { list, finalPass } = input.survey;
  if (list.type === "damaged")
    return stopped(blocked(`feature_list.json ${list.problem}`, hints.damagedList), now);
  const complete = completeBy(state, input.survey);
  if (complete !== null) return end("complete", complete, now);
  const features = list.type === "valid" ? list.features : [];
  const gateFailed = run.gateFailure !== null;
  const allPass = list.type === "valid" && features.every((feature) => feature.passes);
  if (allPass && finalPass !== null && !gateFailed) {
    // What writes into the project whenever it is looked at, a log say, must not have it checked for ever.
    if (run.gatesHeld >= 2)
      return end("complete", "every feature passes, verified; files kept changing", now);
    return { type: "gate.started", at: now, tree: finalPass };
  }

  const stop = blockedBy(run) ?? stuck(state, run.standstill) ?? overBudget(run);
  if (stop !== null) return stopped(stop, now);

  const choice = list.type === "valid" ? chooseWork(features, new Map(Object.entries(run.attempts))) : null;
  if (choice?.type === "exhausted" && !gateFailed) {
    return end("limit", `deferred: ${choice.deferred.join(", ")} (tried and not passed)`, now);
  }

  const rest = restAfter(run, input.chance, now);
  if (rest?.type === "end") return stopped(rest, now);
  if (rest?.type === "wait") return { type: "wait.started", at: now, ...rest.wait };
  return start(state, run, input, list.type === "absent" ? "init" : "continue", choice, now);
}

function start(
  state: ProjectState,
  run: RunState,
  input: InputOf<"surveyed">,
  sessionType: SessionType,
  choice: Choice | null,
  now: number,
): RunEvent {
  const { list } = input.survey;
  const resumes = mayResume(state, run) ? state.conversation : null;
  const offer = choice?.type === "offer" ? choice : null;
  const purpose: SessionPurpose =
    resumes !== null ? "go-on" : run.gateFailure !== null ? "mend-gate" : "work";
  return {
    type: "session.starting",
    at: now,
    number: state.lastNumber + 1,
    sessionType,
    purpose,
    agentSessionId: resumes?.id ?? input.agentSessionId,
    resumes: resumes !== null,
    marker: input.marker,
    offered: offer?.feature.id ?? null,
    lastAttempt: offer?.lastAttempt ?? false,
    passing: list.type === "valid" ? list.features.filter((feature) => feature.passes).length : 0,
    caps: capsFor(run.settings, run.settings.maxTurns, run, now),
  };
}

/** A conversation that was cut is taken up again; one that crashed, once. */
function mayResume(state: ProjectState, run: RunState): boolean {
  if (run.settings.fresh || state.conversation?.resumable !== true) return false;
  switch (run.lastOutcome?.type) {
    case "stopped":
    case "usage-limit":
    case "rate-limited":
    case "overloaded":
    case "network":
      return true;
    case "crashed":
      return run.trouble.crashed === 1;
    default:
      return false;
  }
}

// ------------------------------------------------------- what was reported

function exited(
  state: ProjectState,
  session: SessionState,
  input: InputOf<"session-exited">,
  now: number,
): RunEvent {
  const { result, estimatedCostUsd } = input;
  const baseline = state.conversation?.cumulativeCostUsd ?? 0;
  const cumulative = result.cumulativeCostUsd ?? baseline + estimatedCostUsd;
  const grownBy = Math.max(0, cumulative - baseline);
  return {
    type: "session.exited",
    at: now,
    number: session.number,
    outcome: result.outcome,
    resumable: result.resumable,
    turns: result.turns,
    usage: result.usage,
    costUsd: result.cumulativeCostUsd === null ? estimatedCostUsd : (result.costUsd ?? grownBy),
    cumulativeCostUsd: Math.max(cumulative, baseline),
    costEstimated: result.cumulativeCostUsd === null,
    denials: result.denials,
    denied: input.denied ?? [],
    recoveredMs: input.recoveredMs,
  };
}

function settled(session: SessionState, step: SettledStep, now: number): readonly RunEvent[] {
  if (session.life.type !== "settling") return [];
  const { number } = session;
  const event: RunEvent = { type: "session.settled", at: now, number, settled: step };
  const isLast = nextStep([...session.life.settled, step]) === null;
  return isLast ? [event, { type: "session.ended", at: now, number }] : [event];
}

function gateEnded(finalPass: string, input: InputOf<"gate-ended">, now: number): RunEvent {
  // What tidies up afterwards says nothing about the project.
  const ok = input.results.every((result) => result.ok || result.role === "teardown");
  return { ...input, type: "gate.ended", at: now, tree: finalPass, ok };
}

function asked(run: RunState, input: InputOf<"asked">, now: number): readonly RunEvent[] {
  const event: RunEvent = { type: "asked", at: now, command: input.command, by: input.by };
  const { phase } = run;
  switch (input.command) {
    case "stop":
      // A running session is stopped and settled first; `choose` ends the run then.
      return phase.type === "session"
        ? [event]
        : [event, end("interrupted", `stop asked by ${input.by}`, now)];
    case "pause":
      if (phase.type === "paused") return [];
      return phase.type === "session" ? [event] : [event, { type: "paused", at: now }];
    case "resume":
      if (phase.type === "paused") return [event, { type: "resumed", at: now }];
      return run.pauseAsked ? [event] : [];
    default:
      throw new Error(`unknown command ${input.command satisfies never}`);
  }
}

function atWork(phase: Phase): number | null {
  return phase.type === "session" && phase.session.life.type === "running" ? phase.session.number : null;
}

// ------------------------------------------------------------ small doors

function end(reason: EndReason, detail: string, now: number): RunEvent {
  return stopped({ reason, detail }, now);
}

function stopped({ reason, detail, hint }: Stop, now: number): RunEvent {
  return { type: "run.ended", at: now, reason, detail, ...(hint === undefined ? {} : { hint }) };
}

function inSession(
  phase: Phase,
  events: (session: SessionState) => readonly RunEvent[],
): readonly RunEvent[] {
  return phase.type === "session" ? events(phase.session) : [];
}
