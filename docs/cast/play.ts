/** Plays the demo in a terminal, and draws the scenes of it that the README shows. */
import { spawn } from "node:child_process";
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import xterm from "@xterm/headless";
import { draw, textOf } from "./draw.ts";

/** Wide enough that no line is folded or cut. */
const size = { cols: 160, rows: 50 };

interface Scene {
  /** Its first line, below the scene before it. */
  readonly from: RegExp;
  /** Its last one. */
  readonly to: RegExp;
}

/** A claim that was wrong, how it comes out, and how it is mended. */
const scenes: readonly Scene[] = [
  { from: /^\$ onward demo/, to: /^The genuine Claude agent/ },
  { from: /^session 1 /, to: /^ {2}Read app_spec/ },
  { from: /^session 7 /, to: /^session 7 / },
  { from: /^ {2}The test is written/, to: /^session 8 / },
  { from: /^ {2}The test fails/, to: /^complete/ },
  { from: /^\$ onward status/, to: /^cost/ },
];

/** The picture of a demo in `dir`, which does not exist yet. Takes half a minute. Throws where a scene is missing. */
export async function play(dir: string): Promise<string> {
  const home = await mkdtemp(join(tmpdir(), "onward-cast-"));
  try {
    const terminal = new xterm.Terminal({ ...size, scrollback: 5000, allowProposedApi: true });
    const typed = [`onward demo ${dir}`, `onward status ${dir}`];
    for await (const bytes of shown(typed, home)) {
      await new Promise<void>((done) => terminal.write(bytes, done));
    }
    const buffer = terminal.buffer.active;
    return draw(buffer, cut(Array.from({ length: buffer.length }, (_, row) => textOf(buffer, row))));
  } finally {
    await rm(home, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** The rows of the scenes, with null between two that do not follow on each other. */
function cut(lines: readonly string[]): readonly (number | null)[] {
  const rows: (number | null)[] = [];
  let next = 0;
  for (const { from, to } of scenes) {
    const first = lines.findIndex((line, row) => row >= next && from.test(line));
    const last = lines.findIndex((line, row) => row >= first && to.test(line));
    if (first === -1 || last === -1) throw new Error(`No scene ${from} … ${to} in:\n${lines.join("\n")}`);
    if (first > next && rows.length > 0) rows.push(null);
    for (let row = first; row <= last; row += 1) rows.push(row);
    next = last + 1;
  }
  return rows;
}

/** What the commands write to a terminal of that size, each below a prompt. */
async function* shown(typed: readonly string[], home: string): AsyncGenerator<Uint8Array> {
  const launcher = join(import.meta.dirname, "../../bin/onward");
  const lines = typed.map((command) => `printf '\\033[1;32m$\\033[0m ${command}\\n'; ${command}; echo`);
  const script = join(home, "typed.sh");
  await writeFile(
    script,
    [
      "#!/bin/sh",
      `stty cols ${size.cols} rows ${size.rows}`,
      `onward() { '${launcher}' "$@"; }`,
      ...lines,
    ].join("\n"),
  );
  await chmod(script, 0o755);
  const player = spawn("script", ["--quiet", "--return", "--flush", "--command", script, "/dev/null"], {
    env: { PATH: process.env.PATH, HOME: home, TERM: "xterm-256color", COLORTERM: "truecolor" },
    stdio: ["ignore", "pipe", "inherit"],
  });
  yield* player.stdout;
}
