/**
 * A person's own prompts: files of a directory, each in place of the built-in one of its name. What a session is
 * told decides what it does, so nothing that the agent can write may be among them (T1): neither the directory
 * nor a file of it may lie where the agent works, whoever named it.
 */
import { readdir, readFile, realpath, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { OnwardError } from "../core/errors.ts";
import { scratchPath } from "../project/scratch.ts";
import { builtInPrompts } from "../prompts/built-in.ts";
import {
  type PromptName,
  type PromptSet,
  placeholders,
  promptNames,
  unknownPlaceholders,
} from "../prompts/templates.ts";
import { nearest } from "./suggest.ts";
import { isWithin } from "./within.ts";

export interface LoadedPrompts {
  readonly prompts: PromptSet;
  /** The file that each is from, absolute; null: built in. */
  readonly files: Readonly<Record<PromptName, string | null>>;
}

const extension = ".md";
/** It is a part of every session's context. */
const maxBytes = 32 * 1024;

export function promptFile(name: PromptName): string {
  return name + extension;
}

/** `directory`: relative to the project; null: the built-in ones. Throws `config-invalid`. */
export async function readPrompts(project: string, directory: string | null): Promise<LoadedPrompts> {
  const own = directory === null ? [] : await readDirectory(project, resolve(project, directory));
  const files = new Map(own.map(({ name, file }) => [name, file]));
  return {
    prompts: { ...builtInPrompts, ...Object.fromEntries(own.map(({ name, text }) => [name, text])) },
    files: Object.fromEntries(promptNames.map((name) => [name, files.get(name) ?? null])) as Record<
      PromptName,
      string | null
    >,
  };
}

interface OwnPrompt {
  readonly name: PromptName;
  readonly file: string;
  readonly text: string;
}

async function readDirectory(project: string, path: string): Promise<readonly OwnPrompt[]> {
  const real = await realpath(path).catch(() => null);
  if (real === null) throw invalid(`The prompts directory ${path} does not exist`, writeThem(path));
  if (!(await stat(real)).isDirectory()) throw invalid(`${path} is not a directory`, writeThem(path));
  const reach = [resolve(project), await realpath(project), await scratchPath(project)];
  requireOutside(reach, [path, real]);
  const names = (await readdir(real)).filter((name) => !name.startsWith(".") && name !== "README.md").sort();
  return Promise.all(names.map((name) => readOne(join(real, name), knownName(real, name), reach)));
}

async function readOne(file: string, name: PromptName, reach: readonly string[]): Promise<OwnPrompt> {
  const real = await realpath(file).catch(() => null);
  // A pipe in its place would be waited on for ever.
  if (real === null || !(await stat(real)).isFile()) throw invalid(`${file} is not a plain file`);
  requireOutside(reach, [real]);
  const bytes = await readFile(real).catch((cause: unknown) => {
    throw invalid(`${file} cannot be read: ${cause instanceof Error ? cause.message : cause}`);
  });
  if (bytes.length > maxBytes)
    throw invalid(`${file} is ${bytes.length} bytes long; at most ${maxBytes} may be`);
  const text = bytes.toString("utf8").replace(/^\uFEFF/, "");
  if (text.trim() === "") {
    throw invalid(`${file} is empty`, "Remove it to get the built-in prompt, or write one.");
  }
  const [unknown] = unknownPlaceholders(text);
  if (unknown === undefined) return { name, file, text };
  const known = placeholders.map((placeholder) => `{{${placeholder}}}`).join(", ");
  throw invalid(
    `${file} has the placeholder {{${unknown}}}, which there is not${meant(nearest(unknown, placeholders), (word) => `{{${word}}}`)}`,
    `There are ${known}.`,
  );
}

function knownName(directory: string, found: string): PromptName {
  const name = promptNames.find((known) => promptFile(known) === found);
  if (name !== undefined) return name;
  const files = promptNames.map(promptFile);
  throw invalid(
    `${join(directory, found)} is no prompt of Onward's${meant(nearest(found, files), (word) => word)}`,
    `There are ${files.join(", ")}.`,
  );
}

function requireOutside(reach: readonly string[], paths: readonly string[]): void {
  const inside = paths.find((path) => reach.some((directory) => isWithin(directory, path)));
  if (inside === undefined) return;
  throw invalid(
    `The prompts in ${inside} lie where the agent works, and could be changed by it`,
    "Move them out of the project.",
  );
}

function meant(word: string | null, shown: (word: string) => string): string {
  return word === null ? "" : ` (did you mean ${shown(word)}?)`;
}

function writeThem(path: string): string {
  return `\`onward prompts init ${path}\` writes the built-in ones there, to start from.`;
}

function invalid(problem: string, hint?: string): OnwardError {
  return new OnwardError("config-invalid", `${problem}.`, hint === undefined ? {} : { hint });
}
