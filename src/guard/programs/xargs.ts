/** P6.2: xargs. Where the names come from decides what may be done with them. */
import { refuse } from "../shell/refusal.ts";
import { type Arg, literal } from "../shell/values.ts";
import { findRoots, isWritableRoot } from "./find.ts";
import { has, optionValue, parseOptions } from "./options.ts";
import { judgePerFile } from "./per-file.ts";
import { type Call, type Program, staticText } from "./program.ts";

/** No `-i`, `-e`, `-l`: their optional values are read differently by different versions. `-o`, `-p` want a terminal. */
const xargs: Program = {
  flags: "0rtx",
  options: `-a=read -d=text -E=text -I=text -L=number -n=number -P=number -s=number --arg-file=read --delimiter=text
    --max-args=number --max-chars=number --max-lines=number --max-procs=number --no-run-if-empty --null --verbose
    --exit --replace=text`,
  operands: "command",
  posix: true,
};
/** What these print are names of files that exist, or lines chosen from what they read. */
const listers = new Set(["find", "rg", "grep", "ls", "git", "egrep", "fgrep"]);
const filters = new Set(["sort", "uniq", "head", "tail", "tac"]);

export function judgeXargs(call: Call): void {
  const parsed = parseOptions(call, xargs);
  const replace = optionValue(parsed, "-I", "--replace");
  if (replace !== null && staticText(call, replace) !== "{}")
    refuse("P6.2", replace.raw, "Only `-I {}` is allowed.");
  // Without a command it echoes.
  const [name = literal("echo"), ...args] = parsed.operands;
  const program = staticText(call, name).replace(/^.*\//, "");
  for (const arg of args) if (arg.type !== "glob") staticText(call, arg);
  const source = sourceOf(call, has(parsed, "-a", "--arg-file"));
  if (program !== "echo" && source.type === "written") {
    refuse(
      "P6.2",
      name.raw,
      `\`${program}\` would get words that this command makes up. Give them to \`${program}\` directly.`,
    );
  }
  if (program === "rg" && source.type !== "listed" && source.type !== "rooted") {
    // A line such as `--pre=…` would run a program.
    refuse(
      "P6.2",
      name.raw,
      "`xargs rg` needs names from find, ls, grep -l or git ls-files. Use `xargs grep`.",
    );
  }
  judgePerFile(call, [name, ...args], {
    placeholder: replace === null ? null : "{}",
    rooted: source.type === "rooted",
    fromFind: false,
    files:
      program === "kill"
        ? [{ type: "dynamic", prefix: "", raw: "{}", splits: true, holds: "word" }]
        : source.type === "rooted"
          ? source.roots
          : [literal(".")],
  });
}

type Source =
  /** Files below literal directories. */
  | { readonly type: "rooted"; readonly roots: readonly Arg[] }
  | { readonly type: "listed" }
  /** Text that the command itself contains. */
  | { readonly type: "written" }
  | { readonly type: "unknown" };

function sourceOf(call: Call, fromFile: boolean): Source {
  if (fromFile) return { type: "unknown" };
  if (call.stdin.type !== "pipe") return { type: call.stdin.type === "file" ? "unknown" : "written" };
  const chain = [...call.producers].reverse();
  if (chain.some((calls) => calls === null)) return { type: "written" };
  if (
    chain.some((calls) =>
      calls?.some(
        ({ program, stdin }) => writesText(program) || stdin.type === "literal" || stdin.type === "dynamic",
      ),
    )
  ) {
    return { type: "written" };
  }
  if (chain.at(-1)?.some(readsGroup)) return { type: "written" };
  const head = chain.find((calls) => !calls?.every((one) => isFilter(one)));
  if (head === undefined || head === null || head.length === 0) return { type: "unknown" };
  const rooted = head.map((producer) => rootsOf(producer));
  if (rooted.every((roots) => roots !== null))
    return { type: "rooted", roots: rooted.flatMap((roots) => roots ?? []) };
  return { type: head.every(({ program }) => listers.has(program)) ? "listed" : "unknown" };
}

/** Programs that hand their input on, and how many of their operands are no files. */
const handsOn: Readonly<Record<string, number | undefined>> = {
  cat: 0,
  tee: 0,
  tac: 0,
  rev: 0,
  sort: 0,
  uniq: 0,
  head: 0,
  tail: 0,
  paste: 0,
  nl: 0,
  fold: 0,
  cut: 0,
  tr: 2,
  awk: 1,
  sed: 1,
  jq: 1,
  grep: 1,
};

/** Whether it passes on the input of a group around it, which may be anything. */
function readsGroup({ program, args, stdin }: Call): boolean {
  const others = handsOn[program];
  if (others === undefined || stdin.type !== "inherited") return false;
  return args.filter((arg) => !(arg.type === "literal" && arg.text.startsWith("-"))).length <= others;
}

function writesText(program: string): boolean {
  return ["echo", "printf", "node", "python", "python3", "base64", "seq", "date"].includes(program);
}

function isFilter({ program, args, stdin }: Call): boolean {
  const words = args.map((arg) => (arg.type === "literal" ? arg.text : ""));
  if (stdin.type !== "pipe") return false;
  if (filters.has(program))
    return words.every((word) => /^-[\w]*$|^\d+$/.test(word) && !word.startsWith("-o"));
  if (program !== "grep") return false;
  return words.filter((word) => !/^-[vEiFwxe]+$/.test(word)).length === 1;
}

/** P6.2: `find src …`, `grep -rl … src`, `rg -l … src`, `ls src/*.ts`; null for anything else. */
function rootsOf(call: Call): readonly Arg[] | null {
  const roots = namedRoots(call);
  return roots !== null && roots.length > 0 && roots.every((root) => isWritableRoot(call, root))
    ? roots
    : null;
}

function namedRoots(call: Call): readonly Arg[] | null {
  const { program, args } = call;
  const options = args.flatMap((arg) =>
    arg.type === "literal" && arg.text.startsWith("-") ? [arg.text] : [],
  );
  const operands = args.filter((arg) => !(arg.type === "literal" && arg.text.startsWith("-")));
  switch (program) {
    case "find": {
      // What it prints must be the names themselves.
      const printsOther = options.some((option) => /^-(?:printf|ls|exec|execdir)$/.test(option));
      return printsOther ? null : findRoots(call);
    }
    case "grep":
    case "rg": {
      const lists = options.some((option) => /^-[a-zA-Z]*l[a-zA-Z]*$|^--files-with-matches$/.test(option));
      const plain = options.every((option) =>
        /^-[EFHRilnrswxzZ0]+$|^--(?:include|exclude|exclude-dir|glob)=|^--(?:files-with-matches|null|recursive|fixed-strings)$/.test(
          option,
        ),
      );
      return lists && plain ? operands.slice(1) : null;
    }
    case "ls": {
      // Of a directory it would print bare names; of these it prints the names as they are.
      const plain = options.every((option) => /^-[1dtrS]+$/.test(option));
      const listed = operands.map((arg) => (arg.type === "glob" ? directoryOf(arg.text) : null));
      return plain && listed.every((one) => one !== null) ? listed.flatMap((one) => one ?? []) : null;
    }
    default:
      return null;
  }
}

function directoryOf(pattern: string): Arg | null {
  const directory = pattern.slice(0, Math.max(0, pattern.lastIndexOf("/")));
  return directory === "" || directory.includes("\ue000") ? null : literal(directory);
}
