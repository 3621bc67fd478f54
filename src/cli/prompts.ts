import { existsSync } from "node:fs";
import { mkdir, realpath, writeFile } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { promptFile } from "../config/prompt-files.ts";
import { OnwardError } from "../core/errors.ts";
import { fileError } from "../project/atomic-write.ts";
import { configFileName, featureListName, stateDirectoryName } from "../project/paths.ts";
import { specNames } from "../project/spec.ts";
import { builtInPrompts } from "../prompts/built-in.ts";
import { promptNames } from "../prompts/templates.ts";

/**
 * `onward prompts init <dir>`: the built-in prompts as files, for a person to make their own of. Throws `usage` in
 * a project, where no run would take them.
 */
export async function promptsInit(named: string, quiet: boolean): Promise<void> {
  const directory = resolve(named);
  const project = await projectAround(directory);
  if (project !== null) throw reachable(directory, project);
  await mkdir(directory, { recursive: true }).catch((error: unknown) => {
    throw fileError(directory, error);
  });
  for (const name of promptNames) await writeNew(join(directory, promptFile(name)), builtInPrompts[name]);
  if (!quiet) {
    process.stderr.write(
      `wrote ${promptNames.length} prompts to ${directory}; remove those that you do not change, and say --prompts ${named}\n`,
    );
  }
}

/** The project that the directory lies in, or would; by its real path. null: in none. */
async function projectAround(directory: string): Promise<string | null> {
  const real = await realpath(directory).catch(() => null);
  const signs = [stateDirectoryName, featureListName, configFileName, ...specNames];
  if (real !== null && signs.some((name) => existsSync(join(real, name)))) return real;
  const parent = dirname(real ?? directory);
  return parent === (real ?? directory) ? null : projectAround(parent);
}

function reachable(directory: string, project: string): OnwardError {
  return new OnwardError(
    "usage",
    `${directory} lies in the project ${project}, where the agent could change it.`,
    {
      hint: `Prompts lie outside, for example: onward prompts init ${join(dirname(project), `${basename(project)}-prompts`)}`,
    },
  );
}

async function writeNew(file: string, text: string): Promise<void> {
  try {
    await writeFile(file, text, { flag: "wx" });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw fileError(file, error);
    throw new OnwardError("usage", `${file} exists already.`, {
      hint: "Name another directory, or remove it to get the built-in one.",
    });
  }
}
