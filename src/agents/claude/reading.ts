import type { SDKMessage, SDKRateLimitInfo, SDKResultMessage } from "@anthropic-ai/claude-agent-sdk";
import { addUsage, noUsage, type Usage } from "../../core/session.ts";
import type { SessionHost } from "../../ports.ts";
import type { Answer, Evidence } from "./classify.ts";

/**
 * Folds the agent's messages into what the loop wants to know of a session. Messages and fields that it does
 * not know are passed over: the agent's newer versions add some with every release.
 */
export interface Reading {
  read(message: SDKMessage): void;
  /** Model calls answered so far. */
  readonly turns: number;
  /** The agent's own count where it gave one, else that of the answers seen. */
  readonly usage: Usage;
  readonly cumulativeCostUsd: number | null;
  /** Of this session alone; null where the agent does not tell. */
  readonly costUsd: number | null;
  readonly answer: Answer | null;
  readonly limit: Evidence["limit"];
  /** The agent asked again for the answer that it did not get in the end. */
  readonly retried: boolean;
}

export interface ReadingListener {
  toolEnded(toolUseId: string): void;
  /** The API keeps refusing the credentials; the agent would go on trying for minutes. */
  unauthorised(): void;
  /** The agent has compacted its context. */
  compacted(): void;
  /** The agent has said its last word. */
  answered(): void;
}

export function readConversation(host: SessionHost, listener: ReadingListener): Reading {
  let up = false;
  let turns = 0;
  let seen = noUsage;
  let reported: Usage | null = null;
  let cumulativeCostUsd: number | null = null;
  let costUsd: number | null = null;
  let answer: Answer | null = null;
  let limit: Evidence["limit"] = null;
  let errorKind: string | null = null;
  let retried = false;
  /** The model call that is being answered. */
  let current: { readonly id: string; usage: Usage; text: string } | null = null;
  /** Subagents answer one another in between; their messages come whole, one for each block. */
  const counted = new Set<string>();

  function count(id: string, usage: Usage, text: string): void {
    if (counted.has(id)) return;
    counted.add(id);
    // It has got over the error it spoke of before.
    errorKind = null;
    retried = false;
    turns += 1;
    seen = addUsage(seen, usage);
    host.event({ type: "turn", turn: turns, usage, text });
  }

  function finishCurrent(): void {
    if (current !== null) count(current.id, current.usage, current.text);
    current = null;
  }

  function readStream({ event }: Extract<SDKMessage, { type: "stream_event" }>): void {
    host.event({ type: "alive" });
    switch (event.type) {
      case "message_start":
        // What was open before was cut and is asked again: not an answer.
        current = { id: event.message.id, usage: usageOf(event.message.usage), text: "" };
        break;
      case "message_delta":
        if (current !== null) current.usage = usageOf(event.usage, current.usage);
        break;
      case "message_stop":
        finishCurrent();
        break;
      default:
    }
  }

  function readAssistant({
    message,
    parent_tool_use_id,
    error,
  }: Extract<SDKMessage, { type: "assistant" }>): void {
    // What the agent says in the model's place, such as an API error, is marked by the name of its model.
    if (message.model === "<synthetic>") {
      if (parent_tool_use_id === null) errorKind = error ?? null;
      host.event({ type: "alive" });
      return;
    }
    const text = message.content.map((block) => (block.type === "text" ? block.text : "")).join("");
    if (parent_tool_use_id === null && text.trim() !== "") host.event({ type: "said", text });
    if (parent_tool_use_id === null && current?.id === message.id) current.text += text;
    else count(message.id, usageOf(message.usage), text);
  }

  function readSystem(message: Extract<SDKMessage, { type: "system" }>): void {
    switch (message.subtype) {
      case "init":
        if (!up) host.event({ type: "up" });
        up = true;
        break;
      case "api_retry": {
        const { attempt, error_status: status, retry_delay_ms: delayMs } = message;
        host.event({ type: "retry", attempt, status, delayMs });
        retried = true;
        // Not the first time: a login renews an expired token then, and goes on.
        if ((status === 401 || status === 403) && attempt > 1) listener.unauthorised();
        break;
      }
      case "compact_boundary":
        listener.compacted();
        break;
      default:
        host.event({ type: "alive" });
    }
  }

  function readLimit(info: SDKRateLimitInfo & UndeclaredWindows): void {
    const switchedOff = info.overageDisabledReason ?? null;
    limit = info.status === "rejected" ? { resetsAt: epochMs(info.resetsAt), switchedOff } : null;
    // The figure of its own comes with the server's warning only; those of the windows, with every answer.
    const windows = [info, ...Object.values(info.unifiedWindows ?? {})].flatMap(
      ({ utilization, resetsAt }) =>
        utilization === undefined ? [] : [{ used: utilization, resetsAt: epochMs(resetsAt) }],
    );
    const fullest = windows.toSorted((a, b) => b.used - a.used)[0];
    host.event(fullest === undefined ? { type: "alive" } : { type: "utilization", ...fullest });
  }

  function readResult(message: SDKResultMessage & UndeclaredResultFields): void {
    current = null;
    cumulativeCostUsd = up ? message.total_cost_usd : null;
    const models = Object.values(message.model_usage_since_last_result ?? {});
    if (message.model_usage_since_last_result !== undefined) {
      reported = models.map(modelUsage).reduce(addUsage, reported ?? noUsage);
      costUsd = models.reduce((sum, model) => sum + model.costUSD, costUsd ?? 0);
    }
    answer = {
      subtype: message.subtype,
      isError: message.is_error,
      terminalReason: message.terminal_reason ?? null,
      stopReason: message.stop_reason,
      apiStatus: ("api_error_status" in message ? message.api_error_status : null) ?? null,
      apiErrorType: message.api_error_type ?? null,
      errorKinds: [errorKind, message.api_error ?? null].filter((kind) => kind !== null),
      text: message.subtype === "success" ? message.result : message.errors.join(" "),
    };
    // What a person said meanwhile is still to be answered.
    if ((message.queued_turn_count ?? 0) === 0) listener.answered();
  }

  return {
    read(message) {
      if (!noise.has(message.type)) host.transcript(JSON.stringify(message));
      switch (message.type) {
        case "stream_event":
          return readStream(message);
        case "assistant":
          return readAssistant(message);
        case "system":
          return readSystem(message);
        case "rate_limit_event":
          return readLimit(message.rate_limit_info);
        case "result":
          return readResult(message);
        case "user":
          for (const id of toolResults(message.message.content)) listener.toolEnded(id);
          return host.event({ type: "alive" });
        default:
          return host.event({ type: "alive" });
      }
    },
    get turns() {
      return turns;
    },
    get usage() {
      return reported ?? seen;
    },
    get cumulativeCostUsd() {
      return cumulativeCostUsd;
    },
    get costUsd() {
      return costUsd;
    },
    get answer() {
      return answer;
    },
    get limit() {
      return limit;
    },
    get retried() {
      return retried;
    },
  };
}

/** Not worth keeping: said again as a whole, or only signs of life. */
const noise: ReadonlySet<string> = new Set(["stream_event", "keep_alive", "tool_progress"]);

/** On the wire since 2.1.330, not in the SDK's types. */
interface UndeclaredResultFields {
  readonly api_error?: string;
  readonly api_error_type?: string;
  /** Of all models, subagents included, and of this process alone: `modelUsage` goes on from a resumed one. */
  readonly model_usage_since_last_result?: Readonly<Record<string, ModelCount>>;
}

/** On the wire since 2.1.330, not in the SDK's types: `five_hour`, `seven_day` and others. */
interface UndeclaredWindows {
  readonly unifiedWindows?: Readonly<
    Record<string, { readonly utilization?: number; readonly resetsAt?: number }>
  >;
}

function epochMs(seconds: number | undefined): number | null {
  return seconds === undefined ? null : seconds * 1000;
}

interface ModelCount {
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly cacheReadInputTokens: number;
  readonly cacheCreationInputTokens: number;
  readonly costUSD: number;
}

function modelUsage(count: ModelCount): Usage {
  return {
    inputTokens: count.inputTokens,
    outputTokens: count.outputTokens,
    cacheReadTokens: count.cacheReadInputTokens,
    cacheWriteTokens: count.cacheCreationInputTokens,
  };
}

interface WireUsage {
  readonly input_tokens: number | null;
  readonly output_tokens: number | null;
  readonly cache_read_input_tokens: number | null;
  readonly cache_creation_input_tokens: number | null;
}

/** The figures are cumulative within a call; the ones left out have not changed. */
function usageOf(wire: Partial<WireUsage>, before: Usage = noUsage): Usage {
  return {
    inputTokens: wire.input_tokens ?? before.inputTokens,
    outputTokens: wire.output_tokens ?? before.outputTokens,
    cacheReadTokens: wire.cache_read_input_tokens ?? before.cacheReadTokens,
    cacheWriteTokens: wire.cache_creation_input_tokens ?? before.cacheWriteTokens,
  };
}

function toolResults(content: string | readonly { readonly type: string }[]): readonly string[] {
  if (typeof content === "string") return [];
  return content.flatMap((block) =>
    block.type === "tool_result" && "tool_use_id" in block ? [String(block.tool_use_id)] : [],
  );
}
