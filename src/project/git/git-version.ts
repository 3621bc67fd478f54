import { OnwardError } from "../../core/errors.ts";
import { baseEnvironment } from "./git-hardening.ts";
import { gitRemedy, runGit } from "./run-git.ts";

/** The first that has GIT_CONFIG_COUNT, with which git's own programs are switched off (T1). */
const oldest = [2, 31] as const;

/** What git says of itself: `git version 2.39.5`. Throws `git-missing` where there is none, or it is too old. */
export async function requireGit(): Promise<string> {
  const said = (await runGit("/", ["--version"], { env: baseEnvironment() })).trim();
  const [, major = "0", minor = "0"] = /(\d+)\.(\d+)/.exec(said) ?? [];
  const [oldMajor, oldMinor] = oldest;
  const isOld = Number(major) < oldMajor || (Number(major) === oldMajor && Number(minor) < oldMinor);
  if (isOld) throw new OnwardError("git-missing", `${said} is too old.`, { hint: gitRemedy });
  return said;
}
