/** Real projects in temporary directories, and agents that build them. */
import { execFileSync } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { type OpenOptions, type OpenProject, openProject } from "../../src/compose.ts";
import type { Config } from "../../src/config/config.ts";
import { defaults } from "../../src/config/defaults.ts";
import type { RunEvent } from "../../src/core/events.ts";
import type { Act, Puppet } from "./puppet.ts";
import { puppet } from "./puppet.ts";

export async function emptyDirectory(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), "onward-loop-"));
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
  return dir;
}

export async function newProject(): Promise<string> {
  const dir = await emptyDirectory();
  await writeFile(join(dir, "app_spec.txt"), "Two files, a.txt and b.txt.\n");
  return dir;
}

export interface Opened {
  readonly project: OpenProject;
  readonly events: RunEvent[];
}

/** No delays and no caps, unless a test says otherwise. */
export async function open(
  dir: string,
  driver: Puppet,
  config: Partial<Config> = {},
  more: Partial<OpenOptions> = {},
): Promise<Opened> {
  const events: RunEvent[] = [];
  const project = await openProject({
    dir,
    driver,
    env: { PATH: process.env.PATH, HOME: dir },
    config: { ...defaults, delayMs: 0, ...config },
    onEvent: (event) => events.push(event),
    ...more,
  });
  return { project, events };
}

export interface ListedFeature {
  readonly id: string;
  readonly description: string;
  readonly passes: boolean;
  readonly verify?: string;
  readonly dependsOn?: readonly string[];
}

export const twoFiles: readonly ListedFeature[] = ["a", "b"].map((id) => ({
  id,
  description: `${id}.txt exists`,
  passes: false,
  verify: `test -f ${id}.txt`,
}));

export async function readList(dir: string): Promise<ListedFeature[]> {
  return JSON.parse(await readFile(join(dir, "feature_list.json"), "utf8")) as ListedFeature[];
}

export async function writeList(dir: string, features: readonly ListedFeature[]): Promise<void> {
  await writeFile(join(dir, "feature_list.json"), `${JSON.stringify(features, null, 2)}\n`);
}

/** `init` writes the list; every `continue` makes the first missing file and claims it. */
export function honest(features: readonly ListedFeature[] = twoFiles): Puppet {
  return puppet(async (act) => {
    await work(act, features);
    return undefined;
  });
}

export async function work({ spec }: Act, features: readonly ListedFeature[] = twoFiles): Promise<void> {
  if (spec.prompt.includes("Onward session type: init")) {
    await writeList(spec.cwd, features);
  } else {
    const list = await readList(spec.cwd);
    const next = list.find((feature) => !feature.passes);
    if (next !== undefined) {
      await writeFile(join(spec.cwd, `${next.id}.txt`), "here\n");
      await writeList(
        spec.cwd,
        list.map((feature) => (feature.id === next.id ? { ...feature, passes: true } : feature)),
      );
    }
  }
  git(spec.cwd, "add", "-A");
  git(spec.cwd, "-c", "user.name=Agent", "-c", "user.email=agent@example.com", "commit", "-qm", "Work");
}

export function git(dir: string, ...args: readonly string[]): string {
  return execFileSync("git", args, { cwd: dir, encoding: "utf8" });
}

export function typesOf(events: readonly RunEvent[]): string[] {
  return events.map((event) => event.type);
}
