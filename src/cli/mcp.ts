import { serveOnStdio } from "../feature-tools/stdio-server.ts";
import { featureTools } from "../feature-tools/tools.ts";
import { requireDirectory } from "../inspect.ts";
import { markerVariable } from "../processes/table.ts";
import { remoteBoard } from "./mcp-board.ts";

/** Until the client closes stdin. Throws `directory-missing`. */
export async function mcpCommand(dir: string, version: string): Promise<void> {
  await requireDirectory(dir);
  const marker = process.env[markerVariable] ?? null;
  await serveOnStdio(featureTools(remoteBoard(dir, marker)), version);
}
