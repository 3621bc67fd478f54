/**
 * What the scripted model can be told to do, and how that looks on the wire of the Anthropic Messages API
 * (https://docs.anthropic.com/en/api/messages-streaming).
 */
import { randomUUID } from "node:crypto";

export interface ScriptedTool {
  readonly name: string;
  readonly input?: Readonly<Record<string, unknown>>;
  readonly id?: string;
}

interface WireUsage {
  readonly input_tokens: number;
  readonly output_tokens: number;
  readonly cache_creation_input_tokens: number;
  readonly cache_read_input_tokens: number;
}

interface Timing {
  /** Before the first byte of the response. */
  readonly delayMs?: number;
  /** Extra response headers, e.g. `anthropic-ratelimit-unified-status`. */
  readonly headers?: Readonly<Record<string, string>>;
  /** The turn is used this many times; 1 unless told, `Infinity` allowed. */
  readonly repeat?: number;
}

/** A message of the model: thinking, then text, then tool calls. */
export interface AnswerTurn extends Timing {
  readonly thinking?: string;
  readonly text?: string;
  readonly tools?: readonly ScriptedTool[];
  readonly usage?: Partial<WireUsage>;
  /** Stop reason; `tool_use` or `end_turn` unless told. */
  readonly stop?: "end_turn" | "tool_use" | "max_tokens" | "refusal" | "stop_sequence" | "pause_turn";
  /** Between two streamed pieces. */
  readonly chunkDelayMs?: number;
  /** Halfway through the stream: the socket is destroyed. */
  readonly cut?: boolean;
  /** Halfway through the stream: silence. */
  readonly hangAfterText?: boolean;
  /** Halfway through the stream: an `error` event. */
  readonly errorMidStream?: { readonly type?: string; readonly message?: string };
}

/** An HTTP error. */
export interface ErrorTurn extends Timing {
  readonly error: {
    readonly status: number;
    readonly type?: string;
    readonly message?: string;
    readonly headers?: Readonly<Record<string, string>>;
  };
}

/** No answer, ever. */
interface HangTurn extends Timing {
  readonly hang: true;
}

export type Turn = AnswerTurn | ErrorTurn | HangTurn;

/** The request that a turn answers, as far as the wire needs it. */
export interface WireRequest {
  readonly model: string;
  readonly bytes: number;
}

/** The whole message, for a request without `stream`. */
export function wholeMessage(turn: AnswerTurn, request: WireRequest): Readonly<Record<string, unknown>> {
  const content = contentBlocks(turn);
  return { ...messageHead(request), content, stop_reason: stopReason(turn), usage: usageOf(turn, request) };
}

/** The same message as server-sent events, in order. */
export function* messageFrames(turn: AnswerTurn, request: WireRequest): Generator<string> {
  const usage = usageOf(turn, request);
  const message = {
    ...messageHead(request),
    content: [],
    stop_reason: null,
    usage: { ...usage, output_tokens: 1 },
  };
  yield frame("message_start", { message });
  for (const [index, block] of contentBlocks(turn).entries()) yield* blockFrames(index, block);
  yield frame("message_delta", { delta: { stop_reason: stopReason(turn), stop_sequence: null }, usage });
  yield frame("message_stop", {});
}

export function errorFrame(error: NonNullable<AnswerTurn["errorMidStream"]>): string {
  const { type = "overloaded_error", message = "Overloaded" } = error;
  return frame("error", { error: { type, message } });
}

export function errorBody(error: ErrorTurn["error"]): Readonly<Record<string, unknown>> {
  const type = error.type ?? errorTypes[error.status] ?? "api_error";
  const message = error.message ?? `scripted ${error.status}`;
  return { type: "error", error: { type, message }, request_id: wireId("req") };
}

export function wireId(prefix: "msg" | "req" | "toolu"): string {
  return `${prefix}_${randomUUID().replaceAll("-", "").slice(0, 24)}`;
}

const errorTypes: Readonly<Record<number, string>> = {
  400: "invalid_request_error",
  401: "authentication_error",
  403: "permission_error",
  404: "not_found_error",
  413: "request_too_large",
  429: "rate_limit_error",
  500: "api_error",
  529: "overloaded_error",
};

type ContentBlock =
  | { readonly type: "thinking"; readonly thinking: string; readonly signature: string }
  | { readonly type: "text"; readonly text: string }
  | { readonly type: "tool_use"; readonly id: string; readonly name: string; readonly input: object };

function contentBlocks(turn: AnswerTurn): readonly ContentBlock[] {
  const blocks: ContentBlock[] = [];
  if (turn.thinking !== undefined) {
    blocks.push({ type: "thinking", thinking: turn.thinking, signature: "c2NyaXB0ZWQ=" });
  }
  if (turn.text !== undefined) blocks.push({ type: "text", text: turn.text });
  for (const { id = wireId("toolu"), name, input = {} } of turn.tools ?? []) {
    blocks.push({ type: "tool_use", id, name, input });
  }
  return blocks;
}

function* blockFrames(index: number, block: ContentBlock): Generator<string> {
  const start = (content_block: object) => frame("content_block_start", { index, content_block });
  const delta = (delta: object) => frame("content_block_delta", { index, delta });
  switch (block.type) {
    case "thinking":
      yield start({ type: "thinking", thinking: "", signature: "" });
      yield delta({ type: "thinking_delta", thinking: block.thinking });
      yield delta({ type: "signature_delta", signature: block.signature });
      break;
    case "text":
      yield start({ type: "text", text: "" });
      for (const text of pieces(block.text, 24)) yield delta({ type: "text_delta", text });
      break;
    case "tool_use":
      yield start({ ...block, input: {} });
      for (const partial_json of pieces(JSON.stringify(block.input), 512)) {
        yield delta({ type: "input_json_delta", partial_json });
      }
      break;
    default:
      block satisfies never;
  }
  yield frame("content_block_stop", { index });
}

function messageHead({ model }: WireRequest) {
  return { id: wireId("msg"), type: "message", role: "assistant", model, stop_sequence: null };
}

function stopReason(turn: AnswerTurn): string {
  return turn.stop ?? ((turn.tools?.length ?? 0) > 0 ? "tool_use" : "end_turn");
}

/** Four bytes a token, as good as any rule for a model that does not exist. */
function usageOf(turn: AnswerTurn, request: WireRequest): WireUsage {
  return {
    input_tokens: Math.ceil(request.bytes / 4),
    output_tokens: Math.ceil(JSON.stringify(contentBlocks(turn)).length / 4),
    cache_creation_input_tokens: 0,
    cache_read_input_tokens: 0,
    ...turn.usage,
  };
}

function frame(type: string, data: object): string {
  return `event: ${type}\ndata: ${JSON.stringify({ type, ...data })}\n\n`;
}

function pieces(text: string, size: number): readonly string[] {
  const out: string[] = [];
  for (let i = 0; i < text.length; i += size) out.push(text.slice(i, i + size));
  return out.length > 0 ? out : [""];
}
