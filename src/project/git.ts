/**
 * The one place that runs git (T1).
 *
 * An agent can write `.git/config`, `.gitattributes` and hooks, and git runs programs named there. So none of
 * our calls may run one: everything that names a program is overridden through the environment, which beats
 * every configuration file and takes any name, also one with a `=` in it.
 *
 * Filters are off too, Git LFS included: a checkpoint holds such files as they lie in the working tree. It is
 * compared with, and goes back to, nothing but other checkpoints, so the difference is disk space.
 */
import { execFile } from "node:child_process";
import { access } from "node:fs/promises";
import { OnwardError } from "../core/errors.ts";
import { findRepository, type Repository } from "./repository.ts";

export interface Git {
  readonly repository: Repository;
  /** Runs git in the project's directory and returns its output. */
  run(args: readonly string[], options?: GitOptions): Promise<string>;
}

export interface GitOptions {
  /** On standard input. */
  readonly input?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Exit codes that are answers rather than failures; default 0 alone. */
  readonly accept?: readonly number[];
  /** The call changes something, so it may take git's locks. */
  readonly writes?: boolean;
}

/** Onward's own name, for checkpoints, and for commits where the person has set none. */
export const onwardIdentity: Readonly<Record<string, string>> = {
  GIT_AUTHOR_NAME: "Onward",
  GIT_AUTHOR_EMAIL: "onward@localhost",
  GIT_COMMITTER_NAME: "Onward",
  GIT_COMMITTER_EMAIL: "onward@localhost",
};

/** Hashing a large working tree for the first time is the longest that git has to do for us. */
const timeoutMs = 10 * 60_000;
const maxOutputBytes = 64 * 1024 * 1024;

/**
 * git for the repository that contains `dir`, hardened against its configuration as it is now: open it again
 * after an agent has been at work. Throws `git-failed` when there is none, and what `findRepository` throws.
 */
export async function openGit(dir: string): Promise<Git> {
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
  await runGit(dir, ["init", "--quiet", "--", "."], { env: asEnvironment(hardening), writes: true });
  return { created: true };
}

type Setting = readonly [key: string, value: string];

/** Everything of a fixed name that would make git run a program, ask somebody, or fail on our plain calls. */
const hardening: readonly Setting[] = [
  ["core.fsmonitor", "false"],
  ["core.hooksPath", "/dev/null"],
  ["core.pager", "cat"],
  ["core.editor", "false"],
  ["core.askPass", "false"],
  ["core.sshCommand", "false"],
  ["core.sparseCheckout", "false"],
  ["core.splitIndex", "false"],
  ["core.safecrlf", "false"],
  ["credential.helper", ""],
  ["diff.external", ""],
  ["diff.ignoreSubmodules", "all"],
  ["submodule.recurse", "false"],
  ["log.showSignature", "false"],
  ["commit.gpgSign", "false"],
  ["commit.verbose", "false"],
  ["gpg.program", "false"],
  ["gpg.ssh.program", "false"],
  ["gpg.x509.program", "false"],
  ["gc.auto", "0"],
  ["maintenance.auto", "false"],
  ["advice.addEmbeddedRepo", "false"],
];

/** Filters, and the hooks that newer versions read from the configuration, bear names of their own. */
function programsOff(settings: readonly Setting[]): readonly Setting[] {
  const off = new Map<string, string>();
  for (const [key] of settings) {
    const name = key.slice(0, key.lastIndexOf("."));
    if (key.startsWith("hook.")) off.set(`${name}.enabled`, "false");
    if (!key.startsWith("filter.")) continue;
    for (const field of ["clean", "smudge", "process"]) off.set(`${name}.${field}`, "");
    off.set(`${name}.required`, "false");
  }
  return [...off];
}

/** Who commits on the user's branch: the person where they said who they are, else Onward. */
function missingIdentity(settings: readonly Setting[]): Readonly<Record<string, string>> {
  const known = new Set(settings.map(([key]) => key));
  return Object.fromEntries(
    Object.entries(onwardIdentity)
      .filter(([variable]) => {
        const [, role = "", field = ""] = variable.toLowerCase().split("_");
        return !known.has(`user.${field}`) && !known.has(`${role}.${field}`);
      })
      .map(([variable, value]) => [variable, process.env[variable] ?? value]),
  );
}

function parseSettings(output: string): readonly Setting[] {
  return output.split("\0").flatMap((entry): readonly Setting[] => {
    const [key, ...value] = entry.split("\n");
    return key ? [[key, value.join("\n")]] : [];
  });
}

function asEnvironment(settings: readonly Setting[]): Readonly<Record<string, string>> {
  const entries = settings.flatMap(([key, value], index) => [
    [`GIT_CONFIG_KEY_${index}`, key],
    [`GIT_CONFIG_VALUE_${index}`, value],
  ]);
  return Object.fromEntries([["GIT_CONFIG_COUNT", String(settings.length)], ...entries]);
}

async function runGit(dir: string, args: readonly string[], options: GitOptions): Promise<string> {
  const { accept = [0], input = "", env = {}, writes = false } = options;
  return new Promise((done, failed) => {
    const child = execFile(
      "git",
      ["--no-pager", ...args],
      {
        cwd: dir,
        env: { ...baseEnvironment(), ...(writes ? {} : { GIT_OPTIONAL_LOCKS: "0" }), ...env },
        timeout: timeoutMs,
        killSignal: "SIGKILL",
        maxBuffer: maxOutputBytes,
        encoding: "utf8",
      },
      (error, stdout, stderr) => {
        if (error === null || (typeof error.code === "number" && accept.includes(error.code))) done(stdout);
        else failure(dir, args, error, stderr).then(failed, failed);
      },
    );
    // It may end before it has read all: what it says about that is in its exit code.
    child.stdin?.on("error", () => undefined);
    child.stdin?.end(input);
  });
}

/** Ours without anything that steers git; a person's identity may stand in it. */
function baseEnvironment(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(
    ([name]) => !name.startsWith("GIT_") || /^GIT_(AUTHOR|COMMITTER)_(NAME|EMAIL)$/.test(name),
  );
  return {
    ...Object.fromEntries(kept),
    LC_ALL: "C",
    GIT_TERMINAL_PROMPT: "0",
    GIT_EDITOR: "false",
    GIT_PAGER: "cat",
    // No transport at all: a partial clone would fetch missing objects with a command of the configuration.
    GIT_ALLOW_PROTOCOL: "none",
    GIT_NO_LAZY_FETCH: "1",
  };
}

async function failure(
  dir: string,
  args: readonly string[],
  error: Error & { code?: unknown; killed?: boolean },
  stderr: string,
): Promise<OnwardError> {
  if (error.code === "ENOENT") {
    const present = await access(dir).then(
      () => true,
      () => false,
    );
    return present
      ? new OnwardError("git-missing", "git is not installed, or not on the PATH.", {
          hint: "Install git 2.31 or newer.",
          cause: error,
        })
      : new OnwardError("directory-missing", `${dir} does not exist.`, { cause: error });
  }
  const lines = stderr.trim().split("\n");
  const said = (lines.find((line) => /^(fatal|error): /.test(line)) ?? lines.at(-1) ?? "").slice(0, 500);
  if (/No space left on device|Disk quota exceeded/.test(stderr)) {
    return new OnwardError("disk", `git could not write: ${said}`, {
      hint: "The disk is full: free some space, then run `onward run` again. Nothing was lost.",
      cause: error,
    });
  }
  const why = error.killed === true ? `ended after ${timeoutMs / 60_000} minutes` : said || error.message;
  return new OnwardError("git-failed", `git ${args[0]} failed in ${dir}: ${why}`, { cause: error });
}
