import { describe, expect, it } from "vitest";
import {
  demoCommandLine,
  readDemoFlags,
  readRunFlags,
  runCommandLine,
} from "../../../src/cli/run/run-flags.ts";
import { loadConfig } from "../../../src/config/load.ts";

const common = { config: null, quiet: false, debug: false };
const run = (...args: string[]) =>
  readRunFlags(runCommandLine().exitOverride().parse(args, { from: "user" }).opts(), common);

describe("the flags of run", () => {
  it("say nothing where nothing was said", () => {
    expect(run()).toEqual({ ...common, overrides: {}, json: false, dryRun: false, trustConfig: false });
  });

  it("become configuration, each of them", async () => {
    const { overrides, ...rest } = run(
      ...[
        "--spec",
        "s.txt",
        "--prompts",
        "/home/ada/prompts",
        "--model",
        "opus",
        "--agent",
        "claude",
        "--max-iterations",
        "7",
        "--max-turns",
        "50",
      ],
      ...["--max-cost", "$2.50", "--max-tokens", "1000000", "--max-duration", "2h", "--delay", "0s"],
      ...["--stall", "5m", "--max-wait", "1h30m", "--no-wait-for-reset", "--stop-at-utilization", "90%"],
      ...["--verify", "npm test -- {id}", "--regression", "sample:3", "--sandbox", "required"],
      ...["--guard", "off", "--i-know", "--dry-run", "--fresh", "--trust-config", "--json"],
    );
    expect(overrides).toEqual({
      ...{ spec: "s.txt", prompts: "/home/ada/prompts" },
      ...{ model: "opus", agent: "claude", maxIterations: 7, maxTurns: 50, maxCostUsd: 2.5 },
      ...{
        maxTokens: 1_000_000,
        maxDurationMs: 7_200_000,
        delayMs: 0,
        stallMs: 300_000,
        maxWaitMs: 5_400_000,
      },
      ...{ waitForReset: false, stopAtUtilization: 0.9, verify: { command: "npm test -- {id}" } },
      ...{ regression: { type: "sample", size: 3 }, sandbox: "required", guard: "off", fresh: true },
    });
    expect(rest).toEqual({ ...common, json: true, dryRun: true, trustConfig: true });
    const { sources } = await loadConfig({ dir: import.meta.dirname, file: null, flags: overrides });
    const notByFlag = Object.entries(sources).filter(([, source]) => source !== "flag");
    // What has many parts, or is set once for a project, is the file's alone.
    const ofTheFile = /^(rules\.|verify\.(?!command$)|toolMax$|sessionMax$)/;
    expect(notByFlag.map(([name]) => name).filter((name) => !ofTheFile.test(name))).toEqual([]);
  });

  it("ask twice before the guard is switched off", () => {
    expect(() => run("--guard", "off")).toThrow(expect.objectContaining({ code: "usage" }));
    expect(run("--guard", "sandboxed").overrides).toEqual({ guard: "sandboxed" });
  });

  it("are few for the demo", () => {
    const options = demoCommandLine().parse(["--delay", "1s", "--json"], { from: "user" }).opts();
    expect(readDemoFlags(options, common)).toEqual({ ...common, overrides: { delayMs: 1000 }, json: true });
  });
});
