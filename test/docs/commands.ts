/** The command lines of a document, and a shell that runs them one after another as a reader would. */
import { execFile } from "node:child_process";
import { chmod, mkdir, mkdtemp, readFile, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { scenario } from "../../src/demo/scenario.ts";
import { startScriptedModel } from "../../src/demo/scripted-model.ts";

const root = join(import.meta.dirname, "../..");

export interface Block {
  /** Of its first command, counted from 1. */
  readonly line: number;
  readonly text: string;
}

export async function readDocument(path: string): Promise<string> {
  return readFile(join(root, path), "utf8");
}

/** What stands between fences that say `sh`. */
export function shellBlocks(document: string): readonly Block[] {
  return [...document.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map(({ 1: text = "", index }) => ({
    line: document.slice(0, index).split("\n").length + 1,
    text,
  }));
}

/** Every `onward …` that stands in running text or in a table, without what is only meant. */
export function inlineCommands(document: string): readonly string[] {
  const prose = document.replaceAll(/^```[\s\S]*?^```$/gm, "");
  return [...prose.matchAll(/`(onward [^`]*)`/g)].map(([, command = ""]) => command);
}

/** An empty directory of a reader whose agent is led by the demo's model. */
export interface Reader {
  readonly dir: string;
  /** Throws with the line of the document, the command and what it printed, where one fails. */
  run(blocks: readonly Block[]): Promise<string>;
}

export async function reader(): Promise<Reader> {
  const home = await realpath(await mkdtemp(join(tmpdir(), "onward-reader-")));
  onTestFinished(() => rm(home, { recursive: true, force: true, maxRetries: 5 }));
  const model = await startScriptedModel({ respond: scenario });
  onTestFinished(() => model.close());
  const [bin, dir] = [join(home, "bin"), join(home, "work")];
  await Promise.all([mkdir(bin), mkdir(dir)]);
  const launcher = join(bin, "onward");
  await writeFile(launcher, `#!/bin/sh\nexec '${process.execPath}' '${root}/bin/onward.cjs' "$@"\n`);
  await chmod(launcher, 0o755);
  await writeFile(join(home, ".gitconfig"), "[user]\n\tname = Reader\n\temail = reader@example.com\n");
  const env = {
    PATH: `${bin}:${join(process.execPath, "..")}:${process.env.PATH}`,
    HOME: home,
    TMPDIR: home,
    NO_COLOR: "1",
    ANTHROPIC_BASE_URL: model.url,
    ANTHROPIC_API_KEY: "scripted",
  };
  return { dir, run: (blocks) => shell(scriptOf(blocks), dir, env) };
}

/** What a command leaves in the background has come up before the reader types the next one. */
const untilAtWork = `while kill -0 $! 2>/dev/null; do onward status --json | grep -q '"state": *"running"' && break; sleep 0.2; done`;

function scriptOf(blocks: readonly Block[]): string {
  const lines = blocks.flatMap(({ line, text }) => [
    `at=${line}`,
    text.replaceAll(/^.*[^&]&$/gm, (background) => `${background}\n${untilAtWork}`),
  ]);
  const report = `trap 'echo "In the block at line $at: $BASH_COMMAND"' ERR`;
  return ["set -eEo pipefail", report, ...lines, "wait"].join("\n");
}

function shell(script: string, cwd: string, env: NodeJS.ProcessEnv): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile("bash", ["-c", script], { cwd, env, maxBuffer: 64 * 1024 * 1024 }, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else reject(new Error(`${stdout.slice(-3000)}\n${stderr.slice(-3000)}`));
    }).stdin?.end();
  });
}
