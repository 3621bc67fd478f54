/**
 * What a verdict costs: over the commands of the test corpora, on adversarial text of the greatest length, and
 * from the start of a process to its first verdict. The reference is the parser alone on the same text.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { parse } from "unbash";
import { checkCommand, type ShellContext } from "../src/guard/shell.ts";
import type { BenchRow } from "./row.ts";

const rounds = 30;
const context: ShellContext = {
  project: "/home/agent/project",
  cwd: "/home/agent/project",
  home: "/home/agent",
  tmpdir: "/tmp/agent-scratch",
};

export async function guardBench(): Promise<readonly BenchRow[]> {
  const commands = readCommands();
  const judge = (command: string) => void checkCommand(command, context, "strict");
  const verdict = measure(commands, judge);
  const parsing = measure(commands, (command) => void parse(command));
  const worst = Math.max(...adversarial().map((command) => fastest(command, judge)));
  const start = startTime();
  return [
    row("verdict p50", at(verdict, 0.5), at(parsing, 0.5), 0.1),
    row("verdict p99", at(verdict, 0.99), at(parsing, 0.99), 1),
    row("verdict, worst of 128 KiB", worst, at(parsing, 0.99), 200),
    row("import to first verdict", start, at(parsing, 0.99), 60),
  ];
}

/** `target` is in milliseconds; `limit` is a ratio, so these rows are reported and not held to one. */
function row(name: string, value: number, reference: number, target: number): BenchRow {
  return {
    name: `guard ${name} (target ${target} ms)`,
    value,
    reference,
    ratio: value / reference,
    unit: "ms",
    limit: null,
  };
}

function readCommands(): readonly string[] {
  return ["corpus.jsonl", "more.jsonl"].flatMap((file) =>
    readFileSync(join(import.meta.dirname, "../test/guard", file), "utf8")
      .trim()
      .split("\n")
      .map((line) => (JSON.parse(line) as { command: string }).command),
  );
}

/** Each command's median over all rounds but the first, sorted. */
function measure(commands: readonly string[], work: (command: string) => void): readonly number[] {
  const times = commands.map((): number[] => []);
  for (let round = 0; round <= rounds; round += 1) {
    for (const [index, command] of commands.entries()) {
      const started = performance.now();
      work(command);
      if (round > 0) times[index]?.push(performance.now() - started);
    }
  }
  return times.map(median).sort((a, b) => a - b);
}

function adversarial(): readonly string[] {
  const pieces = [
    "(",
    "$(",
    '"$(',
    "${a:-",
    "{a,",
    "if ",
    "a=1;",
    "ls;",
    "ls|",
    "a ",
    "'a'",
    "a?*",
    "[ ",
    "$x",
    "ls <<< a;",
    "x=$x$x;",
    "[ a = b ] && ",
  ];
  const wrapped = [
    ["awk '", "a/b ", "'"],
    ["sed '", "s/a/b/;", "'"],
    ["jq '", ".a|", "'"],
    ["ls ", "../", ""],
    ['echo "', "$x ", '"'],
    ["cat <<EOF\n", "$x\n", "EOF"],
    ["for i in ", "a ", "; do ls $i; done"],
  ] as const;
  const length = 127 * 1024;
  return [
    ...pieces.map((piece) => piece.repeat(length / piece.length)),
    ...wrapped.map(([head, piece, tail]) => head + piece.repeat(length / piece.length) + tail),
    `${"for i in {1..60}; do ".repeat(3)} ls $i; ${"done; ".repeat(3)}`,
    `${"while :; do ".repeat(20)} x=a$x ${"; done".repeat(20)}`,
  ];
}

function fastest(command: string, work: (command: string) => void): number {
  return Math.min(
    ...Array.from({ length: 3 }, () => {
      const started = performance.now();
      work(command);
      return performance.now() - started;
    }),
  );
}

/** Of the compiled code, as it is installed. */
function startTime(): number {
  const built = mkdtempSync(join(import.meta.dirname, ".guard-"));
  try {
    const compiler = join(import.meta.dirname, "../node_modules/.bin/tsc");
    execFileSync(compiler, ["-p", "tsconfig.build.json", "--outDir", built], {
      cwd: join(import.meta.dirname, ".."),
    });
    return median(Array.from({ length: 9 }, () => firstVerdict(join(built, "guard/shell.js"))));
  } finally {
    rmSync(built, { recursive: true });
  }
}

function firstVerdict(module: string): number {
  const program = `const started = performance.now();
    const { checkCommand } = await import(${JSON.stringify(module)});
    checkCommand("cd src && npm test", ${JSON.stringify(context)}, "strict");
    console.log(performance.now() - started);`;
  return Number(execFileSync(process.execPath, ["--input-type=module", "-e", program], { encoding: "utf8" }));
}

function at(sorted: readonly number[], share: number): number {
  return sorted[Math.floor(sorted.length * share)] ?? Number.NaN;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}

if (import.meta.main) console.table(await guardBench());
