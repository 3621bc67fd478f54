import { OnwardError } from "../../core/errors.ts";
import {
  asEnvironment,
  baseEnvironment,
  hardening,
  missingIdentity,
  parseSettings,
  programsOff,
} from "./git-hardening.ts";
import { findRepository, type Repository } from "./repository.ts";
import { type GitOptions, runGit } from "./run-git.ts";

/** The one way to git for all of Onward; it never runs a program that an agent planted (T1). */
export interface Git {
  readonly repository: Repository;
  /** Runs git in the project's directory and returns its output; throws what `runGit` throws. */
  run(args: readonly string[], options?: GitOptions): Promise<string>;
}

/**
 * git for the repository that contains `dir`, hardened against its configuration as it is now: it may be shared
 * by what is done in one go, and is to be opened again after anything of an agent's has run, its checks included.
 * `signal` ends whatever it is doing then. Throws `git-failed` when there is none, and what `findRepository` throws.
 */
export async function openGit(dir: string, signal?: AbortSignal): Promise<Git> {
  const plain = endedBy(signal, await openGitToRead(dir));
  const names = ["config", "--null", "--get-regexp", "^(filter|hook|user|author|committer)\\."];
  const settings = parseSettings(await plain.run(names, { accept: [0, 1] }));
  const hardened = asEnvironment([...hardening, ...programsOff(settings)]);
  return endedBy(signal, gitOf(dir, plain.repository, { ...hardened, ...missingIdentity(settings) }));
}

/** The same git, whose calls end, and fail, when the signal comes. */
export function endedBy<Opened extends Git>(signal: AbortSignal | undefined, git: Opened): Opened {
  return { ...git, run: (args, options = {}) => git.run(args, { signal, ...options }) };
}

/**
 * The same for calls that read commits and their names, and no file: there is no filter or hook to turn off for
 * them, and nobody to commit as, so that the configuration need not be looked at.
 */
export async function openGitToRead(dir: string): Promise<Git> {
  const repository = await findRepository(dir);
  if (repository === null) {
    throw new OnwardError("git-failed", `${dir} is not in a git repository.`, {
      hint: "Run `git init` there.",
    });
  }
  return gitOf(dir, repository, asEnvironment(hardening));
}

function gitOf(dir: string, repository: Repository, hardened: Readonly<Record<string, string>>): Git {
  const env = {
    ...baseEnvironment(),
    GIT_DIR: repository.gitDir,
    GIT_COMMON_DIR: repository.commonDir,
    GIT_WORK_TREE: repository.root,
    ...hardened,
  };
  return {
    repository,
    run: (args, options = {}) => runGit(dir, args, { ...options, env: { ...env, ...options.env } }),
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
  const env = { ...baseEnvironment(), ...asEnvironment(hardening) };
  await runGit(dir, ["init", "--quiet", "--", "."], { env, writes: true });
  return { created: true };
}
