/** The command lines of a document, and a shell that runs them one after another as a reader would. */
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readFile, realpath, rm, writeFile } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { scenario } from "../../src/demo/scenario.ts";
import { startScriptedModel } from "../../src/demo/scripted-model.ts";

export const checkout = join(import.meta.dirname, "../..");

export interface Block {
  /** Of its first command, counted from 1. */
  readonly line: number;
  /** What its fence says: `sh`, `json`, … */
  readonly language: string;
  readonly text: string;
}

export async function readDocument(path: string): Promise<string> {
  return readFile(join(checkout, path), "utf8");
}

/** What stands between fences. */
export function blocksOf(document: string): readonly Block[] {
  return [...document.matchAll(/^```(.*)\n([\s\S]*?)^```$/gm)].map(
    ({ 1: language = "", 2: text = "", index }) => ({
      line: document.slice(0, index).split("\n").length + 1,
      language,
      text,
    }),
  );
}

export function shellBlocks(document: string): readonly Block[] {
  return blocksOf(document).filter(({ language }) => language === "sh");
}

/** Every `onward …` that stands in running text or in a table, without what is only meant. */
export function inlineCommands(document: string): readonly string[] {
  const prose = document.replaceAll(/^```[\s\S]*?^```$/gm, "");
  return [...prose.matchAll(/`(onward [^`]*)`/g)].map(([, command = ""]) => command);
}

/** Somebody with an empty home, on a machine with its own Node, whose agent is led by the demo's model. */
export interface Reader extends AsyncDisposable {
  readonly home: string;
  /** Answers what was printed; throws with the document's line and what was printed, where a command fails. */
  run(blocks: readonly Pick<Block, "line" | "text">[], cwd: string): Promise<string>;
}

export async function reader(): Promise<Reader> {
  const home = await realpath(await mkdtemp(join(tmpdir(), "onward-reader-")));
  const temporary = join(home, "tmp");
  await mkdir(temporary);
  await writeFile(join(home, ".gitconfig"), "[user]\n\tname = Reader\n\temail = reader@example.com\n");
  const model = await startScriptedModel({ respond: scenario });
  const machine = (process.env.PATH ?? "").split(delimiter).filter((path) => !path.includes("node_modules"));
  const env = {
    PATH: [join(home, ".local/bin"), ...machine].join(delimiter),
    ...registry(),
    HOME: home,
    TMPDIR: temporary,
    NO_COLOR: "1",
    ANTHROPIC_BASE_URL: model.url,
    ANTHROPIC_API_KEY: "no-key-is-needed-here",
  };
  return {
    home,
    run: (blocks, cwd) => shell(scriptOf(blocks), cwd, env),
    async [Symbol.asyncDispose]() {
      await model.close();
      await rm(home, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/** How this machine reaches npm's registry. */
function registry(): NodeJS.ProcessEnv {
  const { npm_config_registry, npm_config_userconfig, NODE_EXTRA_CA_CERTS } = process.env;
  return {
    ...{ npm_config_registry, NODE_EXTRA_CA_CERTS },
    npm_config_userconfig: npm_config_userconfig ?? join(homedir(), ".npmrc"),
  };
}

/** What a command leaves in the background has come up before the reader types the next one. */
const untilAtWork = `while kill -0 $! 2>/dev/null; do onward status --json | grep -q '"state": *"running"' && break; sleep 0.2; done`;

function scriptOf(blocks: readonly Pick<Block, "line" | "text">[]): string {
  const lines = blocks.flatMap(({ line, text }) => [`at=${line}`, ...text.split("\n").map(typed)]);
  const report = `trap 'echo "In the block at line $at: $BASH_COMMAND" >&2' ERR`;
  return ["set -eEo pipefail", report, ...lines, "wait"].join("\n");
}

/** What the reader does with a line whose comment says that it ends in an exit code, or by Ctrl-C. */
function typed(line: string): string {
  const [, command = "", code] = /^(\S.*?)\s+# exit code (\d+)\b/.exec(line) ?? [];
  if (code !== undefined) return `ended=0; ${command} || ended=$?; test $ended = ${code} # ${command}`;
  if (/^onward .* # .*Ctrl-C/.test(line))
    return `timeout --signal=INT 1 ${line.replace("#", "|| test $? = 124 #")}`;
  return /[^&]&$/.test(line) ? `${line}\n${untilAtWork}` : line;
}

function shell(script: string, cwd: string, env: NodeJS.ProcessEnv): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile("bash", ["-c", script], { cwd, env, maxBuffer: 64 * 1024 * 1024 }, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else reject(new Error(`${stdout.slice(-3000)}\n${stderr.slice(-3000)}`));
    }).stdin?.end();
  });
}
