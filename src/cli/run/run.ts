/** `onward run`: everything that can be said before a session costs anything is said first. */
import { readdir } from "node:fs/promises";
import { driverFor, requireProject } from "../../compose.ts";
import type { Config } from "../../config/config.ts";
import { loadConfig } from "../../config/load.ts";
import { readPrompts } from "../../config/prompt-files.ts";
import { OnwardError } from "../../core/errors.ts";
import { type Inspection, inspectProject, requireDirectory } from "../../inspect.ts";
import { adoptSpec, planSpec } from "../../project/adopt-spec.ts";
import { readSpec } from "../../project/spec.ts";
import { print } from "../output.ts";
import { requireTrust } from "../require-trust.ts";
import { oneLine } from "../text/terminal-text.ts";
import { followRun } from "./follow.ts";
import type { RunFlags } from "./run-flags.ts";

/** Answers the exit code. Throws what the command line reports as an error. */
export async function runCommand(dir: string, flags: RunFlags): Promise<number> {
  const { json, quiet, dryRun } = flags;
  const say = (text: string) => void (quiet || process.stderr.write(`${text}\n`));
  await requireDirectory(dir);
  const { spec: named = null, ...overrides } = flags.overrides;
  const loaded = await loadConfig({ dir, file: flags.config, flags: overrides });
  // What is accepted is recorded, and a dry run records nothing.
  if (!dryRun || !flags.trustConfig) await requireTrust(dir, loaded, flags.trustConfig);
  requireSandbox(loaded.config);
  await readPrompts(dir, loaded.config.prompts);

  const inspection = await inspectProject(dir, { configFile: flags.config });
  await requireProject(dir);
  // A file named on the command line is the person's, relative to where they are; the agent needs it inside.
  const plan = named === null ? null : await planSpec(dir, named);
  const config = plan === null ? loaded.config : { ...loaded.config, spec: plan.name };
  if (inspection.sessionType === "init" && plan === null) await requireSomethingToDo(dir, config.spec);
  if (inspection.state !== "complete") await driverFor(config, process.env).check();
  if (dryRun) {
    foretell(inspection, json);
    return 0;
  }
  if (plan !== null) await adoptSpec(dir, plan);
  if (plan?.from != null) say(`copied ${named} to ${plan.name} in the project, where the agent can read it`);

  const { maxCostUsd, maxIterations, maxDurationMs, maxTokens } = config;
  const capped = [maxCostUsd, maxIterations, maxDurationMs, maxTokens].some((cap) => cap !== null);
  const warnUncapped = !capped && inspection.state !== "complete";
  const { exitCode } = await followRun({ dir, config, env: process.env, json, quiet, warnUncapped });
  return exitCode;
}

function foretell({ sessionType, state, reason }: Inspection, json: boolean): void {
  if (json) print(JSON.stringify({ sessionType, state, reason }));
  else print(`next: ${sessionType} (${oneLine(reason)}); nothing was started`);
}

function requireSandbox({ sandbox }: Config): void {
  if (sandbox !== "required") return;
  throw new OnwardError("usage", "This version has no operating-system sandbox for the agent yet.", {
    hint: "Leave --sandbox out and run it in a container, or accept the guard alone with --sandbox auto.",
  });
}

/** An empty directory without a specification gives an agent nothing to go on. */
async function requireSomethingToDo(dir: string, spec: string | null): Promise<void> {
  try {
    await readSpec(dir, spec);
  } catch (error) {
    const missing = error instanceof OnwardError && error.code === "spec-missing";
    if (!missing || spec !== null || (await isEmpty(dir))) throw error;
  }
}

async function isEmpty(dir: string): Promise<boolean> {
  const ours = new Set([".git", ".gitignore", ".onward", "onward.config.json"]);
  return (await readdir(dir)).every((name) => ours.has(name));
}
