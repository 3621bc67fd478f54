import { inspectProject } from "../inspect.ts";
import { print, printJson } from "./output.ts";
import { bold, oneLine } from "./text/terminal-text.ts";

export async function detectCommand(
  dir: string,
  { json, config }: { readonly json: boolean; readonly config: string | null },
): Promise<void> {
  const { sessionType, state, reason } = await inspectProject(dir, { configFile: config });
  if (json) printJson({ sessionType, state, reason });
  else print(`${bold(sessionType)} (${state}): ${oneLine(reason)}`);
}
