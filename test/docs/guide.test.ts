/** Every command line that the documents show is run, in their order, by the real program and the genuine agent. */
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import type { CommandUnknownOpts } from "@commander-js/extra-typings";
import { describe, expect, test, vi } from "vitest";
import { buildProgram } from "../../src/cli/program.ts";
import { stageFiles } from "../../src/demo/program.ts";
import { inlineCommands, type Reader, readDocument, reader, shellBlocks } from "./commands.ts";

vi.setConfig({ testTimeout: 180_000 });

/** How the reader's directory looks when they begin to read. */
const beginnings: Readonly<Record<string, (reader: Reader) => Promise<unknown>>> = {
  "README.md": async () => {},
  "docs/guide/first-project.md": async () => {},
  "docs/guide/existing-project.md": (at) => existing(at),
  "docs/guide/budgets.md": (at) => at.run([{ line: 0, text: "echo 'A tool.' > app_spec.txt" }]),
  "docs/guide/safety.md": begun,
  "docs/guide/overnight.md": begun,
  "docs/guide/troubleshooting.md": begun,
  "docs/guide/verification.md": begun,
};

const commandsOfThisRepository = /^npm /;

describe("documents", () => {
  test("each page of the guide is among those that are tried", async () => {
    const pages = await readdir(join(import.meta.dirname, "../../docs/guide"));
    expect(Object.keys(beginnings)).toEqual(
      expect.arrayContaining(pages.map((page) => `docs/guide/${page}`)),
    );
  });

  test.each(Object.keys(beginnings))("%s: every block of commands runs", async (path) => {
    const blocks = shellBlocks(await readDocument(path)).filter(
      ({ text }) => !commandsOfThisRepository.test(text),
    );
    expect(blocks.length).toBeGreaterThan(0);
    const at = await reader();
    await beginnings[path]?.(at);
    await at.run(blocks);
  });

  test.each([...Object.keys(beginnings), "docs/how-it-works.md"])(
    "%s: what it says in passing exists",
    async (path) => {
      const program = buildProgram();
      for (const line of inlineCommands(await readDocument(path))) {
        const words = line.split(/\s+/).slice(1);
        const commands = commandsNamed(program, words);
        if (!words[0]?.startsWith("-")) expect(commands, line).not.toHaveLength(1);
        const known = commands.flatMap(({ options }) => options.flatMap(({ long, short }) => [long, short]));
        const typed = words.flatMap((word) => /^--?[a-z-]+/.exec(word)?.[0] ?? []);
        for (const flag of typed) expect([...known, "--help"], line).toContain(flag);
      }
    },
  );
});

/** The program, its command and that one's own commands, as far as the words name them. */
function commandsNamed(
  program: CommandUnknownOpts,
  [name, ...rest]: readonly string[],
): CommandUnknownOpts[] {
  const command = program.commands.find((each) => each.name() === name);
  return [program, ...(command === undefined ? [] : commandsNamed(command, rest))];
}

/** A run that has done something, and was interrupted. */
function begun(at: Reader): Promise<unknown> {
  const text = "echo 'A tool.' > app_spec.txt\nonward run --max-iterations 3 --delay 0s || test $? = 3\n";
  return at.run([{ line: 0, text }]);
}

/** Somebody's program, committed, without anything of Onward's. */
function existing(at: Reader): Promise<unknown> {
  const files = ["scaffold", "store", "add"].flatMap(stageFiles);
  const write = files.map(
    ({ path, content }) =>
      `mkdir -p "$(dirname '${path}')" && cat > '${path}' <<'PROGRAM'\n${content}PROGRAM`,
  );
  const text = ["git init --quiet", ...write, "chmod +x init.sh bin/*", "git add -A", "git commit -qm Begin"];
  return at.run([{ line: 0, text: text.join("\n") }]);
}
