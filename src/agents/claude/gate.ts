import type { HookCallback, HookJSONOutput, Options } from "@anthropic-ai/claude-agent-sdk";
import type { Verdict } from "../../guard/verdict.ts";
import type { SessionHost, ToolCall } from "../../ports.ts";

/**
 * Stands around every tool call of a session: no tool runs without the host's verdict (G1), and what the host
 * has to say of what a tool did reaches the model with its result. The permission mode behind it asks a person
 * for everything and there is none, so what would slip past is denied, too.
 */
export interface Gate {
  readonly hooks: NonNullable<Options["hooks"]>;
  /** Calls that the host denied. */
  readonly denials: number;
  /** Whether a tool is running, or about to. */
  readonly busy: boolean;
  /** The call has its result, however it came about. */
  ended(toolUseId: string): void;
  /** From now on the agent ends where the running tools have finished. */
  stopAfterTools(): void;
}

export function toolGate(host: SessionHost): Gate {
  /** Calls without a result yet; true: still undecided, or allowed. */
  const open = new Map<string, boolean>();
  let denials = 0;
  let stopping = false;

  const beforeTool: HookCallback = async (input, _id, { signal }) => {
    if (input.hook_event_name !== "PreToolUse") return {};
    const { tool_use_id: id, tool_name: tool, cwd } = input;
    const call: ToolCall = { tool, input: inputOf(input), cwd };
    host.event({ type: "tool-started", id, tool, input: call.input });
    open.set(id, true);
    const verdict = await verdictOf(host, call, signal);
    host.event({ type: "tool-decided", id, tool, verdict });
    if (verdict.allow) return answer("allow");
    denials += 1;
    open.set(id, false);
    return answer("deny", verdict.reason);
  };

  const afterTool: HookCallback = async (input) => {
    const event = input.hook_event_name;
    if (event !== "PostToolUse" && event !== "PostToolUseFailure") return {};
    const { tool_name: tool, cwd } = input;
    const additionalContext = await host.afterTool({ tool, input: inputOf(input), cwd });
    return additionalContext === null
      ? {}
      : { hookSpecificOutput: { hookEventName: event, additionalContext } };
  };

  // Fires once for all tools that the model called together, whatever became of them. `continue: false` from
  // the hooks after a single tool is not obeyed when that tool failed.
  const afterTools: HookCallback = async () =>
    stopping ? { continue: false, stopReason: "Onward stops the session here." } : {};

  return {
    hooks: {
      PreToolUse: [{ hooks: [beforeTool], onFailure: "block" }],
      PostToolUse: [{ hooks: [afterTool] }],
      PostToolUseFailure: [{ hooks: [afterTool] }],
      PostToolBatch: [{ hooks: [afterTools] }],
    },
    get denials() {
      return denials;
    },
    get busy() {
      return open.values().some((running) => running);
    },
    ended(id) {
      if (open.delete(id)) host.event({ type: "tool-ended", id });
    },
    stopAfterTools() {
      stopping = true;
    },
  };
}

function inputOf(hook: { readonly tool_input: unknown }): ToolCall["input"] {
  return (hook.tool_input ?? {}) as ToolCall["input"];
}

/** A guard that needs longer is as good as none. */
const decisionMs = 1000;

async function verdictOf(host: SessionHost, call: ToolCall, signal: AbortSignal): Promise<Verdict> {
  const outOfTime = AbortSignal.timeout(decisionMs);
  const { promise: late, reject } = Promise.withResolvers<never>();
  outOfTime.addEventListener("abort", () => reject(new Error(`no verdict within ${decisionMs} ms`)), {
    once: true,
  });
  try {
    return await Promise.race([host.decide(call, AbortSignal.any([signal, outOfTime])), late]);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    const reason = `The guard could not decide on this call, so it was not run (${why}). Try a simpler command.`;
    return { allow: false, rule: "G1", offending: call.tool, reason };
  }
}

function answer(permissionDecision: "allow" | "deny", reason?: string): HookJSONOutput {
  return {
    hookSpecificOutput: {
      hookEventName: "PreToolUse",
      permissionDecision,
      ...(reason === undefined ? {} : { permissionDecisionReason: reason }),
    },
  };
}
