/** What Onward needs of a machine, each thing tried rather than guessed. Nothing is left behind. */
import { execFile } from "node:child_process";
import { access, constants, mkdtemp, rm, stat, statfs } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { driverFor } from "../compose.ts";
import { defaults } from "../config/defaults.ts";
import { loadConfig } from "../config/load.ts";
import { isTrusted, needsTrust } from "../config/trust.ts";
import { OnwardError } from "../core/errors.ts";
import { sharedFileSystem } from "../core/file-systems.ts";
import { makeDurable, openDatabase } from "../journals/database.ts";
import { openGit } from "../project/git/git.ts";
import { requireGit } from "../project/git/git-version.ts";
import { headAndBranch } from "../project/git/history.ts";
import { findRepository } from "../project/git/repository.ts";

export interface Check {
  readonly name: string;
  /** `fail`: a run could not start. */
  readonly status: "ok" | "warn" | "fail";
  /** One line: what was found. */
  readonly found: string;
  /** What to do; null when nothing has to be done. */
  readonly remedy: string | null;
}

export async function runChecks(dir: string, configFile: string | null): Promise<readonly Check[]> {
  return Promise.all([
    node(),
    git(),
    identity(dir),
    agent("agent", "agent-missing"),
    agent("credentials", "credentials-missing"),
    directory(dir),
    repository(dir),
    fileSystem(dir),
    configuration(dir, configFile),
    sandbox(),
  ]);
}

const exec = promisify(execFile);
const lowSpaceBytes = 1024 ** 3;

async function node(): Promise<Check> {
  // An older one does not get here: the launcher refuses it.
  return ok("node", `Node ${process.versions.node}`);
}

async function git(): Promise<Check> {
  try {
    return ok("git", await requireGit());
  } catch (error) {
    if (!(error instanceof OnwardError)) throw error;
    return fail("git", error.message, error.hint ?? null);
  }
}

async function identity(dir: string): Promise<Check> {
  const remedy =
    'git config --global user.name "Your Name" && git config --global user.email you@example.com';
  try {
    const [name, email] = await Promise.all([gitSetting(dir, "user.name"), gitSetting(dir, "user.email")]);
    if (name !== "" && email !== "") return ok("git identity", `${name} <${email}>`);
    return warn(
      "git identity",
      "not set; commits would be made as Onward's, and the agent's may fail",
      remedy,
    );
  } catch {
    return warn("git identity", "git could not be asked", remedy);
  }
}

async function gitSetting(dir: string, key: string): Promise<string> {
  const args = ["config", "--get", key];
  const inRepository = await findRepository(dir).catch(() => null);
  if (inRepository !== null) return (await (await openGit(dir)).run(args, { accept: [0, 1] })).trim();
  const answer = await exec("git", ["config", "--global", "--get", key]).catch(() => ({ stdout: "" }));
  return answer.stdout.trim();
}

/** The driver looks for both; each row tells of one. */
async function agent(name: string, code: OnwardError["code"]): Promise<Check> {
  try {
    await driverFor(defaults, process.env).check();
    return ok(name, name === "agent" ? "Claude, as it comes with Onward" : "found");
  } catch (error) {
    if (!(error instanceof OnwardError)) throw error;
    if (error.code === code) return fail(name, error.message, error.hint ?? null);
    return name === "agent"
      ? ok(name, "Claude, as it comes with Onward")
      : warn(name, "not looked for: the agent is missing", null);
  }
}

async function directory(dir: string): Promise<Check> {
  const remedy = "Name the project's directory, and make it writable for the user that runs Onward.";
  try {
    if (!(await stat(dir)).isDirectory()) return fail("directory", `${dir} is not a directory`, remedy);
    await access(dir, constants.W_OK | constants.X_OK);
    const { bavail, bsize } = await statfs(dir);
    const free = bavail * bsize;
    const gigabytes = (free / 1024 ** 3).toFixed(1);
    if (free < lowSpaceBytes) {
      return warn(
        "directory",
        `${dir}, with ${gigabytes} GiB left on its disk`,
        "Free some space before a long run.",
      );
    }
    return ok("directory", `${dir}, ${gigabytes} GiB free`);
  } catch (error) {
    return fail("directory", `${dir}: ${(error as Error).message}`, remedy);
  }
}

/** Asked as a run asks it. */
async function repository(dir: string): Promise<Check> {
  const name = "repository";
  try {
    if ((await findRepository(dir)) === null) return ok(name, "none yet; a run makes one");
    const git = await openGit(dir);
    const { head, branch } = await headAndBranch(git);
    const at = head === null ? "without a commit" : `at ${head.slice(0, 12)}`;
    const where = branch === null ? "" : `, ${branch.replace("refs/heads/", "")}`;
    return ok(name, `${git.repository.root}${where}, ${at}`);
  } catch (error) {
    if (!(error instanceof OnwardError)) throw error;
    return fail(name, error.message, error.hint ?? null);
  }
}

/** Makes a journal's kind of file, and locks it twice. */
async function fileSystem(dir: string): Promise<Check> {
  const name = "file system";
  const scratch = await mkdtemp(join(dir, ".onward-doctor-")).catch(() => null);
  if (scratch === null) return fail(name, "not tried: the directory cannot be written", null);
  try {
    const file = join(scratch, "try.db");
    const network = process.platform === "linux" ? sharedFileSystem((await statfs(scratch)).type) : null;
    using one = openDatabase(file, { busyMs: 0 });
    const mode = makeDurable(one, network !== null ? "DELETE" : "WAL");
    one.exec("CREATE TABLE tried (x); BEGIN EXCLUSIVE");
    if (!isRefused(file)) {
      return fail(
        name,
        "locks do not hold here, so two managers could work on one project",
        "Put the project on a local disk.",
      );
    }
    if (network !== null) return warn(name, ...sharedWith(network));
    if (mode !== "wal") return warn(name, "no write-ahead log here: slower", "Use a local disk if you can.");
    return ok(name, "durable journal (WAL), locks hold");
  } catch (error) {
    return fail(
      name,
      `SQLite cannot work here: ${(error as Error).message}`,
      "Put the project on a local disk.",
    );
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/** Within one kernel its locks hold, and just that has been tried. */
function sharedWith(fileSystem: string): readonly [found: string, remedy: string] {
  return [
    `${fileSystem}: locks may not hold between machines, and without a write-ahead log it is slower`,
    "Use a local disk, or never run Onward here from two machines (or a machine and its virtual machine).",
  ];
}

function isRefused(file: string): boolean {
  using other = openDatabase(file, { busyMs: 0 });
  try {
    other.exec("BEGIN IMMEDIATE");
    return false;
  } catch {
    return true;
  }
}

async function configuration(dir: string, file: string | null): Promise<Check> {
  const name = "configuration";
  try {
    const loaded = await loadConfig({ dir, file, flags: {} });
    const asks = needsTrust(loaded);
    if (await isTrusted(dir, asks)) return ok(name, "valid");
    return warn(
      name,
      `not trusted yet: ${asks.join("; ")}`,
      "Look at it, then accept it with `onward run --trust-config`.",
    );
  } catch (error) {
    if (!(error instanceof OnwardError)) throw error;
    return fail(name, error.message, error.hint ?? null);
  }
}

/** `auto` does without; with `--sandbox required` a run would not start. */
async function sandbox(): Promise<Check> {
  const name = "sandbox";
  const [program, args, remedy] =
    process.platform === "darwin"
      ? (["sandbox-exec", ["-p", "(version 1)(allow default)", "true"], "It is part of macOS."] as const)
      : ([
          "bwrap",
          ["--unshare-user", "--ro-bind", "/", "/", "true"],
          "Install bubblewrap (`apt-get install bubblewrap`) and allow user namespaces.",
        ] as const);
  try {
    await exec(program, [...args], { timeout: 10_000 });
    return ok(name, `${program} works`);
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === "ENOENT";
    return warn(name, missing ? `${program} is not installed` : `${program} does not work here`, remedy);
  }
}

const ok = (name: string, found: string): Check => ({ name, status: "ok", found, remedy: null });
const warn = (name: string, found: string, remedy: string | null): Check => ({
  name,
  status: "warn",
  found,
  remedy,
});
const fail = (name: string, found: string, remedy: string | null): Check => ({
  name,
  status: "fail",
  found,
  remedy,
});
