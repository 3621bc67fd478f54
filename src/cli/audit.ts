import { styleText } from "node:util";
import { type AuditEntry, type AuditFilter, readAudit } from "../guard/audit.ts";
import { requireDirectory } from "../inspect.ts";
import { statePaths } from "../project/paths.ts";
import { print } from "./output.ts";
import { dim, oneLine } from "./text/terminal-text.ts";

/** `onward audit`: what the guard decided, oldest first; one line each, or one JSON object a line. */
export async function auditCommand(
  dir: string,
  filter: AuditFilter,
  { json }: { json: boolean },
): Promise<void> {
  await requireDirectory(dir);
  for await (const entry of readAudit(statePaths(dir).audit, filter)) {
    if (json) print(JSON.stringify(entry));
    else print(lineOf(entry));
  }
}

function lineOf({ at, session, tool, input, allow, rule, reason }: AuditEntry): string {
  const verdict = allow ? styleText("green", "allowed") : styleText("red", "denied ");
  const call = `${tool} ${oneLine(subjectOf(input)).slice(0, 100)}`;
  const why = allow ? "" : `\n  ${rule}: ${oneLine(reason)}`;
  return `${dim(at)} ${dim(`#${session}`)} ${verdict} ${call}${why}`;
}

function subjectOf(input: unknown): string {
  if (typeof input !== "object" || input === null) return String(input);
  const { command, file_path: file, pattern, url } = input as Readonly<Record<string, unknown>>;
  const subject = command ?? file ?? pattern ?? url;
  return typeof subject === "string" ? subject : JSON.stringify(input);
}
