import { mkdir, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { promptFile } from "../config/prompt-files.ts";
import { OnwardError } from "../core/errors.ts";
import { fileError } from "../project/atomic-write.ts";
import { builtInPrompts } from "../prompts/built-in.ts";
import { promptNames } from "../prompts/templates.ts";

/** `onward prompts init <dir>`: the built-in prompts as files, for a person to make their own of. */
export async function promptsInit(named: string, quiet: boolean): Promise<void> {
  const directory = resolve(named);
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
