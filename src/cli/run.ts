/** `onward run`: everything that can be said before a session costs anything is said first. */
import { readdir } from "node:fs/promises";
import { driverFor } from "../compose.ts";
import type { Config } from "../config/config.ts";
import { loadConfig } from "../config/load.ts";
import { readPrompts } from "../config/prompt-files.ts";
import { OnwardError } from "../core/errors.ts";
import { inspectProject } from "../inspect.ts";
import { adoptSpec } from "../project/adopt-spec.ts";
import { findRepository } from "../project/repository.ts";
import { readSpec } from "../project/spec.ts";
import { followRun } from "./follow.ts";
import { requireTrust } from "./require-trust.ts";
import type { RunFlags } from "./run-flags.ts";

/** Answers the exit code. Throws what the command line reports as an error. */
export async function runCommand(dir: string, flags: RunFlags): Promise<number> {
  const say = (text: string) => void (flags.quiet || flags.json || process.stderr.write(`${text}\n`));
  const { spec: specFile, ...overrides } = flags.overrides;
  const loaded = await loadConfig({ dir, file: flags.config, flags: overrides });
  await requireTrust(dir, loaded, flags.trustConfig);
  requireSandbox(loaded.config);
  await readPrompts(dir, loaded.config.prompts);

  const inspection = await inspectProject(dir, { configFile: flags.config });
  // A run would refuse a repository in which there is no working tree.
  await findRepository(dir);
  if (flags.dryRun) {
    say(`next: ${inspection.sessionType} (${inspection.reason}); nothing was started`);
    return 0;
  }
  const config = { ...loaded.config, spec: await specToUse(dir, specFile ?? null, loaded.config.spec, say) };
  if (inspection.sessionType === "init") await requireSomethingToDo(dir, config.spec);
  if (inspection.state !== "complete") await driverFor(config, process.env).check();

  const { maxCostUsd, maxIterations, maxDurationMs, maxTokens } = config;
  const capped = [maxCostUsd, maxIterations, maxDurationMs, maxTokens].some((cap) => cap !== null);
  const { exitCode } = await followRun({
    dir,
    config,
    env: process.env,
    json: flags.json,
    quiet: flags.quiet,
    warnUncapped: !capped && inspection.state !== "complete",
  });
  return exitCode;
}

function requireSandbox({ sandbox }: Config): void {
  if (sandbox !== "required") return;
  throw new OnwardError("usage", "This version has no operating-system sandbox for the agent yet.", {
    hint: "Leave --sandbox out and run it in a container, or accept the guard alone with --sandbox auto.",
  });
}

/** A file named on the command line is the person's, relative to where they are; the agent needs it inside. */
async function specToUse(
  dir: string,
  named: string | null,
  configured: string | null,
  say: (text: string) => void,
): Promise<string | null> {
  if (named === null) return configured;
  const { name, copied } = await adoptSpec(dir, named);
  if (copied) say(`copied ${named} to ${name} in the project, where the agent can read it`);
  return name;
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
