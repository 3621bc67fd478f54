/** The specification as a path inside the project, where the agent may read it. */
import { constants, copyFile, readFile, stat } from "node:fs/promises";
import { join, relative, resolve } from "node:path";
import { OnwardError } from "../core/errors.ts";
import { fileError } from "./atomic-write.ts";
import { readSpec, specNames } from "./spec.ts";

export interface SpecPlan {
  /** Relative to the project. */
  readonly name: string;
  /** Absolute; where the file has to be copied from first, null when it is there. */
  readonly from: string | null;
}

/**
 * What would become of a specification that a person names: one from elsewhere is copied to `app_spec.txt` once.
 * Changes nothing. Throws `spec-missing` when it does not exist or cannot be one, and `usage` when another one is
 * already there, which is never overwritten.
 */
export async function planSpec(dir: string, specFile: string): Promise<SpecPlan> {
  const source = resolve(specFile);
  await stat(source).catch((cause: unknown) => {
    throw new OnwardError("spec-missing", `The specification ${source} does not exist.`, {
      hint: "Check the path given with --spec; it is relative to the directory that you are in.",
      cause,
    });
  });
  await readSpec(dir, source);
  const inside = relative(dir, source);
  if (!inside.startsWith("..")) return { name: inside, from: null };

  const target = join(dir, specName);
  const present = await readFile(target).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return null;
    throw fileError(target, error, "read");
  });
  if (present === null) return { name: specName, from: source };
  if (present.equals(await readFile(source))) return { name: specName, from: null };
  throw new OnwardError("usage", `${target} exists and differs from ${source}.`, {
    hint: `Remove one of them, or edit ${specName} in the project and leave --spec out.`,
  });
}

/** Throws `disk`, `directory-not-writable`, and `usage` when another one has come there since. */
export async function adoptSpec(dir: string, { name, from }: SpecPlan): Promise<void> {
  if (from === null) return;
  const target = join(dir, name);
  try {
    await copyFile(from, target, constants.COPYFILE_EXCL);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw fileError(target, error);
    await planSpec(dir, from);
  }
}

const specName = specNames[0] ?? "app_spec.txt";
