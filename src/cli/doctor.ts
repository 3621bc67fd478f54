import { styleText } from "node:util";
import { type Check, runChecks } from "./doctor-checks.ts";
import { print, printJson } from "./output.ts";
import { dim, oneLine } from "./text/terminal-text.ts";

/** Answers the exit code: 1 when a run could not start. */
export async function doctorCommand(
  dir: string,
  { config, json }: { readonly config: string | null; readonly json: boolean },
): Promise<number> {
  const checks = await runChecks(dir, config);
  const ok = checks.every((check) => check.status !== "fail");
  if (json) printJson({ ok, checks });
  else print([...checks.flatMap(screen), "", ok ? "A run can start." : "A run could not start."].join("\n"));
  return ok ? 0 : 1;
}

function screen({ name, status, found, remedy }: Check): readonly string[] {
  const line = `${marks[status]()} ${name.padEnd(14)} ${oneLine(found)}`;
  return remedy === null ? [line] : [line, dim(`${" ".repeat(17)}→ ${remedy}`)];
}

const marks: Readonly<Record<Check["status"], () => string>> = {
  ok: () => styleText("green", "✓"),
  warn: () => styleText("yellow", "!"),
  fail: () => styleText("red", "✗"),
};
