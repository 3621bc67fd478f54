/**
 * A throw-away machine in bubblewrap: a root of its own, a project, and a PATH of canaries that only write down
 * how they were called. What may be written to and what may not is told apart afterwards.
 */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { listedPrograms } from "../../src/guard/programs/table.ts";
import type { ShellContext } from "../../src/guard/shell.ts";

export const context: ShellContext = {
  project: "/home/agent/project",
  cwd: "/home/agent/project",
  home: "/home/agent",
  tmpdir: "/tmp/agent-scratch",
};

/** One program that ran. */
export interface Ran {
  readonly name: string;
  readonly cwd: string;
  readonly args: readonly string[];
}

export interface Batch {
  /** For each command, in order. */
  readonly ran: readonly (readonly Ran[])[];
  /** Files outside project and scratch, or protected ones, that are not as they were. */
  readonly touched: readonly string[];
}

/** These run for real behind their canary: what they do to files is part of the question. */
const real = ["cp", "mv", "rm", "rmdir", "mkdir", "touch", "tee", "chmod", "sed", "sort", "uniq"];
/** These run for real alone: the programs that they run are canaries. */
const transparent = ["env", "timeout", "nohup", "nice", "stdbuf", "xargs", "find"];
const forbidden = [
  "evil",
  "sudo",
  "sh",
  "bash",
  "id",
  "su",
  "doas",
  "perl",
  "dd",
  "ln",
  "nc",
  "ssh",
  "eval-me",
  "FLAG",
];
const printing: Readonly<Record<string, string>> = {
  wc: "3",
  date: "3",
  curl: "200",
  git: "main",
  grep: "3",
};
const hostile = "src/a.txt; evil $(evil) `evil` -v a[$(evil)] /etc/fz";
const separator = "\u0001RUN\u0001";

export class Machine implements Disposable {
  readonly #root = mkdtempSync(join(tmpdir(), "guard-fuzz-"));

  constructor() {
    for (const directory of [
      "usr",
      "bin",
      "lib",
      "lib64",
      "proc",
      "dev",
      "canary",
      "commands",
      "log",
      "etc",
      "home/agent/.ssh",
      "tmp/agent-scratch",
      "srv",
      "opt",
    ]) {
      mkdirSync(join(this.#root, directory), { recursive: true });
    }
    for (const name of new Set([...Object.keys(listedPrograms), ...forbidden])) {
      if (/^[\w.+-]+$/.test(name) && name !== ".") this.#canary(name);
    }
    writeFileSync(join(this.#root, "driver.sh"), driver);
  }

  #canary(name: string): void {
    const file = join(this.#root, "canary", name);
    if (transparent.includes(name)) {
      symlinkSync(`/usr/bin/${name}`, file);
      return;
    }
    const then = real.includes(name)
      ? `exec /usr/bin/${name} "$@"`
      : `echo '${printing[name] ?? hostile.replaceAll("'", "")}'`;
    writeFileSync(file, `${canary}\n${then}\n`);
    chmodSync(file, 0o755);
  }

  #reset(): void {
    for (const directory of ["home", "tmp", "etc", "srv", "opt", "commands", "log"]) {
      rmSync(join(this.#root, directory), { recursive: true, force: true });
      mkdirSync(join(this.#root, directory), { recursive: true });
    }
    const files: Readonly<Record<string, string>> = {
      "home/agent/.bashrc": "x",
      "home/agent/.ssh/id": "x",
      "tmp/agent-scratch/keep": "x",
      "etc/passwd": "root:x:0:0::/:/bin/false\n",
      "etc/fz": "x",
      "srv/x": "x",
      "opt/x": "x",
    };
    const project: Readonly<Record<string, string>> = {
      "package.json": "{}",
      "a.js": "x",
      "b.txt": hostile,
      "a.txt": hostile,
      "src/a.txt": hostile,
      "src/b.ts": "x",
      "src/index.ts": "x",
      "src/sub/c.txt": "x",
      "tests/t.ts": "x",
      "feature_list.json": "[]",
      ".mcp.json": "{}",
      ".envrc": "x",
      ".git/config": "x",
      ".git/hooks/x": "x",
      ".claude/settings.json": "{}",
      ".husky/pre": "x",
      ".onward/x": "x",
      "onward.config.json": "{}",
      ".env": "A=1",
    };
    for (const [name, content] of Object.entries(files)) this.#write(name, content);
    for (const [name, content] of Object.entries(project)) this.#write(`home/agent/project/${name}`, content);
    for (const name of [
      "init.sh",
      "scripts/a.sh",
      "node_modules/.bin/tsc",
      ".venv/bin/python",
      "evil",
      "ls",
    ]) {
      this.#write(`home/agent/project/${name}`, `${canary}\n`);
      chmodSync(join(this.#root, "home/agent/project", name), 0o755);
    }
  }

  #write(name: string, content: string): void {
    const file = join(this.#root, name);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content);
  }

  execute(commands: readonly string[]): Batch {
    this.#reset();
    commands.forEach((command, index) => {
      this.#write(`commands/${String(index).padStart(6, "0")}`, command);
    });
    const before = this.#guarded();
    execFileSync("bwrap", this.#arguments(), { stdio: "ignore", timeout: 600_000 });
    const ran = commands.map((_, index) => this.#log(String(index).padStart(6, "0")));
    const after = this.#guarded();
    const touched = [...new Set([...before.keys(), ...after.keys()])].filter(
      (name) => before.get(name) !== after.get(name),
    );
    return { ran, touched };
  }

  #arguments(): string[] {
    const system = ["usr", "bin", "lib", "lib64"].flatMap((name) =>
      existsSync(`/${name}`) ? ["--ro-bind", `/${name}`, `/${name}`] : [],
    );
    return [
      "--unshare-all",
      "--die-with-parent",
      "--new-session",
      "--as-pid-1",
      "--clearenv",
      "--bind",
      this.#root,
      "/",
      ...system,
      "--proc",
      "/proc",
      "--dev",
      "/dev",
      "--setenv",
      "PATH",
      "/canary",
      "--setenv",
      "HOME",
      context.home,
      "--setenv",
      "TMPDIR",
      context.tmpdir,
      "--setenv",
      "UNKNOWN",
      "/etc/fz -rf",
      "--chdir",
      context.project,
      "/bin/bash",
      "--norc",
      "/driver.sh",
    ];
  }

  #log(name: string): readonly Ran[] {
    const file = join(this.#root, "log", name);
    if (!existsSync(file)) return [];
    return readFileSync(file, "utf8")
      .split(`${separator}\0`)
      .slice(1)
      .map((record) => {
        const [program = "", cwd = "", ...args] = record.split("\0").slice(0, -1);
        return { name: program, cwd, args };
      });
  }

  /** Everything that no allowed command may change, with what is in it. */
  #guarded(): ReadonlyMap<string, string> {
    const found = new Map<string, string>();
    const visit = (name: string) => {
      const file = join(this.#root, name);
      const inside =
        name.startsWith("home/agent/project/") &&
        !/^home\/agent\/project\/(?:\.git|\.claude|\.husky|\.onward|\.envrc|\.mcp\.json|feature_list\.json|onward\.config\.json)(?:\/|$)/i.test(
          name,
        );
      if (
        /^(?:usr|bin|lib|lib64|proc|dev|log|commands|canary)$/.test(name) ||
        inside ||
        name.startsWith("tmp/agent-scratch/")
      )
        return;
      const status = lstatSync(file);
      if (!status.isDirectory()) {
        found.set(
          name,
          createHash("sha1")
            .update(status.isFile() ? readFileSync(file) : "")
            .digest("hex") + status.mode,
        );
        return;
      }
      found.set(name, String(status.mode));
      for (const entry of readdirSync(file)) visit(name === "" ? entry : `${name}/${entry}`);
    };
    for (const entry of readdirSync(this.#root)) visit(entry);
    return found;
  }

  [Symbol.dispose](): void {
    rmSync(this.#root, { recursive: true, force: true });
  }
}

const canary = `#!/bin/dash
printf '%s\\0' '${separator}' "$0" "$PWD" "$@" >> "$FUZZ_LOG"`;

const driver = `cd ${context.project} || exit 1
for file in /commands/*; do
  export FUZZ_LOG=/log/\${file##*/}
  [ -d ${context.project} ] && cd ${context.project} || exit 1
  /usr/bin/timeout -k 1 2 /bin/bash --norc -c "$(<"$file")" < /dev/null > /dev/null 2>&1
done
exit 0
`;
