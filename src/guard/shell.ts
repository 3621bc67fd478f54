/**
 * The judgement of one shell command, from its text alone: nothing is run and nothing on disk is looked at.
 * Whatever is not resolved to something on the list is denied. The way through:
 *
 *     precheck → parse → walk (every command, with its possible directories and variables)
 *       → words → possible argument lists → the program's rules → verdict
 *
 * G1: a failure of the guard itself is a denial.
 */
import { parse } from "unbash";
import { deny } from "./denial.ts";
import type { Call } from "./programs/program.ts";
import { precheck, refuseSplitTokens } from "./shell/precheck.ts";
import { Refusal, refuse } from "./shell/refusal.ts";
import { type ExtraRules, type Profile, Run, type ShellContext } from "./shell/run.ts";
import { walkScript } from "./shell/walk.ts";
import type { Verdict } from "./verdict.ts";

export type { ExtraRules, ShellContext } from "./shell/run.ts";

/** Never throws. `profile` and `extra` say what is allowed beyond the listed programs. */
export function checkCommand(
  command: string,
  context: ShellContext,
  profile: Profile,
  extra: ExtraRules = {},
): Verdict {
  return examineCommand(command, context, profile, extra).verdict;
}

/** The verdict, and every simple command that was resolved on the way to it. */
export function examineCommand(
  command: string,
  context: ShellContext,
  profile: Profile,
  extra: ExtraRules = {},
): { readonly verdict: Verdict; readonly calls: readonly Call[] } {
  let calls: readonly Call[] = [];
  try {
    const run = new Run(context, profile, extra);
    calls = run.calls;
    judge(command, run);
    return { verdict: { allow: true, rule: "P2.2" }, calls };
  } catch (error) {
    return { verdict: denial(error), calls };
  }
}

function judge(command: string, run: Run): void {
  precheck(command);
  const script = parse(command);
  if (script.commands.length === 0 && (script.errors ?? []).length === 0) {
    refuse("P1.4", "", "There is no command in it.");
  }
  walkScript(script, command, { cwds: [run.context.cwd], variables: new Map() }, run);
  refuseSplitTokens(command, run.literalRanges);
  refuseFetchAndRun(run);
}

/** P7.4: together they would run what another host sends. */
function refuseFetchAndRun({ download, fetchesRemote, writesFile, interpreter }: Run): void {
  const fetched = download ?? (fetchesRemote ? writesFile : null);
  if (fetched === null || interpreter === null) return;
  refuse(
    "P7.4",
    fetched,
    `One command may not download a file and also run \`${interpreter}\`. Download first, look at the file, then run.`,
  );
}

function denial(error: unknown): Verdict {
  if (error instanceof Refusal) return error.denial;
  const why = error instanceof Error ? error.message : String(error);
  return deny(
    "G1",
    "",
    `The guard could not judge this command (${why.slice(0, 100)}). Write it in a simpler way.`,
  );
}
