import type { SessionType } from "../core/session.ts";
import type { ScriptedBlock, ScriptedMessage } from "./scripted-model.ts";

/** What the agent got back for one tool call. */
export interface ToolResult {
  readonly text: string;
  /** It failed, was denied, or never came back. */
  readonly failed: boolean;
}

export interface Conversation {
  readonly sessionType: SessionType;
  /** What the tools answered since the last prompt, in the order of the calls. */
  readonly results: readonly ToolResult[];
}

/**
 * Reads the messages of a model call; null when no prompt of Onward is among them. A conversation that was
 * interrupted and resumed holds several prompts: the last one counts, and the work begins anew from it.
 */
export function readConversation(messages: readonly ScriptedMessage[]): Conversation | null {
  const types = messages.map(sessionTypeOf);
  const start = types.findLastIndex((type) => type !== null);
  const sessionType = types[start] ?? null;
  if (sessionType === null) return null;

  const blocks = messages.slice(start + 1).flatMap(({ content }) => content);
  const answers = new Map(
    blocks.filter(({ type }) => type === "tool_result").map((block) => [block.tool_use_id, answerIn(block)]),
  );
  // Tools that ran side by side answer in any order; the calls' own order is the one that the script knows.
  const calls: readonly ToolUse[] = blocks.filter(({ type }) => type === "tool_use");
  return { sessionType, results: calls.map(({ id }) => answers.get(id) ?? { text: "", failed: true }) };
}

interface ToolUse extends ScriptedBlock {
  readonly id?: string;
}

/** The line with which every prompt of Onward begins. What tools printed is not a prompt. */
function sessionTypeOf({ role, content }: ScriptedMessage): SessionType | null {
  if (role !== "user") return null;
  const type = /^Onward session type: (init|continue)\s*$/m.exec(textOf(content))?.[1];
  return type === "init" || type === "continue" ? type : null;
}

function answerIn({ content, is_error = false }: ScriptedBlock): ToolResult {
  const text = Array.isArray(content) ? textOf(content) : String(content ?? "");
  return { text, failed: is_error };
}

function textOf(blocks: readonly ScriptedBlock[]): string {
  return blocks.flatMap(({ type, text }) => (type === "text" && text !== undefined ? [text] : [])).join("\n");
}
