/** What a run looks like to a person: one line for each thing that matters, and a status line between. */
import { styleText } from "node:util";
import type { CommandChange, VerificationEffects, VerificationResult } from "../../core/event-parts.ts";
import type { EventOf, RunEvent } from "../../core/events.ts";
import { changeText, commandTexts } from "../../core/list-change-text.ts";
import { type ProjectState, type SessionState, settledStep } from "../../core/run.ts";
import { serverName } from "../../feature-tools/names.ts";
import type { AgentEvent } from "../../ports.ts";
import { count, dim, money, oneLine } from "../text/terminal-text.ts";
import { effectLines, subjectOf } from "../text/verdict-text.ts";
import type { LiveOutput } from "./live.ts";
import { type PublicEvent, publicEvents } from "./public-events.ts";
import { countdown, statusLine } from "./status-line.ts";

export interface RunView {
  journal(event: RunEvent, states: { before: ProjectState; after: ProjectState }): void;
  agent(number: number, event: AgentEvent): void;
  /** What a stop waits for now, for a person; "" when there is nothing. */
  waitsFor(): string;
}

/** `dir`: the project; paths in it are shown from there. */
export function runView(out: LiveOutput, dir: string, now: () => number): RunView {
  let state: ProjectState | null = null;
  let turn = 0;
  let activity = "";
  /** What runs now, by its call's id. */
  const tools = new Map<string, { readonly name: string; readonly text: string }>();
  let passing: { passing: number; total: number } | null = null;
  const running = () => [...tools.values()].at(-1);
  out.status(() =>
    state === null ? "" : statusLine(state, { turn, activity: running()?.name ?? activity, passing }, now()),
  );

  return {
    journal(event, { before, after }) {
      state = after;
      if (event.type === "session.starting") {
        turn = 0;
        activity = "starting";
        tools.clear();
        out.line(sessionLine(event));
      }
      if (event.type === "session.exited") activity = "settling";
      if (event.type === "session.settled" && event.settled.step === "list") passing = event.settled;
      for (const shown of publicEvents(event, before)) {
        const text = lineOf(shown, before);
        if (text !== null) out.line(text);
      }
      if (event.type === "session.settled" && event.settled.step === "verification") {
        for (const text of verificationLines(event.settled, claimsOf(before))) out.line(text);
      }
      if (event.type === "gate.ended") for (const text of verificationLines(event, noClaims)) out.line(text);
      if (event.type === "slept" && before.run?.countingSince !== null)
        out.line(dim(`the machine slept for ${countdown(event.ms)}, which does not count`));
      if (event.type === "gate.started")
        out.line(dim("checking the finished project once more, from end to end"));
    },
    agent(_number, event) {
      if (event.type === "turn") {
        // Told when the answer is whole; its tools may have begun by then.
        turn = event.turn;
        activity = "thinking";
      }
      if (event.type === "said") out.glimpse(`  ${firstLine(event.text)}`);
      if (event.type === "tool-started") {
        const name = event.tool.replace(ownPrefix, "");
        const text = `${name} ${firstLine(toolSubject(event.input).replaceAll(`${dir}/`, ""))}`.trim();
        tools.set(event.id, { name, text });
        out.glimpse(dim(`  ${text}`));
      }
      if (event.type === "tool-ended") {
        activity = "thinking";
        tools.delete(event.id);
      }
      if (event.type === "tool-decided" && !event.verdict.allow) {
        out.line(
          `  ${styleText("yellow", "denied")} ${event.verdict.rule}: ${firstLine(event.verdict.reason)}`,
        );
      }
      if (event.type === "retry") {
        activity = `retry ${event.attempt}`;
        out.line(
          dim(`  the agent tries again in ${seconds(event.delayMs)} (status ${event.status ?? "none"})`),
        );
      }
    },
    waitsFor: () =>
      state?.run?.phase.type === "session" ? waitingText(state.run.phase.session, running()?.text ?? "") : "",
  };
}

function waitingText({ number, life }: SessionState, tool: string): string {
  if (life.type === "settling") return `session ${number} to be settled`;
  return tool === "" ? `the agent of session ${number} to leave` : `the running tool, at most 5 s: ${tool}`;
}

function sessionLine(event: EventOf<"session.starting">): string {
  const about =
    event.offered === null ? "" : ` · ${event.offered}${event.lastAttempt ? " (last attempt)" : ""}`;
  const how = event.resumes ? " · resumed" : "";
  return styleText("bold", `session ${event.number} · ${event.sessionType}${about}${how}`);
}

function lineOf(event: PublicEvent, before: ProjectState): string | null {
  switch (event.type) {
    case "run.started":
      return event.resumed ? dim("going on with the interrupted run") : null;
    case "recovered":
      return styleText("yellow", `recovered session ${event.number}: ${event.what}`);
    case "session.ended": {
      const list = before.run?.phase.type === "session" ? listOf(before.run.phase.session.life) : null;
      const lost = event.regressed.map((id) => `  ${styleText("red", "regressed")} ${id}`);
      const undone = event.violations.map((what) => `  ${styleText("yellow", "undone")} ${what}`);
      const counts = list === null ? "" : ` · ${countsOf(list)}`;
      const end = dim(
        `  ${event.outcome} · ${count(event.turns, "turn")} · ${money(event.costUsd)}${counts}`,
      );
      return [...undone, ...lost, end].join("\n");
    }
    case "wait.started":
      return event.reason === "delay" ? null : `waiting until ${event.until} (${event.reason})`;
    case "list.edit-asked":
      return dim(`  asked for: ${event.edit} ${firstLine(event.featureId)}, once no session is at work`);
    case "list.edited":
      return editedLine(event);
    case "list.changed":
      return withCommands(
        `${styleText("yellow", "the feature list was changed by hand")}: ${firstLine(changeText(event))}`,
        event,
      );
    case "checkpoint":
      return checkpointLine(event);
    case "claim":
      return claimLine(event);
    case "blocker": {
      const what = event.featureId === null ? "" : `${firstLine(event.featureId)}: `;
      return `  ${styleText("yellow", "blocker")} ${what}${firstLine(event.text)}`;
    }
    case "paused":
      return "paused; `onward resume` goes on";
    case "resumed":
      return event.type;
    case "session.started":
    case "turn":
    case "tool":
    case "verification":
    case "verification.effects":
    case "rolled-back":
    case "wait.ended":
    case "run.ended":
      return null;
    default:
      throw new Error(`unknown event ${(event satisfies never as PublicEvent).type}`);
  }
}

/** The agent waited for this verdict; the one that counts comes when the session is settled. */
function claimLine({ featureId, ok }: Extract<PublicEvent, { type: "claim" }>): string {
  const mark = ok === null ? dim("unverified") : ok ? styleText("green", "holds") : styleText("red", "fails");
  return `  claim ${firstLine(featureId)}: ${mark}`;
}

function editedLine(event: PublicEvent & { type: "list.edited" }): string {
  const { edit, featureId, unpassed, problem } = event;
  if (problem !== null) return `${styleText("yellow", "not done")} ${edit}: ${firstLine(problem)}`;
  const again = unpassed ? ", which has to prove itself again" : "";
  return withCommands(`feature list: ${edit} ${firstLine(featureId)}${again}`, event);
}

/** What decides a feature now is said in full: whoever changed it, a person must not miss it. */
function withCommands(line: string, { commands }: { readonly commands?: readonly CommandChange[] }): string {
  return [line, ...commandTexts(commands).map((text) => `  ${oneLine(text)}`)].join("\n");
}

/** What nobody must miss: work that only a checkpoint holds, and files that not even a checkpoint does. */
function checkpointLine(event: Extract<PublicEvent, { type: "checkpoint" }>): string | null {
  const { id, uncommitted = 0, leftOut = [], notCommitted } = event;
  const lines: string[] = [];
  if (uncommitted > 0) {
    const files = uncommitted === 1 ? "1 file" : `${uncommitted} files`;
    const back = `\`onward rollback ${id}\` brings it back`;
    lines.push(`${styleText("yellow", "uncommitted work")} in ${files} is kept as ${id}: ${back}`);
  }
  if (leftOut.length > 0) {
    lines.push(`${styleText("yellow", "too large to be kept")}: ${leftOut.map(firstLine).join(", ")}`);
  }
  if (notCommitted !== undefined) {
    lines.push(`  ${styleText("yellow", "not committed on the branch")}: ${firstLine(notCommitted)}`);
  }
  return lines.length === 0 ? null : lines.join("\n");
}

const noClaims: ReadonlySet<string> = new Set();

function claimsOf({ run }: ProjectState): ReadonlySet<string> {
  if (run?.phase.type !== "session" || run.phase.session.life.type !== "settling") return noClaims;
  return new Set(settledStep(run.phase.session.life.settled, "integrity")?.claimed);
}

/** The list of an old project may hold hundreds. */
const maxVerified = 10;

/** Claims, the first few that hold, and failures one by one; what was only checked again and holds, in one line. */
function verificationLines(
  {
    results,
    ...effects
  }: VerificationEffects & {
    readonly results: readonly VerificationResult[];
  },
  claims: ReadonlySet<string>,
): readonly string[] {
  const verified = results.filter(({ ok, featureId }) => ok && featureId !== null && claims.has(featureId));
  const named = new Set(verified.slice(0, maxVerified));
  const worthSaying = results.filter((result) => !result.ok || named.has(result));
  const held = results.filter(({ ok }) => ok).length - verified.length;
  const lines = worthSaying.map((result) => {
    const { ok, notRun, durationMs } = result;
    const unchecked = styleText("yellow", "  not checked");
    const failed = notRun === undefined ? styleText("red", "  did not hold") : unchecked;
    const mark = ok ? styleText("green", "  verified") : failed;
    return `${mark} ${subjectOf(result)} ${dim(notRun === undefined ? seconds(durationMs) : notRun)}`;
  });
  const more = verified.length - named.size;
  if (more > 0) lines.push(`${styleText("green", "  verified")} ${dim(`${more} more`)}`);
  lines.push(...effectLines(effects).map((line) => styleText("yellow", `  ${line}`)));
  return held === 0
    ? lines
    : [...lines, dim(`  checked again and ${held === 1 ? "holds" : "hold"}: ${held}`)];
}

function listOf(life: { type: string; settled?: Parameters<typeof settledStep>[0] }) {
  return life.settled === undefined ? null : (settledStep(life.settled, "list") ?? null);
}

function countsOf({ passing, total }: { readonly passing: number; readonly total: number }): string {
  return total === 0 ? "no feature list" : `${passing}/${total} features`;
}

/** Of Onward's own tools, which a person knows by their plain names. */
const ownPrefix = `mcp__${serverName}__`;

/** What a tool call is about, in a word: its command, its file, its address, its feature. */
function toolSubject(input: Readonly<Record<string, unknown>>): string {
  const subject =
    input.command ?? input.file_path ?? input.pattern ?? input.url ?? input.path ?? input.id ?? "";
  return typeof subject === "string" ? subject : "";
}

/** One line, at most 100 characters, and nothing in it that a terminal would obey. */
function firstLine(text: string): string {
  const line = text.trim().split("\n")[0] ?? "";
  // biome-ignore lint/suspicious/noControlCharactersInRegex: exactly these must not reach the terminal
  const safe = line.replaceAll(/[\u0000-\u001f\u007f-\u009f]/g, "");
  return safe.length > 100 ? `${safe.slice(0, 99)}…` : safe;
}

const seconds = (ms: number) => (ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`);
