/** P6.2: the programs that may be run on names which another program finds, by `xargs` or `find -exec`. */
import { resolveAll } from "../shell/paths.ts";
import { refuse } from "../shell/refusal.ts";
import { type Arg, literal } from "../shell/values.ts";
import { type Call, staticText } from "./program.ts";

const readers = new Set(["echo", "ls", "cat", "head", "tail", "wc", "grep", "rg", "kill"]);
const writers = new Set(["sed", "cp", "mv", "chmod", "prettier", "eslint"]);
/** More that only look, and take nothing that could make them write or run. */
const lookers = new Set([
  "stat",
  "file",
  "du",
  "md5sum",
  "sha256sum",
  "basename",
  "dirname",
  "egrep",
  "fgrep",
  "jq",
  "printf",
]);

export interface Names {
  /** `{}`, or null where names are appended. */
  readonly placeholder: string | null;
  /** Every name lies below a literal subdirectory of the project that holds nothing protected. */
  readonly rooted: boolean;
  readonly fromFind: boolean;
  /** What stands for a name when the command is judged. */
  readonly files: readonly Arg[];
}

export function judgePerFile(call: Call, command: readonly Arg[], names: Names): void {
  const [name, ...args] = command;
  if (name === undefined) return;
  const program = staticText(call, name);
  const bare = program.replace(/^.*\//, "");
  if (writers.has(bare)) refuseMisplaced(call, bare, args);
  const inPlace = args.some((arg) => arg.type === "literal" && /^-[a-zA-Z]*i|^--in-place/.test(arg.text));
  if (writers.has(bare) && (bare !== "sed" || inPlace)) {
    if (!names.rooted) {
      refuse(
        "P6.2",
        program,
        `\`${program}\` may only change files found below a literal directory, such as \`src\`: from \`.\` it could reach protected files.`,
      );
    }
  } else if (!readers.has(bare) && !writers.has(bare) && !(lookers.has(bare) && names.fromFind)) {
    refuse(
      "P6.2",
      program,
      `\`${program}\` may not be run on names from another program. Name the files, or loop: \`for f in src/*.ts; do … "$f"; done\`.`,
    );
  }
  for (const file of names.files)
    call.judge({
      args: [name, ...withNames(args, names.placeholder, sample(file))],
      stdin: { type: "literal" },
    });
}

/** Inside a script or a path a name could mean anything; and under the project it could be a protected one. */
function refuseMisplaced(call: Call, program: string, args: readonly Arg[]): void {
  for (const arg of args) {
    if (arg.type !== "literal" || arg.text === "{}") continue;
    if (arg.text.includes("{}")) refuse("P6.2", arg.raw, "`{}` must stand as a word of its own.");
    const path = arg.text.replace(/^(?:-[a-zA-Z]*t|--target-directory=)/, "");
    if (!/^(?:cp|mv)$/.test(program) || path === "" || path.startsWith("-")) continue;
    if (resolveAll(call, { ...arg, text: path }).includes(call.run.context.project)) {
      refuse("P3.4", arg.raw, "What is found could replace a protected file here. Copy into a directory.");
    }
  }
}

function withNames(args: readonly Arg[], placeholder: string | null, file: Arg): readonly Arg[] {
  if (placeholder === null) return [...args, file];
  return args.flatMap((arg) => {
    if (arg.type !== "literal" || !arg.text.includes(placeholder)) return [arg];
    return arg.text === placeholder ? [file] : [literal(arg.text.replaceAll(placeholder, "x"))];
  });
}

/** Some file below the root, so that what is done to it is judged by the program's own rules. */
function sample(root: Arg): Arg {
  return root.type === "literal" ? literal(`${root.text}/x`) : root;
}
