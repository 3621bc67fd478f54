import { spawn } from "node:child_process";
import { access } from "node:fs/promises";
import { OnwardError } from "../../core/errors.ts";

export interface GitOptions {
  /** On standard input. */
  readonly input?: string | Uint8Array;
  /** How output becomes text; `latin1` keeps file names that are no UTF-8, one character a byte. Default UTF-8. */
  readonly encoding?: "utf8" | "latin1";
  /** Takes the output as it comes, whatever its length; what is returned is then empty. Must not throw. */
  readonly sink?: (chunk: Buffer) => void;
  readonly env?: Readonly<NodeJS.ProcessEnv>;
  /** Exit codes that are answers rather than failures; default 0 alone. */
  readonly accept?: readonly number[];
  /** The call changes something, so it may take git's locks. */
  readonly writes?: boolean;
  /** Default one minute. */
  readonly timeoutMs?: number;
  /** Ends the call, which fails then. */
  readonly signal?: AbortSignal | undefined;
}

interface RunOptions extends GitOptions {
  /** All of it. */
  readonly env: Readonly<NodeJS.ProcessEnv>;
}

/** For a machine whose git is missing or too old (`git-version.ts`). */
export const gitRemedy =
  "Install git 2.31 or newer, such as with `apt-get install git` or `brew install git`.";

const maxOutputBytes = 64 * 1024 * 1024;

/**
 * Runs git in `dir` and returns its output. It has a process group of its own: Ctrl-C in the terminal is for
 * us, and must not cut a commit in two. Throws `git-missing`, `git-failed`, `disk`, `directory-missing`.
 */
export async function runGit(dir: string, args: readonly string[], options: RunOptions): Promise<string> {
  const { accept = [0], input = "", timeoutMs = 60_000, encoding = "utf8", sink, signal } = options;
  const child = start(dir, args, options);
  let cut: string | null = null;
  const end = (why: string) => {
    cut ??= why;
    if (child.pid !== undefined) killGroup(child.pid);
  };
  const timer = setTimeout(() => end(`it was ended after ${timeoutMs / 1000} s`), timeoutMs);
  const interrupt = () => end("it was interrupted");
  if (signal?.aborted === true) interrupt();
  signal?.addEventListener("abort", interrupt, { once: true });
  const [output, complaint] = [child.stdout, child.stderr].map((stream) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    stream?.on("data", (chunk: Buffer) => {
      if (sink !== undefined && stream === child.stdout) return sink(chunk);
      bytes += chunk.length;
      if (bytes > maxOutputBytes) end("its output was too long");
      else chunks.push(chunk);
    });
    return () => Buffer.concat(chunks).toString(encoding);
  });
  // It may end before it has read all: what it says about that is in its exit code.
  child.stdin?.on("error", () => undefined);
  child.stdin?.end(input);

  const ended = await new Promise<number | Error | null>((done) => {
    child.once("error", done);
    child.once("close", done);
  });
  clearTimeout(timer);
  signal?.removeEventListener("abort", interrupt);
  if (ended instanceof Error) throw await notStarted(dir, ended);
  const said = complaint?.() ?? "";
  if (noSpace.test(said)) throw diskFull(said);
  if (cut === null && ended !== null && accept.includes(ended)) return output?.() ?? "";
  throw new OnwardError("git-failed", `git ${args[0]} failed in ${dir}: ${cut ?? reason(said, ended)}`);
}

/** git ran and did not succeed, which has a meaning for some callers. */
export function isGitFailure(error: unknown): error is OnwardError {
  return error instanceof OnwardError && error.code === "git-failed";
}

function start(dir: string, args: readonly string[], { env, input = "", writes = false }: RunOptions) {
  const locks = writes ? {} : { GIT_OPTIONAL_LOCKS: "0" };
  try {
    return spawn("git", ["--no-pager", ...args], {
      cwd: dir,
      env: { ...env, ...locks },
      stdio: [input.length === 0 ? "ignore" : "pipe", "pipe", "pipe"],
      detached: true,
    });
  } catch (cause) {
    // Arguments and environment too large, as when somebody configures ten thousand filters.
    throw new OnwardError("git-failed", `git could not be started in ${dir}: ${cause}`, { cause });
  }
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // It has just ended.
  }
}

async function notStarted(dir: string, cause: Error): Promise<OnwardError> {
  if (!("code" in cause) || cause.code !== "ENOENT") {
    return new OnwardError("git-failed", `git could not be started in ${dir}: ${cause.message}`, { cause });
  }
  const present = await access(dir).then(
    () => true,
    () => false,
  );
  if (!present) return new OnwardError("directory-missing", `${dir} does not exist.`, { cause });
  return new OnwardError("git-missing", "git is not installed, or not on the PATH.", {
    hint: gitRemedy,
    cause,
  });
}

/** Also told by calls that go on without the file they could not write. */
const noSpace = /No space left on device|Disk quota exceeded/;

function diskFull(said: string): OnwardError {
  return new OnwardError("disk", `git could not write: ${reason(said, null)}`, {
    hint: "The disk is full: free some space, then run `onward run` again. Nothing was lost.",
  });
}

function reason(said: string, code: number | null): string {
  const lines = said.trim().split("\n");
  const line = lines.find((text) => /^(fatal|error): /.test(text)) ?? lines.at(-1) ?? "";
  return line.slice(0, 500) || (code === null ? "it was killed" : `exit code ${code}`);
}
