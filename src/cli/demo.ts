/**
 * `onward demo`: the main job without an API key. The genuine agent, pointed at the bundled scripted model on
 * loopback, builds a small program; everything else is what `onward run` does.
 */
import { copyFile, mkdir, mkdtemp, readdir, realpath } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { defaults } from "../config/defaults.ts";
import { OnwardError } from "../core/errors.ts";
import { demoHints, demoSpecFile, scenario } from "../demo/scenario.ts";
import { startScriptedModel } from "../demo/scripted-model.ts";
import { followRun } from "./follow.ts";
import type { DemoFlags } from "./run-flags.ts";

/** Answers the exit code. */
export async function demoCommand(given: string | null, flags: DemoFlags): Promise<number> {
  const dir = await demoDirectory(given);
  await copyFile(demoSpecFile, join(dir, "app_spec.txt"));
  await using model = await startScriptedModel({ respond: scenario });
  // The agent's own home and login stay out of it.
  const home = await mkdtemp(join(await realpath(tmpdir()), "onward-demo-home-"));
  const say = (text: string) => void (flags.quiet || flags.json || process.stderr.write(`${text}\n`));
  say(
    `The genuine Claude agent builds a small program, led by a scripted model.\nNo key, no network; it is built in ${dir}.\n`,
  );

  const { exitCode } = await followRun({
    dir,
    config: { ...defaults, delayMs: 0, ...flags.overrides },
    env: {
      PATH: process.env.PATH,
      HOME: home,
      ANTHROPIC_BASE_URL: model.url,
      ANTHROPIC_API_KEY: "scripted",
    },
    json: flags.json,
    quiet: flags.quiet,
    warnUncapped: false,
  });
  if (exitCode === 0) say(`\nThe program is in ${dir}. Try it:\n${hints(dir)}`);
  return exitCode;
}

function hints(dir: string): string {
  return [`cd ${dir}`, ...demoHints, "git log --oneline"].map((command) => `  ${command}`).join("\n");
}

/** A new directory, or the one given when it is empty or holds an earlier demo to go on with. */
async function demoDirectory(given: string | null): Promise<string> {
  if (given === null) return mkdtemp(join(await realpath(tmpdir()), "onward-demo-"));
  await mkdir(given, { recursive: true });
  const dir = await realpath(given);
  const found = await readdir(dir);
  if (found.length === 0 || found.includes(".onward")) return dir;
  throw new OnwardError("usage", `${dir} is not empty.`, {
    hint: "The demo builds its own program: give it an empty directory, or none to use a temporary one.",
  });
}
