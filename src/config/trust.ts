/**
 * A person's word that a project's configuration may do what reaches out of the agent's cage (T1).
 *
 * T1a The record lies outside of every project, and names the project by its real path.
 * T1b It holds for exactly the settings that were accepted: any change of one asks again.
 * T1c What cannot be read was not accepted.
 */
import { createHash } from "node:crypto";
import { mkdir, readFile, realpath, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, isAbsolute, join } from "node:path";
import { atomicWrite } from "../project/atomic-write.ts";
import type { LoadedConfig } from "./load.ts";

/** What the file, and not a flag, says that a person has to accept, one readable line each; usually none. */
export function needsTrust({ config, sources }: LoadedConfig): readonly string[] {
  const lines: string[] = [];
  // `ready` may be an address that Onward itself asks.
  for (const part of ["command", "setup", "ready", "teardown"] as const) {
    const said = config.verify[part];
    if (sources[`verify.${part}`] !== "file" || said === null) continue;
    lines.push(`verify.${part}: ${typeof said === "string" ? said : JSON.stringify(said)}`);
  }
  if (sources.prompts === "file" && config.prompts !== null) lines.push(`prompts: ${config.prompts}`);
  if (sources.sandbox === "file" && config.sandbox === "off") lines.push("sandbox: off");
  for (const part of ["allow", "hosts", "mcpTools"] as const) {
    const names = config.rules[part];
    if (names.length > 0) lines.push(`rules.${part}: ${names.join(", ")}`);
  }
  for (const [name, rule] of Object.entries(config.rules.programs)) {
    lines.push(`rules.programs.${name}: ${JSON.stringify(rule)}`);
  }
  if (sources.guard === "file" && config.guard !== "strict") lines.push(`guard: ${config.guard}`);
  return lines;
}

/** Nothing to accept is always accepted. */
export async function isTrusted(project: string, commands: readonly string[]): Promise<boolean> {
  if (commands.length === 0) return true;
  return (await readRecords()).get(await realpath(project)) === fingerprint(commands);
}

/** Throws `disk` or `directory-not-writable`. */
export async function recordTrust(project: string, commands: readonly string[]): Promise<void> {
  const file = trustFile();
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  // An existing file's mode is kept when it is replaced.
  await writeFile(file, "{}\n", { flag: "wx", mode: 0o600 }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "EEXIST") throw error;
  });
  const records = new Map(await readRecords()).set(await realpath(project), fingerprint(commands));
  await atomicWrite(file, `${JSON.stringify(Object.fromEntries(records), null, 2)}\n`);
}

/** `XDG_STATE_HOME` counts only when it is absolute, as its specification wants it. */
export function trustFile(env: NodeJS.ProcessEnv = process.env): string {
  const state = env.XDG_STATE_HOME ?? "";
  return join(isAbsolute(state) ? state : join(homedir(), ".local", "state"), "onward", "trust.json");
}

async function readRecords(): Promise<ReadonlyMap<string, unknown>> {
  try {
    const records: unknown = JSON.parse(await readFile(trustFile(), "utf8"));
    return new Map(typeof records === "object" && records !== null ? Object.entries(records) : []);
  } catch {
    return new Map();
  }
}

function fingerprint(commands: readonly string[]): string {
  return createHash("sha256").update(JSON.stringify(commands)).digest("hex");
}
