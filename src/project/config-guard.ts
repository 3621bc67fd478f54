/**
 * The configuration is a person's (T1): what a session makes of `onward.config.json` is undone, for the next run
 * would go by it. One that is a link or anything else but a plain file is left to whoever made it so.
 */
import { closeSync, constants, fstatSync, openSync, readFileSync } from "node:fs";
import { lstat, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { atomicWrite, fileError } from "./atomic-write.ts";
import { configFileName } from "./paths.ts";

/** The text of a plain file, null where there was none, undefined for anything else. */
export type ConfigText = string | null | undefined;

export async function readConfigText(dir: string): Promise<ConfigText> {
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  let file: number | null = null;
  try {
    file = openSync(join(dir, configFileName), flags);
    return fstatSync(file).isFile() ? readFileSync(file, "utf8") : undefined;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ENOENT" ? null : undefined;
  } finally {
    if (file !== null) closeSync(file);
  }
}

/** What was done to the configuration, a sentence; null when it is as it was. */
export async function configChange(dir: string, before: ConfigText): Promise<string | null> {
  if (before === undefined) return null;
  const now = await readConfigText(dir);
  if (now === before) return null;
  const how = now === null ? "deleted" : before === null ? "made" : "changed";
  return `${configFileName} was ${how}: the configuration is a person's.`;
}

/** A directory in its place is moved aside, never deleted. */
export async function restoreConfig(dir: string, before: string | null): Promise<void> {
  const path = join(dir, configFileName);
  try {
    const found = await lstat(path).catch(() => null);
    if (found?.isDirectory() === true) await rename(path, `${path}.moved-aside-${Date.now()}`);
    if (before === null) await rm(path, { force: true });
  } catch (error) {
    throw fileError(path, error);
  }
  if (before !== null) await atomicWrite(path, before);
}
