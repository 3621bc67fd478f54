/**
 * Start-up: how long a person waits for a short command, beside node's own start. Measured on the build, as
 * people have it, with the compile cache that earlier commands left behind; all cases in turn, so that a noisy
 * machine is noisy for each of them.
 */
import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fiveFeatures, hold, makeProject } from "../test/cli/project.ts";
import type { BenchRow } from "./row.ts";

const rounds = 25;
const warmUp = 2;
const root = join(import.meta.dirname, "..");

export async function startupBench(): Promise<readonly BenchRow[]> {
  const scratch = mkdtempSync(join(tmpdir(), "onward-startup-"));
  try {
    await using project = await makeProject();
    await project.list(fiveFeatures);
    {
      await using history = await project.history();
      for (const passed of [[], ["add"], [], ["list"], ["done"], [], [], ["save"], [], []]) {
        await history.session({ passed });
      }
    }
    // A manager has been here: whether one is now has to be asked of its lock.
    await (await hold(project.dir))[Symbol.asyncDispose]();
    const onward = buildPackage(scratch);
    const times = measure(scratch, {
      node: ["-e", "0"],
      version: [onward, "--version"],
      status: [onward, "status", project.dir],
    });
    return [
      row("onward --version / node -e 0", times.version, times.node, 1.5),
      row("onward status / node -e 0", times.status, times.node, 3),
    ];
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** What the package holds, with the checkout's dependencies; answers the launcher. */
function buildPackage(scratch: string): string {
  const outDir = join(scratch, "dist");
  const tsc = join(root, "node_modules", ".bin", "tsc");
  const built = spawnSync(tsc, ["-p", join(root, "tsconfig.build.json"), "--outDir", outDir, "--noCheck"], {
    encoding: "utf8",
  });
  if (built.status !== 0) throw new Error(`the build failed: ${built.stdout}${built.stderr}`);
  for (const name of ["bin", "package.json"])
    cpSync(join(root, name), join(scratch, name), { recursive: true });
  symlinkSync(join(root, "node_modules"), join(scratch, "node_modules"));
  return join(scratch, "bin", "onward.cjs");
}

function measure<Name extends string>(
  home: string,
  cases: Readonly<Record<Name, readonly string[]>>,
): Readonly<Record<Name, number>> {
  const names = Object.keys(cases) as Name[];
  const times = Object.fromEntries(names.map((name) => [name, [] as number[]])) as Record<Name, number[]>;
  for (let round = -warmUp; round < rounds; round += 1) {
    for (const name of names) {
      const started = performance.now();
      const { status, stderr } = spawnSync(process.execPath, cases[name], {
        env: { PATH: process.env.PATH, HOME: home },
        encoding: "utf8",
      });
      const took = performance.now() - started;
      if (status !== 0) throw new Error(`${name} exited ${status}: ${stderr}`);
      if (round >= 0) times[name].push(took);
    }
  }
  return Object.fromEntries(names.map((name) => [name, median(times[name])])) as Record<Name, number>;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}

function row(name: string, value: number, reference: number, limit: number): BenchRow {
  return { name, value, reference, ratio: value / reference, unit: "ms", limit };
}

if (import.meta.main) console.table(await startupBench());
