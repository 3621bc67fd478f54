import { constants, copyFile, readFile, stat } from "node:fs/promises";
import { join, relative, resolve } from "node:path";
import { OnwardError } from "../core/errors.ts";
import { fileError } from "./atomic-write.ts";
import { specNames } from "./spec.ts";

/**
 * The specification as a path inside the project, where the agent may read it: a file from elsewhere is copied
 * to `app_spec.txt` once. Never overwrites; throws `usage` when another specification is already there, and
 * `spec-missing` when the file does not exist.
 */
export async function adoptSpec(dir: string, specFile: string): Promise<{ name: string; copied: boolean }> {
  const source = resolve(specFile);
  await stat(source).catch((cause: unknown) => {
    throw new OnwardError("spec-missing", `The specification ${source} does not exist.`, {
      hint: "Check the path given with --spec; it is relative to the directory that you are in.",
      cause,
    });
  });
  const inside = relative(dir, source);
  if (!inside.startsWith("..") && inside !== "") return { name: inside, copied: false };

  const name = specNames[0] ?? "app_spec.txt";
  const target = join(dir, name);
  try {
    await copyFile(source, target, constants.COPYFILE_EXCL);
    return { name, copied: true };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw fileError(target, error);
  }
  const [given, present] = await Promise.all([readFile(source), readFile(target)]);
  if (given.equals(present)) return { name, copied: false };
  throw new OnwardError("usage", `${target} exists and differs from ${source}.`, {
    hint: `Remove one of them, or edit ${name} in the project and leave --spec out.`,
  });
}
