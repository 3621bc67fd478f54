import { OnwardError } from "../core/errors.ts";
import { asEnvironment, hardening, missingIdentity, parseSettings, programsOff } from "./git-hardening.ts";
import { findRepository, type Repository } from "./repository.ts";
import { type GitOptions, runGit } from "./run-git.ts";

/** The one way to git for all of Onward; it never runs a program that an agent planted (T1). */
export interface Git {
  readonly repository: Repository;
  /** Runs git in the project's directory and returns its output; throws what `runGit` throws. */
  run(args: readonly string[], options?: GitOptions): Promise<string>;
}

/**
 * git for the repository that contains `dir`, hardened against its configuration as it is now: open it again
 * after an agent has been at work. `signal` ends whatever it is doing then. Throws `git-failed` when there is none, and what `findRepository` throws.
 */
export async function openGit(dir: string, signal?: AbortSignal): Promise<Git> {
  const repository = await findRepository(dir);
  if (repository === null) {
    throw new OnwardError("git-failed", `${dir} is not in a git repository.`, {
      hint: "Run `git init` there.",
    });
  }
  const where = {
    GIT_DIR: repository.gitDir,
    GIT_COMMON_DIR: repository.commonDir,
    GIT_WORK_TREE: repository.root,
  };
  const names = await runGit(
    dir,
    ["config", "--null", "--get-regexp", "^(filter|hook|user|author|committer)\\."],
    {
      accept: [0, 1],
      env: { ...where, ...asEnvironment(hardening) },
    },
  );
  const settings = parseSettings(names);
  const env = {
    ...where,
    ...asEnvironment([...hardening, ...programsOff(settings)]),
    ...missingIdentity(settings),
  };
  return {
    repository,
    run: (args, options = {}) => runGit(dir, args, { signal, ...options, env: { ...env, ...options.env } }),
  };
}

/**
 * Makes sure that `dir` is in a repository, and tells whether one had to be made. A project below the top of a
 * repository works with that one, since a nested repository would hide its files from the outer one; unless
 * the outer one ignores it, as with a scratch directory below a versioned home directory.
 */
export async function ensureRepository(dir: string): Promise<{ readonly created: boolean }> {
  const found = await findRepository(dir);
  if (found !== null) {
    if (found.prefix === "") return { created: false };
    const git = await openGit(dir);
    const ignored = await git.run(["check-ignore", "--", "."], { accept: [0, 1] });
    if (ignored === "") return { created: false };
  }
  await runGit(dir, ["init", "--quiet", "--", "."], { env: asEnvironment(hardening), writes: true });
  return { created: true };
}
