/** Every command line that the documents show is run, in their order, by the real program and the genuine agent. */
import { cp, mkdir, readdir, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import type { CommandUnknownOpts } from "@commander-js/extra-typings";
import { parse } from "jsonc-parser";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { buildProgram } from "../../src/cli/program.ts";
import { parseConfigFile } from "../../src/config/schema.ts";
import { stageFiles } from "../../src/demo/program.ts";
import {
  blocksOf,
  checkout,
  inlineCommands,
  type Reader,
  readDocument,
  reader,
  shellBlocks,
} from "./commands.ts";

vi.setConfig({ testTimeout: 300_000, hookTimeout: 180_000 });

/** How the directory looks in which the reader begins to read. */
const beginnings: Readonly<Record<string, (at: string) => Promise<unknown>>> = {
  "docs/guide/first-project.md": empty,
  "docs/guide/existing-project.md": existing,
  "docs/guide/budgets.md": specified,
  "docs/guide/overnight.md": specified,
  "docs/guide/safety.md": begun,
  "docs/guide/troubleshooting.md": begun,
  "docs/guide/verification.md": begun,
  "docs/guide/recipes.md": unchecked,
  "docs/what-a-session-is-told.md": begun,
};
/** Its commands need a browser: `test/system/web-applications.test.ts` runs them. */
const inBrowser = "docs/guide/web-applications.md";
const documents = ["README.md", inBrowser, ...Object.keys(beginnings)];

let person: Reader;
beforeAll(async () => {
  person = await reader();
  await person.run((await readmeBlocks()).slice(0, 1), checkout);
  const text = "echo 'A tool.' > app_spec.txt\nonward run --max-iterations 3 --delay 0s # exit code 3";
  await type(await page("begun"), text);
});
afterAll(() => person[Symbol.asyncDispose]());

describe("documents", () => {
  test("each page of the guide is among those that are tried", async () => {
    const pages = await readdir(join(checkout, "docs/guide"));
    expect(documents).toEqual(expect.arrayContaining(pages.map((name) => `docs/guide/${name}`)));
  });

  test("the README names every command", async () => {
    const readme = await readDocument("README.md");
    const program = buildProgram();
    const names = program
      .createHelp()
      .visibleCommands(program)
      .map((command) => command.name())
      .filter((name) => name !== "help");
    expect(names.filter((name) => !readme.includes(`\`onward ${name}`))).toEqual([]);
  });

  test("README.md: every block of commands runs, from the checkout on", async () => {
    await person.run(await readmeBlocks(), checkout);
  });

  test.each(Object.entries(beginnings))("%s: every block of commands runs", async (path, begin) => {
    const blocks = shellBlocks(await readDocument(path));
    expect(blocks.length).toBeGreaterThan(0);
    const at = await page(basename(path, ".md"));
    await begin(at);
    await person.run(blocks, at);
  });

  test.each(documents)("%s: no command line hides that it fails", async (path) => {
    for (const { text } of shellBlocks(await readDocument(path))) expect(text).not.toMatch(/\|\||;\s*true\b/);
  });

  test.each(documents)("%s: every configuration in it is one", async (path) => {
    const blocks = blocksOf(await readDocument(path));
    for (const { language, text, line } of blocks) {
      expect(["sh", "json", "jsonc", "ts", "ini"], `line ${line}`).toContain(language);
      if (!language.startsWith("json")) continue;
      expect(parseConfigFile(parse(text)), `line ${line}`).toMatchObject({ ok: true });
    }
  });

  test.each([...documents, "docs/how-it-works.md"])("%s: what it says in passing exists", async (path) => {
    const program = buildProgram();
    for (const line of inlineCommands(await readDocument(path))) {
      const words = line.split(/\s+/).slice(1);
      const commands = commandsNamed(program, words);
      if (!words[0]?.startsWith("-")) expect(commands, line).not.toHaveLength(1);
      const known = commands.flatMap(({ options }) => options.flatMap(({ long, short }) => [long, short]));
      const typed = words.flatMap((word) => /^--?[a-z-]+/.exec(word)?.[0] ?? []);
      for (const flag of typed) expect([...known, "--help"], line).toContain(flag);
    }
  });
});

/** The program, its command and that one's own commands, as far as the words name them. */
function commandsNamed(
  program: CommandUnknownOpts,
  [name, ...rest]: readonly string[],
): CommandUnknownOpts[] {
  const command = program.commands.find((each) => each.name() === name);
  return [program, ...(command === undefined ? [] : commandsNamed(command, rest))];
}

/** Without the first one: CI begins so, and the demo is what the test of the picture records. The next one installs. */
async function readmeBlocks() {
  const [first, ...rest] = shellBlocks(await readDocument("README.md"));
  expect(first?.text).toMatch(/^npm ci && npm run demo\b/);
  return rest;
}

async function page(name: string): Promise<string> {
  const at = join(person.home, "pages", name);
  await mkdir(at, { recursive: true });
  return at;
}

function type(at: string, text: string): Promise<string> {
  return person.run([{ line: 0, text }], at);
}

async function empty(): Promise<void> {}

function specified(at: string): Promise<string> {
  return type(at, "echo 'A tool.' > app_spec.txt");
}

/** A run that has done something, and reached a limit. */
function begun(at: string): Promise<void> {
  return cp(join(person.home, "pages/begun"), at, { recursive: true });
}

/** The same with a feature list, in which no feature says how it is checked; others may install it. */
async function unchecked(at: string): Promise<void> {
  await existing(at);
  const list = ["add", "store"].map((id) => ({ id, description: `habit: ${id}`, passes: true }));
  await writeFile(join(at, "feature_list.json"), JSON.stringify(list));
  await type(at, "npm pkg set exports=./src/store.js && mkdir -p tmp test");
}

/** Somebody's program, committed, without anything of Onward's. */
function existing(at: string): Promise<string> {
  const files = ["scaffold", "store", "add"].flatMap(stageFiles);
  const write = files.map(
    ({ path, content }) =>
      `mkdir -p "$(dirname '${path}')" && cat > '${path}' <<'PROGRAM'\n${content}PROGRAM`,
  );
  const lines = [
    "git init --quiet",
    ...write,
    "chmod +x init.sh bin/*",
    "git add -A",
    "git commit -qm Begin",
  ];
  return type(at, lines.join("\n"));
}
