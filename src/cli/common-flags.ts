import { resolve } from "node:path";
import { OnwardError } from "../core/errors.ts";

export const dirHelp = "the project (default: the current directory)";
export const jsonHelp = "print JSON";

/** What every command understands. */
export interface CommonFlags {
  /** Another configuration file than the project's own. */
  readonly config: string | null;
  /** Print data only. */
  readonly quiet: boolean;
  readonly debug: boolean;
}

/** As commander has them, wherever on the line they stood. */
export interface CommonOptions {
  readonly dir?: string;
  readonly config?: string;
  readonly quiet?: true;
  readonly debug?: true;
  readonly color: boolean;
}

export function readCommonFlags({ config, quiet, debug }: CommonOptions): CommonFlags {
  return { config: config ?? null, quiet: quiet === true, debug: debug === true };
}

/** The project, absolute, or null when none was named. Throws `usage` when two different ones were. */
export function namedDirectory(argument: string | undefined, option: string | undefined): string | null {
  if (argument !== undefined && option !== undefined && resolve(argument) !== resolve(option)) {
    throw new OnwardError("usage", `Two directories were named: ${argument} and --dir ${option}.`);
  }
  const named = argument ?? option;
  return named === undefined ? null : resolve(named);
}
