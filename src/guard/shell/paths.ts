/**
 * P3: where a path leads, lexically, from every directory the command may run in. Symlinks are the file
 * system's and the sandbox's business (S2).
 */
import { refuse } from "./refusal.ts";
import type { ShellContext } from "./run.ts";
import { type Arg, wildcard } from "./values.ts";

/** Who asks: the part of a call that paths depend on. */
export interface Place {
  readonly cwds: readonly string[];
  readonly run: { readonly context: ShellContext; readonly profile: "strict" | "sandboxed" };
}

const readableTrees = ["/usr", "/lib", "/opt"];
const readableFiles = new Set(
  `/etc/os-release /proc/cpuinfo /proc/meminfo /proc/loadavg /proc/version /proc/uptime
   /dev/null /dev/zero /dev/urandom /dev/stdin`.split(/\s+/),
);
const writableFiles = new Set(["/dev/null", "/dev/stdout", "/dev/stderr"]);
/** P3.4, at the top of the project. `onward.config.*` is matched apart. */
const protectedNames = [".claude", ".git", ".mcp.json", "feature_list.json", ".onward", ".envrc", ".husky"];
/** Repositories and settings take effect wherever they lie. */
const protectedAnywhere = [".git", ".claude"];

export function checkRead(place: Place, arg: Arg): void {
  for (const path of resolveAll(place, arg)) {
    if (isReadable(path, place)) continue;
    refuse(
      "P3.2",
      arg.raw,
      `Reading \`${display(path)}\` is outside the project. Work with files of the project, or copies in $TMPDIR.`,
    );
  }
}

export function checkWrite(place: Place, arg: Arg): void {
  for (const path of resolveAll(place, arg)) checkWritable(place, path, arg);
}

/** P3.1 and P3.4 for a path that is already resolved. */
export function checkWritable(place: Place, path: string, arg: Arg): void {
  if (writableFiles.has(path)) return;
  if (!isWorkspace(path, place)) {
    refuse(
      "P3.1",
      arg.raw,
      `Writing \`${display(path)}\` is outside the project. Write inside the project or to $TMPDIR.`,
    );
  }
  refuseProtected(place, path, arg);
  if (path.split("/").some((component) => component.startsWith("-") && component !== "-")) {
    // A later `*` would turn such a name into an option.
    refuse("P3.1", arg.raw, "A file name must not begin with a dash. Choose another name.");
  }
}

/** P3.5: `rm`, `rmdir`, and what `mv` takes away. */
export function checkRemovable(place: Place, arg: Arg): void {
  if (arg.type === "literal" && arg.approximate) {
    refuse("P3.5", arg.raw, "What is removed must be written out. Name the files.");
  }
  for (const path of resolveAll(place, arg)) {
    const project = place.run.context.project;
    if (path === project || isInside(project, path)) {
      refuse(
        "P3.5",
        arg.raw,
        "This would remove the project itself. Name the files inside it that should go.",
      );
    }
    checkWritable(place, path, arg);
    const last = path.slice(path.lastIndexOf("/") + 1);
    const above = path.slice(0, path.lastIndexOf("/"));
    const bare = last.replaceAll(wildcard, "").replaceAll(".", "") === "" && last.includes(wildcard);
    if (bare && (above === project || last.startsWith("."))) {
      refuse(
        "P3.5",
        arg.raw,
        "A bare wildcard here would remove too much. Name a directory, or a pattern such as `*.log`.",
      );
    }
  }
}

/** For programs of which the options are not known one by one: a word that is a path stays in the workspace. */
export function checkStaysInside(place: Place, arg: Arg): void {
  if (arg.type === "dynamic") {
    refuse("P3.7", arg.raw, "This word is not known before it runs. Write the value out.");
  }
  const withoutUrls = arg.text.replaceAll(/https?:\/\/[^\s,]*/g, "");
  for (const piece of withoutUrls.split(/[=,:](?=[/~.])|=/)) {
    const leaves = /^[/~]|(?:^|\/)\.\.(?:\/|$)/.test(piece);
    const candidate: Arg = { ...arg, text: piece };
    if (leaves) {
      for (const path of resolveAll(place, candidate)) {
        if (path === place.run.context.project || isWorkspace(path, place) || writableFiles.has(path))
          continue;
        refuse("P3.2", arg.raw, `\`${display(path)}\` is outside the project. Use paths of the project.`);
      }
    }
    if (piece === "") continue;
    for (const path of resolveAll(place, candidate)) {
      if (isWorkspace(path, place)) refuseProtected(place, path, arg);
    }
  }
}

/** Every place it may lead to. */
export function resolveAll(place: Place, arg: Arg): readonly string[] {
  if (arg.type === "dynamic") {
    refuse(
      "P3.7",
      arg.raw,
      "This path is not known before it runs. Write it out, or use a quoted variable that this command sets.",
    );
  }
  if (arg.text === "") refuse("P3.7", arg.raw, "This path is empty.");
  if (arg.text.startsWith("~"))
    refuse("P3.2", arg.raw, "Paths below a home directory are outside the project.");
  return place.cwds.map((cwd) => resolve(cwd, arg.text, arg.raw));
}

export function resolve(cwd: string, path: string, raw = path): string {
  const components: string[] = [];
  for (const component of (path.startsWith("/") ? path : `${cwd}/${path}`).split("/")) {
    if (component === "" || component === ".") continue;
    if (component !== "..") {
      components.push(component);
      continue;
    }
    if (components.pop()?.includes(wildcard)) {
      refuse("P3.7", raw, "`..` behind a wildcard is not followed. Write the directory out.");
    }
  }
  return `/${components.join("/")}`;
}

/** Strictly inside. */
export function isInside(path: string, root: string): boolean {
  return path.startsWith(`${root}/`);
}

export function isInsideOrSame(path: string, root: string): boolean {
  return path === root || isInside(path, root);
}

/** Strictly inside the project or the scratch directory. */
function isWorkspace(path: string, { run }: Place): boolean {
  return isInside(path, run.context.project) || isInside(path, run.context.tmpdir);
}

export function isReadable(path: string, place: Place): boolean {
  const { project, tmpdir } = place.run.context;
  if (isInsideOrSame(path, project) || isInsideOrSame(path, tmpdir) || readableFiles.has(path)) return true;
  return readableTrees.some((tree) => isInsideOrSame(path, tree));
}

/** P3.4, compared without case because some file systems do. */
export function isProtected(path: string, { run }: Place): boolean {
  const { project, tmpdir } = run.context;
  const root = isInside(path, project) ? project : tmpdir;
  if (!isInside(path, root)) return false;
  const components = plainCase(path.slice(root.length + 1)).split("/");
  if (components.some((component) => protectedAnywhere.some((name) => mayBe(component, name)))) return true;
  // A directory with a HEAD is a repository to git, and its configuration can name programs.
  if (path.endsWith("/HEAD")) return true;
  const [top = ""] = components;
  if (root !== project) return false;
  return (
    protectedNames.some((name) => mayBe(top, name)) ||
    top.startsWith("onward.config.") ||
    mayBe(top, "onward.config.json")
  );
}

/** Some file systems ignore case, invisible characters and the form in which a letter is written. */
function plainCase(path: string): string {
  return path
    .normalize("NFKC")
    .replaceAll(/\p{Cf}/gu, "")
    .toLowerCase();
}

function refuseProtected(place: Place, path: string, arg: Arg): void {
  if (!isProtected(path, place)) return;
  refuse(
    "P3.4",
    arg.raw,
    `\`${arg.raw}\` is state of the session manager or of git: it may be read, not written. Leave it as it is.`,
  );
}

/** Whether a component, wildcards included, can come out as this name. A bare wildcard skips dot files. */
function mayBe(component: string, name: string): boolean {
  if (!component.includes(wildcard)) return component === name;
  if (component.startsWith(wildcard) && name.startsWith(".")) return false;
  const pattern = component.split(wildcard).map((piece) => piece.replaceAll(/[\\^$.*+?()[\]{}|]/g, "\\$&"));
  return new RegExp(`^${pattern.join(".*")}$`, "s").test(name);
}

function display(path: string): string {
  return path.replaceAll(wildcard, "*");
}
