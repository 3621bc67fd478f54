/**
 * `onward demo`: the main job without an API key. The genuine agent, pointed at the bundled scripted model on
 * loopback, builds a small program; everything else is what `onward run` does.
 */
import { copyFile, mkdir, mkdtemp, readdir, readFile, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { driverFor } from "../compose.ts";
import { defaults } from "../config/defaults.ts";
import { OnwardError } from "../core/errors.ts";
import { demoHints, demoSpecFile, scenario } from "../demo/scenario.ts";
import { startScriptedModel } from "../demo/scripted-model.ts";
import { requireDirectory } from "../inspect.ts";
import { fileError } from "../project/atomic-write.ts";
import { specNames } from "../project/spec.ts";
import { followRun } from "./run/follow.ts";
import type { DemoFlags } from "./run/run-flags.ts";

/** The agent insists on one. What it is called is redacted wherever it stands, so it must be no word of anybody's. */
const apiKey = "sk-onward-demo-needs-no-key";

/** Answers the exit code. */
export async function demoCommand(given: string | null, flags: DemoFlags): Promise<number> {
  const config = { ...defaults, delayMs: 0, ...flags.overrides };
  await driverFor(config, { ANTHROPIC_API_KEY: apiKey }).check();
  const dir = await demoDirectory(given);
  await using model = await startScriptedModel({ respond: scenario });
  await using home = await homeOfItsOwn();
  const say = (text: string) => void (flags.quiet || process.stderr.write(`${text}\n`));
  say(
    `The genuine Claude agent builds a small program, led by a scripted model.\nNo key, no network; it is built in ${dir}.\n`,
  );

  const { exitCode } = await followRun({
    dir,
    config,
    env: {
      PATH: process.env.PATH,
      HOME: home.path,
      ANTHROPIC_BASE_URL: model.url,
      ANTHROPIC_API_KEY: apiKey,
    },
    json: flags.json,
    quiet: flags.quiet,
    warnUncapped: false,
  });
  if (exitCode === 0) say(`\nThe program is in ${dir}. Try it:\n${hints(dir)}`);
  return exitCode;
}

/** The agent's own home and login stay out of it. Gone when the demo ends, and the agent with it. */
async function homeOfItsOwn(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(await realpath(tmpdir()), "onward-demo-home-"));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true, maxRetries: 5 }) };
}

function hints(dir: string): string {
  return [`cd ${dir}`, ...demoHints, "git log --oneline"].map((command) => `  ${command}`).join("\n");
}

/**
 * A directory with the demo's specification: a new one, or the one given when it is empty, or when an earlier demo
 * began there, which is known by that specification. No other is touched. Throws `usage`, `directory-missing`,
 * `directory-not-writable`, `disk`.
 */
async function demoDirectory(given: string | null): Promise<string> {
  const named = given ?? (await mkdtemp(join(tmpdir(), "onward-demo-")));
  try {
    await mkdir(named, { recursive: true }).catch(unlessInTheWay);
    await requireDirectory(named);
    const dir = await realpath(named);
    const found = await readdir(dir);
    if (found.length === 0) await copyFile(demoSpecFile, join(dir, specName));
    else if (!(await isDemo(dir))) throw foreign(dir);
    return dir;
  } catch (error) {
    throw fileError(named, error);
  }
}

const specName = specNames[0] ?? "app_spec.txt";

/** What stands there is told better than by a failed `mkdir`. */
function unlessInTheWay(error: NodeJS.ErrnoException): void {
  if (error.code !== "EEXIST" && error.code !== "ENOTDIR") throw error;
}

async function isDemo(dir: string): Promise<boolean> {
  const found = await readFile(join(dir, specName)).catch(() => null);
  return found?.equals(await readFile(demoSpecFile)) === true;
}

function foreign(dir: string): OnwardError {
  return new OnwardError("usage", `${dir} is not empty, and no earlier demo began there.`, {
    hint: "The demo builds its own program: give it an empty directory, or none to use a temporary one.",
  });
}
