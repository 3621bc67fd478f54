/**
 * `npm run cast`: runs the demo in a terminal, and draws what that terminal shows at the end as
 * `docs/cast/demo.svg`, the picture in the README. Nothing in it is made up.
 */
import { spawn } from "node:child_process";
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import xterm from "@xterm/headless";
import { draw } from "./draw.ts";

const size = { cols: 104, rows: 46 };
const picture = join(import.meta.dirname, "demo.svg");

/** As a person would type it; the prompt is drawn before each. */
const typed = ["onward demo habit", "onward status habit"];

const place = await mkdtemp(join(tmpdir(), "onward-cast-"));
try {
  const terminal = new xterm.Terminal({ ...size, scrollback: 0, allowProposedApi: true });
  for await (const bytes of play(place)) {
    await new Promise<void>((done) => terminal.write(bytes, done));
  }
  await writeFile(picture, draw(terminal.buffer.active, size));
  console.log(picture);
} finally {
  await rm(place, { recursive: true, force: true });
}

/** What the commands write to a terminal of that size. */
async function* play(dir: string): AsyncGenerator<Uint8Array> {
  const launcher = join(import.meta.dirname, "../../bin/onward.cjs");
  const onward = join(dir, "onward");
  await writeFile(onward, `#!/bin/sh\nexec '${process.execPath}' '${launcher}' "$@"\n`);
  await chmod(onward, 0o755);
  const lines = typed.map((command) => `printf '\\033[1;32m$\\033[0m ${command}\\n'; ./${command}; echo`);
  const session = `stty cols ${size.cols} rows ${size.rows}; ${lines.join("; ")}`;
  const player = spawn("script", ["--quiet", "--return", "--flush", "--command", session, "/dev/null"], {
    cwd: dir,
    env: { PATH: process.env.PATH, HOME: dir, TERM: "xterm-256color", COLORTERM: "truecolor" },
    stdio: ["ignore", "pipe", "inherit"],
  });
  yield* player.stdout;
}
