/** P6.3: find. Its expression is read word by word; whatever writes, deletes or asks is refused. */
import { checkRead, isInside, isProtected, resolveAll } from "../shell/paths.ts";
import { refuse } from "../shell/refusal.ts";
import { type Arg, literal } from "../shell/values.ts";
import { judgePerFile } from "./per-file.ts";
import { type Call, staticText } from "./program.ts";
import { applyRole } from "./roles.ts";

const tests = new Set(
  "-daystart -depth -d -mount -xdev -noleaf -empty -executable -readable -writable -nouser -nogroup -true -false -print -print0 -ls -prune -quit -and -a -or -o -not ! ( ) ,".split(
    " ",
  ),
);
const valued = new Set(
  `-name -iname -path -ipath -wholename -iwholename -regex -iregex -lname -ilname -type -xtype -size -mtime -atime -ctime
   -mmin -amin -cmin -maxdepth -mindepth -perm -user -group -uid -gid -links -inum -fstype -used -regextype -printf`.split(
    /\s+/,
  ),
);
const comparing = /^-(?:newer|anewer|cnewer|samefile|newer[aBcmt]{2})$/;

/** The directories it starts from, or null for the current one. */
export function findRoots(call: Call): readonly Arg[] {
  const start = call.args.findIndex((arg) => !(arg.type === "literal" && /^-(?:[HLP]|O\d)$/.test(arg.text)));
  const roots: Arg[] = [];
  for (const arg of call.args.slice(start === -1 ? call.args.length : start)) {
    if (arg.type === "literal" && (/^-/.test(arg.text) || /^[()!,]$/.test(arg.text))) break;
    roots.push(arg);
  }
  return roots;
}

export function judgeFind(call: Call): void {
  const roots = findRoots(call);
  for (const root of roots) checkRead(call, root);
  const { args } = call;
  let index = args.findIndex((arg) => !(arg.type === "literal" && /^-(?:[HLP]|O\d)$/.test(arg.text)));
  index = index === -1 ? args.length : index + roots.length;
  while (index < args.length) {
    const arg = args[index];
    if (arg === undefined) return;
    const word = staticText(call, arg);
    if (word === "-exec" || word === "-execdir") {
      index = judgeExec(call, index + 1, roots);
    } else if (tests.has(word)) {
      index += 1;
    } else if (valued.has(word) || comparing.test(word)) {
      const value = args[index + 1];
      if (value === undefined) refuse("P12", word, `\`find ${word}\` needs a value.`);
      applyRole(call, value, "text", word);
      if (comparing.test(word) && !word.endsWith("t")) checkRead(call, value);
      index += 2;
    } else {
      refuse(
        "P6.3",
        arg.raw,
        `\`find ${arg.raw}\` is not allowed. Print the names, look at them, and act on them by name.`,
      );
    }
  }
}

/** Judges the command behind `-exec`; answers where the expression goes on. */
function judgeExec(call: Call, start: number, roots: readonly Arg[]): number {
  const end = call.args.findIndex((arg, at) => at >= start && isTerminator(call, arg, at, start));
  if (end === -1) refuse("P6.3", "-exec", "`-exec` must end in `{} +` or `\\;`.");
  const command = call.args.slice(start, end);
  const rooted = roots.length > 0 && roots.every((root) => isWritableRoot(call, root));
  judgePerFile(call, command, {
    placeholder: "{}",
    rooted,
    fromFind: true,
    files: roots.length === 0 ? [literal(".")] : roots,
  });
  return end + 1;
}

function isTerminator(call: Call, arg: Arg, at: number, start: number): boolean {
  if (arg.type !== "literal") return false;
  if (arg.text === ";") return true;
  const before = call.args[at - 1];
  return arg.text === "+" && at > start && before?.type === "literal" && before.text === "{}";
}

/** P6.2: a literal subdirectory of the project that holds nothing protected. */
export function isWritableRoot(call: Call, root: Arg): boolean {
  if (root.type !== "literal" || root.approximate) return false;
  const { project, tmpdir } = call.run.context;
  return resolveAll(call, root).every(
    (path) => (isInside(path, project) && !isProtected(path, call)) || isInside(path, tmpdir),
  );
}
