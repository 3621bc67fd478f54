import { once } from "node:events";
import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { StdioServerTransport } from "@modelcontextprotocol/sdk/server/stdio.js";
import type { AgentTool } from "../ports.ts";
import { argumentShape } from "./arguments.ts";
import { serverName } from "./names.ts";

/** Serves the tools on stdin and stdout, on which nothing else may be written, until stdin ends. */
export async function serveOnStdio(tools: readonly AgentTool[], version: string): Promise<void> {
  const server = new McpServer({ name: serverName, version });
  for (const own of tools) {
    const { name, description } = own;
    server.registerTool(name, { description, inputSchema: argumentShape(own) }, async (input, { signal }) => {
      const answer = await own.call(input, signal);
      return { content: [{ type: "text", text: answer.text }], isError: answer.failed };
    });
  }
  const ended = once(process.stdin, "end");
  await server.connect(new StdioServerTransport());
  await ended;
  await server.close();
}
