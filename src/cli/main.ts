import { CommanderError } from "@commander-js/extra-typings";
import { reportFailure } from "./failure.ts";
import { buildProgram } from "./program.ts";

/** Runs one command line and sets the process's exit code. Never rejects. */
export async function main(argv: readonly string[]): Promise<void> {
  try {
    await buildProgram().parseAsync([...argv]);
  } catch (error) {
    // Commander has said it already; help and the version are no failures.
    if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : 2;
    else process.exitCode = reportFailure(error, { debug: argv.includes("--debug") });
  }
}
