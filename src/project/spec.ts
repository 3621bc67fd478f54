import { readFile, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { OnwardError } from "../core/errors.ts";

export interface Spec {
  /** Absolute. */
  readonly path: string;
  readonly text: string;
}

/** Looked for in this order when none is named. */
export const specNames: readonly string[] = ["app_spec.txt", "SPEC.md", "spec.md"];

/** It becomes part of the first prompt, and must leave room for the work. */
const maxSpecBytes = 512 * 1024;

/**
 * The specification: `specFile` (relative to `dir`), or the first of the default names. Throws `spec-missing`
 * when there is none, or when it is empty, too large or no text.
 */
export async function readSpec(dir: string, specFile: string | null): Promise<Spec> {
  const path = specFile === null ? await defaultSpec(dir) : resolve(dir, specFile);
  let bytes: Buffer;
  try {
    const found = await stat(path);
    // A pipe in its place would be waited on for ever.
    if (!found.isFile()) throw unusable(path, "is not a plain file");
    const { size } = found;
    if (size > maxSpecBytes)
      throw unusable(path, `is ${size} bytes long; at most ${maxSpecBytes} fit a prompt`);
    bytes = await readFile(path);
  } catch (error) {
    if (error instanceof OnwardError) throw error;
    const { code } = error as NodeJS.ErrnoException;
    throw unusable(path, code === "ENOENT" ? "does not exist" : `cannot be read (${code})`, error);
  }
  const text = bytes.toString("utf8").replace(/^\uFEFF/, "");
  if (text.includes("\0")) throw unusable(path, "is not a text");
  if (text.trim() === "") throw unusable(path, "is empty");
  return { path, text };
}

async function defaultSpec(dir: string): Promise<string> {
  for (const name of specNames) {
    const found = await stat(join(dir, name)).catch(() => null);
    if (found !== null) return join(dir, name);
  }
  throw new OnwardError("spec-missing", `There is no specification in ${dir} (${specNames.join(", ")}).`, {
    hint: example,
  });
}

const example =
  "Write what you want into app_spec.txt, for example: " +
  '"A command-line to-do list in Python: add, list and finish tasks, kept in a JSON file, with tests." ' +
  "Or name a file with --spec.";

function unusable(path: string, why: string, cause?: unknown): OnwardError {
  return new OnwardError("spec-missing", `The specification ${path} ${why}.`, { hint: example, cause });
}
