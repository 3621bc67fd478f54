/** P2.2: every program that may run, by name. */
import type { Run } from "../shell/run.ts";
import { buildTools } from "./build-tools.ts";
import { builtins } from "./builtins.ts";
import { devTools } from "./dev-tools.ts";
import { files } from "./files.ts";
import { judgeGit } from "./git.ts";
import { network } from "./network.ts";
import { nodePrograms } from "./node.ts";
import { npm } from "./npm.ts";
import { processes } from "./processes.ts";
import type { Program, Programs } from "./program.ts";
import { projectBinary } from "./project-scripts.ts";
import { python } from "./python.ts";
import { sandboxed } from "./sandboxed.ts";
import { search } from "./search.ts";
import { system } from "./system.ts";
import { textTools } from "./text.ts";
import { wrappers } from "./wrappers.ts";
import { writers } from "./writers.ts";

const strict: Programs = {
  ...files,
  ...writers,
  ...textTools,
  ...search,
  ...system,
  ...processes,
  ...network,
  ...npm,
  ...nodePrograms,
  ...devTools,
  ...python,
  ...buildTools,
  ...builtins,
  ...wrappers,
  git: { judgeCall: judgeGit },
};

const fromConfiguration = new WeakMap<object, Program>();

export function findProgram(name: string, { profile, extra }: Run): Program | null {
  if (extra.deny?.includes(name)) return null;
  const own =
    extra.programs !== undefined && Object.hasOwn(extra.programs, name) ? extra.programs[name] : undefined;
  if (own !== undefined) {
    const known = fromConfiguration.get(own) ?? { ...own };
    fromConfiguration.set(own, known);
    return known;
  }
  if (profile === "sandboxed" && Object.hasOwn(sandboxed, name)) return sandboxed[name] ?? null;
  if (Object.hasOwn(strict, name)) return strict[name] ?? null;
  return extra.allow?.includes(name) ? projectBinary : null;
}

export function isListed(name: string, run: Run): boolean {
  return findProgram(name, run) !== null;
}

/** For the test that holds every notation to its grammar. */
export const listedPrograms: Programs = { ...strict, ...sandboxed };
