import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";

// The assets stand beside `src` in a checkout and beside `dist` in a package: two levels up from here in both.
const assets = fileURLToPath(new URL("../../demo/", import.meta.url));

/** The specification that the demo starts from; absolute. */
export const demoSpecFile = join(assets, "app_spec.txt");

/** Commands that show the finished program, to be run in the project's directory. */
export const demoHints: readonly string[] = [
  "node bin/habit.js --help",
  "node bin/habit.js week --file examples/march.json --today 2026-03-14",
  "node bin/habit.js streak --file examples/march.json --today 2026-03-14",
  "./init.sh",
];

export interface ProgramFile {
  /** Relative to the project. */
  readonly path: string;
  readonly content: string;
}

/** What a stage adds to the program or replaces in it. A stage is `scaffold` or the id of a feature. */
export function stageFiles(stage: string): readonly ProgramFile[] {
  return filesBelow(join(assets, "program", stage));
}

/** The same stage as the agent first writes it: with the mistakes of `first-attempts`, where there are any. */
export function firstAttempt(stage: string): readonly ProgramFile[] {
  const mistakes = new Map(mistakenFiles(stage).map((file) => [file.path, file]));
  return stageFiles(stage).map((file) => mistakes.get(file.path) ?? file);
}

/** The files that a first attempt gets wrong, as they should be. */
export function corrections(stage: string): readonly ProgramFile[] {
  const mistaken = new Set(mistakenFiles(stage).map((file) => file.path));
  return stageFiles(stage).filter((file) => mistaken.has(file.path));
}

/** The feature list or the notes, as the init session writes them. */
export function harnessFile(path: "feature_list.json" | "claude-progress.txt"): ProgramFile {
  return { path, content: readFileSync(join(assets, "program", path), "utf8") };
}

function mistakenFiles(stage: string): readonly ProgramFile[] {
  const directory = join(assets, "first-attempts", stage);
  return existsSync(directory) ? filesBelow(directory) : [];
}

function filesBelow(directory: string): readonly ProgramFile[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
    .map((file) => ({ path: projectPath(relative(directory, file)), content: readFileSync(file, "utf8") }));
}

/** npm leaves every .gitignore out of a package, so ours travels without its dot. */
function projectPath(path: string): string {
  return path === "gitignore" ? ".gitignore" : path;
}
