/**
 * An agent program that speaks the SDK's protocol on its pipes and floods: `flood-agent.ts <bytes> <line bytes>`.
 * The genuine agent shortens what its tools print long before it could say so much; here it is the manager that
 * is measured. What it says looks like the output of a tool.
 */
import { once } from "node:events";
import { createInterface } from "node:readline";

const [bytes = 0, lineBytes = 0] = process.argv.slice(2, 4).map(Number);
const session_id = crypto.randomUUID();

for await (const line of createInterface({ input: process.stdin })) {
  const message = JSON.parse(line) as { type: string; request_id?: string };
  if (message.type === "control_request") {
    const { request_id } = message;
    // Without these words the SDK refuses it, because our hook must be able to block.
    const response = { hook_on_failure_supported: true, hooks_applied: true };
    await say({ type: "control_response", response: { subtype: "success", request_id, response } });
  } else if (message.type === "user") await flood();
}

async function flood(): Promise<void> {
  await say({
    type: "system",
    subtype: "init",
    cwd: process.cwd(),
    tools: [],
    model: "none",
    mcp_servers: [],
  });
  const output = "src/pages/search.ts: 12 passed, 0 failed, token=unknown; took 31 ms\n";
  const content = output.repeat(Math.ceil(lineBytes / output.length)).slice(0, lineBytes);
  for (let said = 0; said < bytes; said += lineBytes) {
    const tool = { type: "tool_result", tool_use_id: "toolu_0", content };
    await say({ type: "user", message: { role: "user", content: [tool] }, parent_tool_use_id: null });
  }
  const usage = { input_tokens: 1, output_tokens: 1 };
  const figures = {
    total_cost_usd: 0,
    num_turns: 1,
    duration_ms: 1,
    duration_api_ms: 1,
    usage,
    result: "done",
  };
  await say({
    type: "result",
    subtype: "success",
    is_error: false,
    terminal_reason: "completed",
    ...figures,
  });
}

async function say(message: object): Promise<void> {
  const line = `${JSON.stringify({ ...message, session_id, uuid: crypto.randomUUID() })}\n`;
  if (!process.stdout.write(line)) await once(process.stdout, "drain");
}
