import { createSdkMcpServer, type Options, tool } from "@anthropic-ai/claude-agent-sdk";
import { argumentShape } from "../../feature-tools/arguments.ts";
import { serverName } from "../../feature-tools/names.ts";
import type { AgentTool } from "../../ports.ts";

/** Onward's own tools as a server in our process: nothing is started, and nothing is reachable from outside. */
export function ownToolServer(tools: readonly AgentTool[]): NonNullable<Options["mcpServers"]> {
  if (tools.length === 0) return {};
  const server = createSdkMcpServer({
    name: serverName,
    // Offered at once, not found by a search: the prompts speak of them.
    alwaysLoad: true,
    // Never first to give up: a claim takes as long as its command may, and the watchdog bounds every tool.
    timeout: longestTimerMs,
    tools: tools.map((own) =>
      tool(own.name, own.description, argumentShape(own), async (input, extra) => {
        const answer = await own.call(input, signalOf(extra));
        return { content: [{ type: "text", text: answer.text }], isError: answer.failed };
      }),
    ),
  });
  return { [serverName]: server };
}

/** Node takes a longer one for none at all. */
const longestTimerMs = 2 ** 31 - 1;

/** The SDK leaves open what it hands over; by the protocol it is told when the agent waits no longer. */
function signalOf(extra: unknown): AbortSignal {
  const { signal } = extra as { readonly signal?: unknown };
  return signal instanceof AbortSignal ? signal : new AbortController().signal;
}
