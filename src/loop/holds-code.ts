import { readdir } from "node:fs/promises";
import { configFileName, ownFiles, stateDirectoryName } from "../project/paths.ts";
import { specNames } from "../project/spec.ts";
import type { LoopContext } from "./context.ts";

/** Whether there is more than what every project of Onward's has before its first session. */
export async function holdsCode({ dir, options }: LoopContext): Promise<boolean> {
  const ours = new Set([".git", ".gitignore", stateDirectoryName, ...ownFiles, configFileName, ...specNames]);
  if (options.specFile !== null) ours.add(options.specFile);
  return (await readdir(dir)).some((name) => !ours.has(name));
}
