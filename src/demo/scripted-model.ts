/**
 * A model that follows a script: speaks the Anthropic Messages API on loopback, so that the genuine agent can
 * be driven without a key and without a network. `onward demo` uses it, and so do the tests.
 *
 * Only main calls (those that offer the model tools) take a turn of the script; the agent's side calls
 * (titles, summaries) are answered with `side`.
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import type { AnswerTurn, ErrorTurn, Turn } from "./scripted-turns.ts";
import { errorBody, errorFrame, messageFrames, wholeMessage, wireId } from "./scripted-turns.ts";

export type { AnswerTurn, ScriptedTool, Turn } from "./scripted-turns.ts";

export interface ScriptedBlock {
  readonly type: string;
  readonly text?: string;
  readonly name?: string;
  readonly input?: Readonly<Record<string, unknown>>;
  readonly tool_use_id?: string;
  readonly is_error?: boolean;
  readonly content?: unknown;
}

export interface ScriptedMessage {
  readonly role: string;
  readonly content: readonly ScriptedBlock[];
}

/** What the agent sent with a model call. */
export interface ScriptedCall {
  /** 0 for the first main call. */
  readonly index: number;
  readonly model: string;
  /** All system blocks, joined by newlines. */
  readonly system: string;
  /** Plain strings are given as one text block. */
  readonly messages: readonly ScriptedMessage[];
  /** Names of the tools offered. */
  readonly tools: readonly string[];
  readonly body: Readonly<Record<string, unknown>>;
}

interface ScriptedRequest {
  readonly method: string;
  readonly path: string;
  /** Without credentials. */
  readonly headers: Readonly<Record<string, string>>;
  readonly bytes: number;
  /** Epoch ms of its arrival. */
  readonly at: number;
  /** null: not a call of the model. */
  readonly call: ScriptedCall | null;
  readonly main: boolean;
  /** The client went away before the whole answer was sent. */
  readonly aborted: boolean;
}

export interface ScriptedModelOptions {
  /** One after another; a function looks at the call first. */
  readonly turns?: readonly (Turn | ((call: ScriptedCall) => Turn))[];
  /** Answers every main call instead of `turns`. A throw is answered with 400, which agents do not retry. */
  readonly respond?: (call: ScriptedCall) => Turn | Promise<Turn>;
  /** For calls without tools. */
  readonly side?: Turn;
  /** When `turns` has run out. */
  readonly fallback?: Turn;
}

export interface ScriptedModel extends AsyncDisposable {
  /** For `ANTHROPIC_BASE_URL`. */
  readonly url: string;
  /** Everything that arrived, oldest first; grows. */
  readonly requests: readonly ScriptedRequest[];
  /** The calls of `requests` that took a turn of the script. */
  calls(): readonly ScriptedCall[];
  /** The first request, past or future, that matches; rejects after `timeoutMs`. */
  waitFor(matches: (request: ScriptedRequest) => boolean, timeoutMs?: number): Promise<ScriptedRequest>;
  /** Cuts what is open. Idempotent. */
  close(): Promise<void>;
}

export async function startScriptedModel(options: ScriptedModelOptions): Promise<ScriptedModel> {
  const requests: Recorded[] = [];
  const arrivals = new Set<() => void>();
  const closing = new AbortController();
  const respond =
    options.respond ?? inOrder(options.turns ?? [], options.fallback ?? { text: "script exhausted" });
  const side = options.side ?? { text: "ok" };

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const raw = await bodyOf(request);
    const index = requests.filter(({ main }) => main).length;
    const recorded = record(request, raw, index);
    response.on("close", () => {
      recorded.aborted = !response.writableFinished;
    });
    requests.push(recorded);
    for (const arrived of arrivals) arrived();
    if (recorded.call === null) return answerOther(recorded, response);
    await play(
      recorded.main ? await respond(recorded.call) : side,
      recorded,
      recorded.call,
      response,
      closing.signal,
    );
  }

  const server = createServer((request, response) => {
    serve(request, response).catch((error: unknown) => {
      if (response.headersSent || response.destroyed) response.destroy();
      else sendJson(response, 400, errorBody({ status: 400, message: `script failed: ${String(error)}` }));
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject).listen(0, "127.0.0.1", resolve);
  });
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the scripted model has no port");

  function waitFor(
    matches: (request: ScriptedRequest) => boolean,
    timeoutMs = 30_000,
  ): Promise<ScriptedRequest> {
    const { promise, resolve, reject } = Promise.withResolvers<ScriptedRequest>();
    const look = (): void => {
      const found = requests.find(matches);
      if (found !== undefined) resolve(found);
    };
    const timer = setTimeout(
      () => reject(new Error("no such request reached the scripted model")),
      timeoutMs,
    );
    arrivals.add(look);
    look();
    return promise.finally(() => {
      clearTimeout(timer);
      arrivals.delete(look);
    });
  }

  let closed: Promise<void> | undefined;
  function close(): Promise<void> {
    closed ??= new Promise((resolve) => {
      closing.abort();
      server.close(() => resolve());
      server.closeAllConnections();
    });
    return closed;
  }

  return {
    url: `http://127.0.0.1:${address.port}`,
    requests,
    calls: () => requests.flatMap(({ main, call }) => (main && call !== null ? [call] : [])),
    waitFor,
    close,
    [Symbol.asyncDispose]: close,
  };
}

type Recorded = { -readonly [Key in keyof ScriptedRequest]: ScriptedRequest[Key] };

function inOrder(
  turns: NonNullable<ScriptedModelOptions["turns"]>,
  fallback: Turn,
): (call: ScriptedCall) => Turn {
  let cursor = 0;
  let used = 0;
  return (call) => {
    const next = turns[cursor] ?? fallback;
    const turn = typeof next === "function" ? next(call) : next;
    used += 1;
    if (used >= (turn.repeat ?? 1)) {
      cursor += 1;
      used = 0;
    }
    return turn;
  };
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

const credentials = /^(authorization|x-api-key|cookie|proxy-authorization)$/;

function record(request: IncomingMessage, raw: Buffer, index: number): Recorded {
  const path = request.url ?? "/";
  const body = request.method === "POST" && /\/messages(\?|$)/.test(path) ? parseObject(raw) : null;
  const call = body === null ? null : callOf(body, index);
  const headers = Object.entries(request.headers).map(([name, value]) => [
    name,
    credentials.test(name) ? "<redacted>" : String(value),
  ]);
  return {
    method: request.method ?? "GET",
    path,
    headers: Object.fromEntries(headers) as Record<string, string>,
    bytes: raw.length,
    at: Date.now(),
    call,
    main: call !== null && call.tools.length > 0,
    aborted: false,
  };
}

function callOf(body: Readonly<Record<string, unknown>>, index: number): ScriptedCall {
  const messages = Array.isArray(body.messages)
    ? (body.messages as { role: string; content: unknown }[])
    : [];
  const tools = Array.isArray(body.tools) ? (body.tools as { name?: string }[]) : [];
  return {
    index,
    model: String(body.model),
    system: blocks(body.system)
      .map(({ text = "" }) => text)
      .join("\n"),
    messages: messages.map(({ role, content }) => ({ role, content: blocks(content) })),
    tools: tools.map(({ name = "" }) => name),
    body,
  };
}

function blocks(content: unknown): readonly ScriptedBlock[] {
  if (typeof content === "string") return [{ type: "text", text: content }];
  return Array.isArray(content) ? (content as ScriptedBlock[]) : [];
}

function parseObject(raw: Buffer): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(raw.toString("utf8"));
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}

/** Token counting and connectivity probes. */
function answerOther({ method, path, bytes }: Recorded, response: ServerResponse): void {
  if (path.includes("/count_tokens")) sendJson(response, 200, { input_tokens: Math.ceil(bytes / 4) });
  else if (method === "HEAD" || path === "/") response.writeHead(200).end();
  else
    sendJson(
      response,
      404,
      errorBody({ status: 404, message: `scripted model: no route ${method} ${path}` }),
    );
}

async function play(
  turn: Turn,
  { bytes }: Recorded,
  call: ScriptedCall,
  response: ServerResponse,
  signal: AbortSignal,
): Promise<void> {
  if (turn.delayMs !== undefined) await sleep(turn.delayMs, undefined, { signal });
  if ("hang" in turn) return;
  if ("error" in turn) return sendError(turn, response);
  const request = { model: call.model, bytes };
  const streamed = call.body.stream === true;
  if (!streamed && turn.errorMidStream !== undefined) {
    return sendError({ error: { status: 529, ...turn.errorMidStream } }, response);
  }
  response.writeHead(200, {
    "content-type": streamed ? "text/event-stream; charset=utf-8" : "application/json",
    "request-id": wireId("req"),
    ...turn.headers,
  });
  const pieces = streamed
    ? [...messageFrames(turn, request)]
    : halves(JSON.stringify(wholeMessage(turn, request)));
  await send(turn, pieces, response, signal);
}

function halves(text: string): readonly string[] {
  const middle = Math.floor(text.length / 2);
  return [text.slice(0, middle), text.slice(middle)];
}

function sendError({ error, headers }: ErrorTurn, response: ServerResponse): void {
  sendJson(response, error.status, errorBody(error), {
    "request-id": wireId("req"),
    ...headers,
    ...error.headers,
  });
}

async function send(
  turn: AnswerTurn,
  pieces: readonly string[],
  response: ServerResponse,
  signal: AbortSignal,
): Promise<void> {
  const half = Math.max(1, Math.floor(pieces.length / 2));
  for (const [i, piece] of pieces.entries()) {
    if (response.destroyed) return;
    if (i === half) {
      // Not destroy(): the half that was written has to arrive.
      if (turn.cut === true) return void response.socket?.destroySoon();
      if (turn.hangAfterText === true) return;
      if (turn.errorMidStream !== undefined) return void response.end(errorFrame(turn.errorMidStream));
    }
    response.write(piece);
    if (turn.chunkDelayMs !== undefined) await sleep(turn.chunkDelayMs, undefined, { signal });
  }
  response.end();
}

function sendJson(
  response: ServerResponse,
  status: number,
  value: object,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(value));
}
