/**
 * The board of the session at work: what its agent asks for is done here, in the manager.
 *
 * - Nothing is answered before it is recorded (J1), one after another.
 * - What decides a claim is taken from the list as it was when the session began, which is held in memory: of the
 *   agent's own changes only `passes` counts (F1, T1). The verdict is good for this moment; settling decides again (F2).
 * - Nothing of it outlives the session (R5): disposing ends what runs and waits for it. The commands carry a
 *   marker of the run's and not of the session's, so that ending the agent does not turn into a verdict.
 */
import { recallFor } from "../core/error-memory.ts";
import type { VerificationResult } from "../core/event-parts.ts";
import type { AgentRecord } from "../core/events.ts";
import type { Feature } from "../core/features.ts";
import { maxNotes, type SessionState } from "../core/run.ts";
import {
  type Claimed,
  type FeatureBoard,
  type Recorded,
  type Refused,
  refused,
} from "../feature-tools/board.ts";
import { boardList, findClaimable, findFeature } from "../feature-tools/listing.ts";
import type { AgentCommand } from "../ports.ts";
import {
  type ListState,
  parseListText,
  readFeatureList,
  writeFeatureList,
} from "../project/list/feature-list.ts";
import { restoreIntegrity } from "../project/list/guardian.ts";
import { setPasses } from "../project/list/set-passes.ts";
import type { Before } from "./before.ts";
import type { LoopContext } from "./context.ts";
import { protectedFromSession, verifyProject } from "./verification.ts";

export interface SessionBoard extends AsyncDisposable {
  readonly board: FeatureBoard;
  /** For a process of this session; its answer is the event that names its request. Must not throw. */
  serve(command: AgentCommand): void;
}

/** `record` rejects when something cannot be written down; then the run ends. */
export function openSessionBoard(
  ctx: LoopContext,
  session: SessionState,
  before: Before,
  record: (record: AgentRecord) => Promise<void>,
): SessionBoard {
  const over = new AbortController();
  let lastTurn: Promise<unknown> = Promise.resolve();

  const board = boardFor(null);
  return {
    board,
    serve(command) {
      if (command.marker === session.marker) void answer(command).catch(() => {});
    },
    async [Symbol.asyncDispose]() {
      over.abort();
      await lastTurn;
    },
  };

  function boardFor(request: string | null): FeatureBoard {
    return {
      list: async () => boardList(await standingList(ctx, before), ctx.state().run?.attempts ?? {}),
      claim: (featureId, evidence, asked) =>
        inTurn(asked, (signal) => claim(featureId, evidence, request, signal)),
      note: (text, asked) => inTurn(asked, () => note(text, request)),
      blocker: (text, featureId, asked) => inTurn(asked, () => raise(text, featureId, request)),
    };
  }

  async function answer(command: AgentCommand): Promise<void> {
    const { request } = command;
    const answered = await ask(boardFor(request), command, over.signal);
    if (answered.type !== "refused" || over.signal.aborted) return;
    const { reason } = answered;
    await inTurn(over.signal, () => recorded({ type: "request.refused", request, reason }));
  }

  function inTurn<Answer>(
    asked: AbortSignal,
    act: (signal: AbortSignal) => Promise<Answer>,
  ): Promise<Answer | Refused> {
    const signal = AbortSignal.any([asked, over.signal]);
    const turn = lastTurn.then<Answer | Refused>(() => (signal.aborted ? refused(tooLate) : act(signal)));
    lastTurn = turn.catch(() => {});
    return turn;
  }

  async function claim(
    featureId: string,
    evidence: string,
    request: string | null,
    signal: AbortSignal,
  ): Promise<Claimed> {
    const list = await standingList(ctx, before);
    if (list.type !== "valid") return refused(noList);
    const feature = findClaimable(list.features, featureId);
    if ("type" in feature) return feature;
    const result = await verify(ctx, before, feature, signal);
    if (signal.aborted) return refused(tooLate);
    // The list comes first: a crash before the record leaves what an edit of the agent's would have left.
    if (!(await writePasses(ctx, featureId, result?.ok ?? true))) return refused(noList);
    const words = bounded(evidence, maxEvidence);
    const seen = result === null ? null : recallFor(ctx.state().errors, result);
    const told = seen === null ? {} : { seen };
    await record({ type: "claim.made", featureId, evidence: words, result, ...told, request });
    return { type: "decided", result, seen };
  }

  async function note(text: string, request: string | null): Promise<Recorded> {
    const phase = ctx.state().run?.phase;
    if (phase?.type === "session" && phase.session.notes.length >= maxNotes) {
      return refused(`${maxNotes} notes are taken. Write what is more into claude-progress.txt yourself.`);
    }
    return recorded({ type: "noted", text: line(text), request });
  }

  async function raise(text: string, featureId: string | null, request: string | null): Promise<Recorded> {
    const list = await standingList(ctx, before);
    const found = featureId === null || list.type !== "valid" ? null : findFeature(list.features, featureId);
    if (found !== null && "type" in found) return found;
    return recorded({ type: "blocker.raised", text: line(text), featureId, request });
  }

  async function recorded(what: AgentRecord): Promise<Recorded> {
    await record(what);
    return { type: "recorded" };
  }

  /** One line, because a line of the notes could pass for an entry of our own. */
  function line(text: string): string {
    return bounded(text.replaceAll(/\s+/g, " "), maxLine);
  }

  /** Redacted before it is cut: half a secret is not recognised. */
  function bounded(text: string, length: number): string {
    return ctx.redact(text.trim()).slice(0, length);
  }
}

const maxLine = 500;
const maxEvidence = 2000;
const tooLate = "The session is being stopped, so nothing was decided or recorded.";
const noList =
  "feature_list.json is missing, damaged or lacks this feature. Onward restores it when the session ends; go on " +
  "with the work.";

function ask(board: FeatureBoard, command: AgentCommand, signal: AbortSignal): Promise<Claimed | Recorded> {
  switch (command.type) {
    case "claim":
      return board.claim(command.featureId, command.evidence, signal);
    case "note":
      return board.note(command.text, signal);
    case "blocker":
      return board.blocker(command.text, command.featureId, signal);
    default:
      throw new Error(`unknown command ${(command satisfies never as AgentCommand).type}`);
  }
}

/** The list as settling would keep it now. */
async function standingList(ctx: LoopContext, { listText }: Before): Promise<ListState> {
  const now = await readFeatureList(ctx.dir);
  return listText === null ? now : parseListText(restoreIntegrity(listText, now).text);
}

/** null: nothing decides it. Of no use once the signal is aborted. */
async function verify(
  ctx: LoopContext,
  before: Before,
  feature: Feature,
  signal: AbortSignal,
): Promise<VerificationResult | null> {
  const protectedFrom = protectedFromSession(ctx.state(), { type: "kept", value: before });
  const request = { features: [feature], claimed: new Set([feature.id]), gate: false, protectedFrom };
  // The agent is at work beside it: what it writes meanwhile is not taken for the command's.
  const found = await verifyProject(ctx, ctx.state().run?.id ?? "run", { ...request, alone: false }, signal);
  const result = found?.results.find(({ featureId }) => featureId === feature.id) ?? null;
  if (result?.notRun !== "setup") return result;
  const setup = found?.results.find(({ role }) => role === "setup");
  return { ...result, outputTail: `${result.outputTail}\n${setup?.outputTail ?? ""}`.trim() };
}

/** False where the agent left no list to write to. Its other changes stay for settling to find. */
async function writePasses(ctx: LoopContext, featureId: string, passes: boolean): Promise<boolean> {
  const list = await readFeatureList(ctx.dir);
  if (list.type !== "valid" || !list.features.some(({ id }) => id === featureId)) return false;
  const text = setPasses(list.text, new Map([[featureId, passes]]));
  if (text !== list.text) await writeFeatureList(ctx.dir, text);
  return true;
}
