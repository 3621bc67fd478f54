import { readFile, realpath, stat } from "node:fs/promises";
import { extname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { OnwardError } from "../core/errors.ts";
import { configFileName } from "../project/paths.ts";
import type { Overrides } from "./config.ts";
import { isWithin } from "./within.ts";

const maxBytes = 1024 * 1024;

/**
 * What a project's configuration file says. `file` names another one, relative to the current directory; null
 * takes the project's own, which may be missing. Throws `config-invalid`.
 */
export async function readConfigFile(dir: string, file: string | null): Promise<Overrides> {
  const path = file === null ? join(dir, configFileName) : resolve(file);
  const content = isCode(path) ? await importOutside(dir, path) : await readJson(path, file !== null);
  if (content === undefined) return {};
  const { parseConfigFile } = await import("./schema.ts");
  const parsed = parseConfigFile(content);
  if (!parsed.ok) {
    throw new OnwardError("config-invalid", `${path}: ${parsed.problem}.`, {
      hint: "`onward config schema` tells every setting, `onward config show` the values that hold.",
    });
  }
  return parsed.overrides;
}

function isCode(path: string): boolean {
  return [".ts", ".mts", ".js", ".mjs", ".cjs", ".cts"].includes(extname(path));
}

/** Nothing that the agent can write may run here, so a program must lie outside of the project (T1). */
async function importOutside(dir: string, path: string): Promise<unknown> {
  const [project, real] = await Promise.all([realpath(dir), realpath(path).catch(() => null)]);
  if (real === null) throw missing(path);
  if (isWithin(project, real)) {
    throw new OnwardError(
      "config-invalid",
      `${path} is a program inside the project, where an agent can change it.`,
      {
        hint: `Move it out of ${project}, or write the settings as data into ${configFileName}.`,
      },
    );
  }
  try {
    const module: { readonly default?: unknown } = await import(pathToFileURL(real).href);
    return module.default;
  } catch (cause) {
    throw new OnwardError("config-invalid", `${path} cannot be run: ${messageOf(cause)}.`, { cause });
  }
}

/** JSON in which comments and trailing commas are allowed; undefined when there is no file and none is needed. */
async function readJson(path: string, needed: boolean): Promise<unknown> {
  let text: string;
  try {
    // A pipe in its place would be waited on for ever.
    const { size } = await stat(path).then((found) =>
      found.isFile() ? found : refuse("it is not a plain file"),
    );
    if (size > maxBytes) refuse(`it is ${size} bytes long`);
    text = await readFile(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") {
      if (needed) throw missing(path);
      return undefined;
    }
    throw new OnwardError("config-invalid", `${path} cannot be read: ${messageOf(error)}.`, { cause: error });
  }
  const { parse, printParseErrorCode } = await import("jsonc-parser");
  const errors: { error: number; offset: number; length: number }[] = [];
  const value: unknown = parse(text.replace(/^\uFEFF/, " "), errors, { allowTrailingComma: true });
  const [first] = errors;
  if (first === undefined) return value;
  const before = text.slice(0, first.offset).split("\n");
  const where = `line ${before.length}, column ${(before.at(-1)?.length ?? 0) + 1}`;
  throw new OnwardError(
    "config-invalid",
    `${path} is not JSON: ${printParseErrorCode(first.error)} at ${where}.`,
    {
      hint: "`onward config init` writes a file to start from.",
    },
  );
}

function refuse(why: string): never {
  throw new Error(why);
}

function missing(path: string): OnwardError {
  return new OnwardError("config-invalid", `The configuration file ${path} does not exist.`, {
    hint: "Name another one with --config, or make one with `onward config init`.",
  });
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
