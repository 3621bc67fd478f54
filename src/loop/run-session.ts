/**
 * One session, from its recorded intent to the end of its process tree. What later steps need to know of the
 * beginning is written into the session's directory before the agent starts.
 */
import { writeFileSync } from "node:fs";
import { estimateCostUsd } from "../core/prices.ts";
import type { SessionState } from "../core/run.ts";
import { noUsage, type Outcome, type SessionResult, totalTokens } from "../core/session.ts";
import { featureTools } from "../feature-tools/tools.ts";
import type { AgentEvent, AgentSession, SessionHost } from "../ports.ts";
import { readConventions } from "../project/conventions.ts";
import { standingInstructions } from "../prompts/prompts.ts";
import { beginningOf, readBefore } from "./before.ts";
import type { LoopContext } from "./context.ts";
import type { Activities, Signals } from "./loop.ts";
import { ownViolation, rememberOwnState } from "./own-state.ts";
import { prepareSession } from "./prepare-session.ts";
import { openSessionBoard } from "./session-board.ts";
import { makeSessionDirectory, type SessionFiles, sessionFiles } from "./session-files.ts";
import { saveResult } from "./session-result.ts";
import { watchSession } from "./session-watch.ts";
import { openTranscript } from "./transcript.ts";
import { readTurns, recordTurn } from "./turns.ts";
import { type Alarm, startWatchdog } from "./watchdog.ts";
import { nothingSeen } from "./watched.ts";

export function runSession(ctx: LoopContext): Activities["runSession"] {
  return async (session, onUp, signals) => {
    const files = sessionFiles(ctx.paths, session.number);
    makeSessionDirectory(files);
    const prompt = await prepareSession(ctx, session, files);
    writeFileSync(files.prompt, ctx.redact(prompt));
    const denied: string[] = [];
    const result = signals.soft.aborted
      ? stoppedBeforeStart
      : redactDetail(ctx, await live(ctx, session, prompt, files, onUp, signals, denied));
    await saveResult(files, result);
    const estimatedCostUsd = estimateCostUsd(ctx.options.model, result.usage);
    return { result, estimatedCostUsd, denied, recoveredMs: null };
  };
}

/** As many as a briefing has room for. */
const maxDenied = 5;

/** It may quote the agent, and goes into the journal. */
function redactDetail(ctx: LoopContext, result: SessionResult): SessionResult {
  return { ...result, outcome: { ...result.outcome, detail: ctx.redact(result.outcome.detail) } };
}

const stoppedBeforeStart: SessionResult = {
  outcome: { type: "stopped", detail: "stopped before it began" },
  resumable: false,
  turns: 0,
  usage: noUsage,
  cumulativeCostUsd: null,
  denials: 0,
};

async function live(
  ctx: LoopContext,
  session: SessionState,
  prompt: string,
  files: SessionFiles,
  onUp: Parameters<Activities["runSession"]>[1],
  signals: Signals,
  denied: string[],
): Promise<SessionResult> {
  const ownState = rememberOwnState(ctx, files);
  const before = await readBefore(ctx, session.number);
  if (before.type !== "kept") throw new Error(`session ${session.number} has no record of its beginning`);
  await using sessionBoard = openSessionBoard(ctx, session, before.value, signals.record);
  const beginning = beginningOf(before.value);
  const watch = watchSession(ctx, files, before.value);
  using transcript = openTranscript(files.transcript, ctx.redact);
  let alarm: Alarm | null = null;
  let up: Promise<void> | null = null;
  let agent: AgentSession | null = null;
  let failure: { readonly error: unknown } | null = null;

  const { stallMs, toolMaxMs, sessionMaxMs, stopAtUtilization } = ctx.options;
  using watchdog = startWatchdog(
    { stallMs, toolMaxMs, sessionMaxMs, stopAtUtilization, caps: session.caps },
    ctx.clock.now,
    (raised) => {
      alarm = raised;
      stopForAlarm();
    },
  );

  const host: SessionHost = {
    tools: featureTools(sessionBoard.board),
    decide: (call) => ctx.guard(call, session),
    afterTool: (call) =>
      watch.look(call).catch((error: unknown) => {
        fail(error);
        return null;
      }),
    transcript: (line) => recording(() => transcript.write(line)),
    event(event: AgentEvent) {
      watchdog.see(event);
      if (event.type === "turn") {
        recording(() => recordTurn(files.turns, ctx.clock.now(), event.usage, ctx.redact(event.text)));
      }
      if (event.type === "tool-decided" && !event.verdict.allow && denied.length < maxDenied) {
        denied.push(ctx.redact(`${event.verdict.rule}: ${event.verdict.reason}`));
      }
      if (event.type === "up") up ??= onUp({ pid: agent?.pid ?? null, beginning }).catch(fail);
      ctx.onAgentEvent(session.number, event);
    },
  };

  ctx.reaper.watch(session.marker);
  agent = ctx.driver.start(
    {
      cwd: ctx.dir,
      prompt,
      instructions: [standingInstructions, await readConventions(ctx.dir)].join("\n\n").trim(),
      model: ctx.options.model,
      agentSessionId: session.agentSessionId,
      resume: session.resumes,
      maxTurns: session.caps.maxTurns,
      maxBudgetUsd: session.caps.maxBudgetUsd,
      marker: session.marker,
    },
    host,
  );
  stopForAlarm();
  stopForFailure();
  signals.onAgentCommand(sessionBoard.serve);
  signals.onSaid((text) => agent?.say(text));
  const stopSoft = () => void agent?.stop("after-tool");
  const stopHard = () => void agent?.stop("kill");
  signals.soft.addEventListener("abort", stopSoft, { once: true });
  signals.hard.addEventListener("abort", stopHard, { once: true });
  if (signals.soft.aborted) stopSoft();
  if (signals.hard.aborted) stopHard();
  try {
    const result = await agent.result;
    await up;
    await putBackOwn().catch(fail);
    // Before anything is recorded: should that fail, nobody knows any more how the session had begun.
    await watch.end().catch(fail);
    if (failure !== null) throw (failure as { error: unknown }).error;
    return withTurns(withAlarm(result, alarm), files);
  } finally {
    signals.soft.removeEventListener("abort", stopSoft);
    signals.hard.removeEventListener("abort", stopHard);
    ctx.reaper.forget(session.marker);
  }

  /** What was written in our place is recorded for the settling. */
  async function putBackOwn(): Promise<void> {
    const watched = await watch.seen();
    const kept = watched === nothingSeen ? null : JSON.stringify(watched);
    const changed = await ownState.putBack(new Map([[files.watched, kept]]));
    await watch.found(changed.map(ownViolation));
  }

  /** What cannot be recorded must not go on: the agent is ended, and the next manager settles what there is. */
  function fail(error: unknown): void {
    failure ??= { error };
    stopForFailure();
  }

  function recording(write: () => void): void {
    try {
      write();
    } catch (error) {
      fail(error);
    }
  }

  function stopForFailure(): void {
    if (failure !== null) void agent?.stop("kill");
  }

  /** An alarm may come before `start` has returned. */
  function stopForAlarm(): void {
    if (alarm !== null) void agent?.stop(alarm.type === "stalled" ? "kill" : "after-tool");
  }
}

/** The alarm is why it stopped; without it the agent would have gone on. */
function withAlarm(result: SessionResult, alarm: Alarm | null): SessionResult {
  const cut: Outcome["type"][] = ["stopped", "crashed"];
  return alarm === null || !cut.includes(result.outcome.type) ? result : { ...result, outcome: alarm };
}

/** A driver that was cut may know less than what was recorded on the way. */
function withTurns(result: SessionResult, files: SessionFiles): SessionResult {
  const recorded = readTurns(files.turns);
  return {
    ...result,
    turns: Math.max(result.turns, recorded.turns),
    usage: totalTokens(recorded.usage) > totalTokens(result.usage) ? recorded.usage : result.usage,
  };
}
