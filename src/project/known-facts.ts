import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { readHead } from "./read-head.ts";

/** Files that say how a project is built and checked; that one is there is a fact, what it does is not. */
const telling: readonly string[] = [
  "Makefile",
  "justfile",
  "Cargo.toml",
  "go.mod",
  "pyproject.toml",
  "pom.xml",
  "build.gradle",
  "compose.yaml",
];

const maxPackageBytes = 64 * 1024;
const maxScripts = 8;

/** What is certain of how to set up, run and check the project, a line each; read from its top directory alone. */
export async function knownFacts(dir: string): Promise<readonly string[]> {
  const names = new Set(await readdir(dir).catch((): string[] => []));
  const facts = names.has("init.sh") ? ["init.sh sets up and starts the project."] : [];
  const scripts = names.has("package.json") ? await packageScripts(dir) : [];
  if (scripts.length > 0) facts.push(`package.json has the scripts ${scripts.join(", ")}.`);
  const there = telling.filter((name) => names.has(name));
  if (there.length > 0) facts.push(`There is ${there.join(", ")}.`);
  return facts;
}

async function packageScripts(dir: string): Promise<readonly string[]> {
  try {
    const { scripts } = JSON.parse(await readHead(join(dir, "package.json"), maxPackageBytes)) as {
      readonly scripts?: Readonly<Record<string, unknown>>;
    };
    return Object.keys(scripts ?? {}).slice(0, maxScripts);
  } catch {
    return [];
  }
}
