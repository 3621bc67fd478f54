/** P6.2: the programs that may be run on names which another program finds, by `xargs` or `find -exec`. */
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
  if (args.some((arg) => arg.type === "literal" && arg.text.includes("{}") && arg.text !== "{}")) {
    // Inside a script or a path the name could mean anything.
    const misplaced = args.find(
      (arg) => arg.type === "literal" && arg.text.includes("{}") && arg.text !== "{}",
    );
    if (writers.has(bare)) refuse("P6.2", misplaced?.raw ?? "{}", "`{}` must stand as a word of its own.");
  }
  const edits =
    writers.has(bare) &&
    !(
      bare === "sed" &&
      !args.some((arg) => arg.type === "literal" && /^-[a-zA-Z]*i|^--in-place/.test(arg.text))
    );
  if (edits) {
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
