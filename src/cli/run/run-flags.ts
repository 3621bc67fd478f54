/** The flags of `run` and `demo`, from words on a command line to what the rest of Onward reads. */
import { resolve } from "node:path";
import { Command, Option } from "@commander-js/extra-typings";
import { type Config, given, type Overrides } from "../../config/config.ts";
import { OnwardError } from "../../core/errors.ts";
import { type CommonFlags, dirHelp } from "../common-flags.ts";
import { count, duration, lasting, money, regression, share, words } from "../flag-values.ts";

export interface RunFlags extends CommonFlags {
  /** What was said about the configuration, for `loadConfig`. */
  readonly overrides: Overrides;
  readonly json: boolean;
  readonly dryRun: boolean;
  /** The person accepts the commands of the configuration file (T1). */
  readonly trustConfig: boolean;
}

export interface DemoFlags extends CommonFlags {
  readonly overrides: Partial<Pick<Config, "delayMs">>;
  readonly json: boolean;
}

export function runCommandLine() {
  return new Command("run")
    .description(
      "Work on the project, one session after another, until it is complete or something ends the run",
    )
    .argument("[dir]", dirHelp)
    .option("--spec <file>", "the specification (default: app_spec.txt)", words)
    .option("--prompts <dir>", "your own prompts, outside the project (see `onward prompts init`)", words)
    .option("--model <name>", "the agent's model", words)
    .addOption(new Option("--agent <driver>", "the agent that works").choices(["claude"] as const))
    .option("--max-iterations <n>", "end the run after so many sessions", count)
    .option("--max-turns <n>", "model calls per session (default: 1000)", count)
    .option("--max-cost <usd>", "end the run at this cost", money)
    .option("--max-tokens <n>", "end the run after so many tokens", count)
    .option("--max-duration <time>", "end the run after so much working time, such as 2h", lasting)
    .option("--delay <time>", "pause between two sessions (default: 3s)", duration)
    .option("--stall <time>", "end a session that shows no sign of life for so long (default: 10m)", lasting)
    .option("--max-wait <time>", "wait at most so long for a limit to reset (default: 8h)", duration)
    .option("--no-wait-for-reset", "end the run at a usage limit")
    .option("--stop-at-utilization <share>", "stop at this share of the usage window, such as 0.9", share)
    .option(
      "--verify <command>",
      "the command that checks the project; {id} makes it check one feature",
      words,
    )
    .option("--regression <which>", "passing features to check again: sample:10, all, off", regression)
    .addOption(
      new Option("--sandbox <mode>", "the agent's sandbox").choices(["auto", "required", "off"] as const),
    )
    .addOption(
      new Option("--guard <profile>", "what its tools may do").choices([
        "strict",
        "sandboxed",
        "off",
      ] as const),
    )
    .option("--i-know", "needed for --guard off")
    .option("--dry-run", "say what would be done, and do nothing")
    .option("--fresh", "do not resume the agent's own session")
    .option("--trust-config", "accept the commands of the configuration file, now and later")
    .option("--json", "print one event a line");
}

export function demoCommandLine() {
  return new Command("demo")
    .description(
      "See it work without an API key: the genuine agent builds a small program, led by a scripted model",
    )
    .argument("[dir]", "an empty directory (default: a temporary one)")
    .option("--delay <time>", "pause between two sessions (default: 0s)", duration)
    .option("--json", "print one event a line");
}

type RunOptions = ReturnType<ReturnType<typeof runCommandLine>["opts"]>;
type DemoOptions = ReturnType<ReturnType<typeof demoCommandLine>["opts"]>;

/** Throws `usage`. */
export function readRunFlags(options: RunOptions, common: CommonFlags): RunFlags {
  if (options.guard === "off" && options.iKnow !== true) {
    throw new OnwardError("usage", "--guard off lets the agent run anything on this machine.", {
      hint: "Say --i-know too if that is what you want, in a container or on a machine that you can lose.",
    });
  }
  const { verify } = options;
  return {
    ...common,
    overrides: given({
      spec: options.spec,
      // Relative to where the person is; in a file, to the project.
      prompts: options.prompts === undefined ? undefined : resolve(options.prompts),
      model: options.model,
      agent: options.agent,
      maxIterations: options.maxIterations,
      maxTurns: options.maxTurns,
      maxCostUsd: options.maxCost,
      maxTokens: options.maxTokens,
      maxDurationMs: options.maxDuration,
      delayMs: options.delay,
      stallMs: options.stall,
      maxWaitMs: options.maxWait,
      // True is commander's default of a flag that can only be denied.
      waitForReset: options.waitForReset ? undefined : false,
      stopAtUtilization: options.stopAtUtilization,
      verify: verify === undefined ? undefined : { command: verify },
      regression: options.regression,
      sandbox: options.sandbox,
      guard: options.guard,
      fresh: options.fresh,
    }),
    json: options.json === true,
    dryRun: options.dryRun === true,
    trustConfig: options.trustConfig === true,
  };
}

export function readDemoFlags(options: DemoOptions, common: CommonFlags): DemoFlags {
  return { ...common, overrides: given({ delayMs: options.delay }), json: options.json === true };
}
