/**
 * Reads and writes `feature_list.json`. The file is other people's: its bytes survive around our own edits
 * (F4), and what cannot be understood is told with its position, never taken for an empty list.
 */
import { isUtf8 } from "node:buffer";
import { closeSync, constants, fstatSync, lstatSync, openSync, readFileSync, renameSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { parseFeatures } from "../../core/feature-parsing.ts";
import type { Feature } from "../../core/features.ts";
import { atomicWrite, fileError } from "../atomic-write.ts";
import { featureListName } from "../paths.ts";

export type ListState =
  | { readonly type: "absent" }
  /** `text` holds the file's exact content, a byte order mark included. */
  | { readonly type: "valid"; readonly text: string; readonly features: readonly Feature[] }
  /** Something is there that is no feature list. `problem`: a sentence without subject ("is not JSON: …"). */
  | { readonly type: "damaged"; readonly problem: string };

/** Far above any list that a person would call one; keeps a runaway file from filling the memory. */
export const maxListBytes = 64 * 1024 * 1024;

/**
 * Throws `disk` when the system fails to read it: that says nothing about the list, which must not be taken for
 * damaged and replaced by an older one then.
 */
export async function readFeatureList(dir: string): Promise<ListState> {
  const read = await readListText(dir);
  return read.type === "text" ? parseListText(read.text) : read;
}

/** The file as a text, whatever it says. Throws as above. */
export async function readListText(
  dir: string,
): Promise<Exclude<ListState, { type: "valid" }> | { readonly type: "text"; readonly text: string }> {
  const path = join(dir, featureListName);
  let file: number | null = null;
  try {
    // O_NOFOLLOW: a link could lead out of the project. O_NONBLOCK: a pipe would wait for a writer for ever.
    file = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    const found = fstatSync(file);
    if (!found.isFile()) return damaged("is not a plain file");
    if (found.size > maxListBytes)
      return damaged(`is ${found.size} bytes long; at most ${maxListBytes} are read`);
    return decoded(readFileSync(file));
  } catch (error) {
    const { code = "" } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") return { type: "absent" };
    const made = madeSo.get(code);
    if (made === undefined) throw fileError(path, error, "read");
    return damaged(made);
  } finally {
    if (file !== null) closeSync(file);
  }
}

/** What an agent or a person can have made of the file, by what opening it then says. */
const madeSo: ReadonlyMap<string, string> = new Map([
  ["ELOOP", "is a symbolic link; it must be a plain file"],
  ["ENXIO", "is not a plain file"],
  ["EACCES", "cannot be read (EACCES)"],
  ["EPERM", "cannot be read (EPERM)"],
]);

/** The same judgement for bytes that are already at hand: a snapshot, an older commit. */
export function parseListBytes(bytes: Uint8Array): ListState {
  const read = decoded(bytes);
  return read.type === "text" ? parseListText(read.text) : read;
}

function decoded(bytes: Uint8Array) {
  if (!isUtf8(bytes))
    return damaged(`is not UTF-8 text: the first wrong byte is at position ${firstBadByte(bytes)}`);
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8");
  return { type: "text", text } as const;
}

/** Between two sessions the same text is looked at ten times. Nobody changes what was read of it. */
let lastParsed: { readonly text: string; readonly list: ListState } | null = null;

export function parseListText(text: string): ListState {
  if (lastParsed?.text !== text) lastParsed = { text, list: parsed(text) };
  return lastParsed.list;
}

function parsed(text: string): ListState {
  const json = text.startsWith(byteOrderMark) ? text.slice(1) : text;
  if (json.trim() === "") return damaged("is empty");
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (error) {
    return damaged(`is not JSON: ${syntaxProblem(text, json, error)}`);
  }
  const found = parseFeatures(value);
  return found.ok
    ? { type: "valid", text, features: found.features }
    : damaged(`is no feature list: ${found.problem}${found.index === null ? "" : lineOf(text, found.index)}`);
}

/** Atomic (F4). A directory in the file's place is moved aside, never deleted. */
export async function writeFeatureList(dir: string, text: string): Promise<void> {
  const path = join(dir, featureListName);
  try {
    const found = lstatSync(path, { throwIfNoEntry: false });
    if (found?.isDirectory() === true) renameSync(path, `${path}.moved-aside-${Date.now()}`);
  } catch (error) {
    throw fileError(path, error);
  }
  await atomicWrite(path, text);
}

const byteOrderMark = "\uFEFF";

function damaged(problem: string): Extract<ListState, { type: "damaged" }> {
  return { type: "damaged", problem };
}

/** Where decoding and encoding again first gives something else. */
function firstBadByte(bytes: Uint8Array): number {
  const again = Buffer.from(new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes));
  const differs = bytes.findIndex((byte, index) => byte !== again[index]);
  return differs === -1 ? bytes.length : differs;
}

/** Where an element begins; "" where that is nested deeper than the parser's stack. */
function lineOf(text: string, index: number): string {
  const { findNodeAtLocation, parseTree } = tolerantParser();
  try {
    const root = parseTree(text.startsWith(byteOrderMark) ? text.slice(1) : text);
    const path = root?.type === "object" ? ["features", index] : [index];
    const element = root === undefined ? undefined : findNodeAtLocation(root, path);
    return element === undefined ? "" : ` (line ${text.slice(0, element.offset).split("\n").length})`;
  } catch {
    return "";
  }
}

/** `JSON.parse` does not always tell where; the tolerant parser does. */
function syntaxProblem(text: string, json: string, error: unknown): string {
  const { visit } = tolerantParser();
  const shift = text.length - json.length;
  let found: string | null = null;
  try {
    visit(
      json,
      {
        onError: (_code, offset, _length, line, column) => {
          const byte = Buffer.byteLength(text.slice(0, offset + shift));
          found ??= `the error is at line ${line + 1}, column ${column + 1} (byte ${byte})`;
        },
      },
      { disallowComments: true },
    );
  } catch {
    // Nested deeper than the parser's stack: then its own words must do.
  }
  return found ?? (error instanceof Error ? error.message : String(error));
}

/** Only where a list is damaged: loading it takes a tenth of the time of `onward status`. */
function tolerantParser() {
  return createRequire(import.meta.url)("jsonc-parser") as typeof import("jsonc-parser");
}
