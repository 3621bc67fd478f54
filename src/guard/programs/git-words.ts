/** P9: what the words of a git command may be: revisions, paths, remotes, keys. */
import { checkRemovable, checkWritable, isReadable, resolveAll } from "../shell/paths.ts";
import { refuse } from "../shell/refusal.ts";
import { type Arg, wildcard } from "../shell/values.ts";
import { has, type Parsed } from "./options.ts";
import { type Call, staticText } from "./program.ts";

/** Revisions and paths that are only looked at, or that git itself keeps inside the tree. */
export function gitOperands(call: Call, { operands }: Parsed): void {
  for (const operand of operands) checkInsideRepository(call, operand);
}

/** P3.4: these change files of the work tree, or take them away. */
export function gitTreePaths(
  call: Call,
  { operands }: Parsed,
  how: { readonly removes?: boolean } = {},
): void {
  for (const operand of operands) {
    checkInsideRepository(call, operand);
    if (operand.type === "dynamic") continue;
    const pathspec = operand.text.replace(/^:(?:\([a-z,]*\)|[/!^]+)?/, "");
    if (pathspec === "") continue;
    if (/[*?[\\\ue000]/.test(pathspec)) refuseWideMatch(pathspec, operand);
    const path: Arg = { ...operand, text: pathspec.replaceAll(/[*?]/g, wildcard) };
    if (how.removes)
      checkRemovable(
        call,
        path.text.includes(wildcard)
          ? { type: "glob", text: path.text, raw: operand.raw, spreads: true }
          : path,
      );
    else
      for (const resolved of resolveAll(call, path))
        if (isBelowRoot(call, resolved)) checkWritable(call, resolved, operand);
  }
}

const protectedSamples =
  ".claude/x .git/x .mcp.json feature_list.json .onward/x onward.config.json .envrc .husky/x".split(" ");

/** Unlike a shell's, git's wildcards match slashes and leading dots. */
function refuseWideMatch(pathspec: string, operand: Arg): void {
  const pieces = pathspec
    .split(/\*\*\/|\[[^\]]*\]|[*?[\\\ue000]/)
    .map((piece) => piece.replaceAll(/[\\^$.*+?()[\]{}|]/g, "\\$&"));
  const pattern = new RegExp(`^${pieces.join(".*")}`, "is");
  if (pieces.length > 8 || protectedSamples.some((name) => pattern.exec(name)?.[0] === name)) {
    refuse(
      "P3.4",
      operand.raw,
      "This pattern also matches protected files. Name the files, or a directory such as `src`.",
    );
  }
}

function isBelowRoot(call: Call, path: string): boolean {
  return path.startsWith(`${call.run.context.project}/`);
}

function checkInsideRepository(call: Call, operand: Arg): void {
  if (operand.type === "dynamic") return void staticText(call, operand);
  const text = operand.text;
  if (/^[a-z][a-z0-9+.-]*:\/\/|^[a-z0-9]+::/i.test(text)) {
    refuse(
      "P9.2",
      operand.raw,
      "git may not be given a URL. Use the configured remote by its name, such as `origin`.",
    );
  }
  // `rev:path` stays in the repository; a path on its own might not.
  const path = text.replace(/^[^/:]*:(?!\()/, "");
  if (!/^[/~]|(?:^|\/)\.\.(?:\/|$)/.test(path)) return;
  for (const resolved of resolveAll(call, { ...operand, text: path })) {
    if (!isReadable(resolved, call) || /^\/(?:usr|lib|opt|etc|proc|dev)\b/.test(resolved)) {
      refuse("P9.2", operand.raw, "This path is outside the project. Use paths of the project.");
    }
  }
}

const remoteName = /^[A-Za-z0-9_][\w-]*$/;
const refspec = /^[A-Za-z0-9_@][\w./@^~{}-]*(?::[A-Za-z0-9_][\w./-]*)?$/;

/** P9.2: the first word names a configured remote; a URL or a path would be another machine, or a program. */
export function gitTransport(call: Call, { operands }: Parsed): void {
  const [remote, ...refs] = operands;
  if (remote === undefined) return;
  if (!remoteName.test(staticText(call, remote))) {
    refuse(
      "P9.2",
      remote.raw,
      "Only a configured remote may be named, such as `origin`; no URL and no path.",
    );
  }
  for (const ref of refs) {
    if (!refspec.test(staticText(call, ref)))
      refuse("P9.2", ref.raw, "Only plain branch and tag names are allowed here; no `+` and no deletion.");
  }
}

export function gitPush(call: Call, parsed: Parsed): void {
  gitTransport(call, parsed);
}

const stashVerbs = new Set(["push", "pop", "apply", "list", "show", "drop", "clear", "save", "branch"]);

export function gitStash(call: Call, parsed: Parsed): void {
  const [verb, ...rest] = parsed.operands;
  if (verb === undefined) return;
  const name = staticText(call, verb);
  if (!stashVerbs.has(name)) refuse("P9.1", verb.raw, "Use git stash push, pop, apply, list, show or drop.");
  if (name === "push") gitTreePaths(call, { ...parsed, operands: rest });
  else for (const arg of rest) staticText(call, arg);
}

export function gitRemote(call: Call, { operands }: Parsed): void {
  const [verb, ...names] = operands;
  if (verb === undefined) return;
  if (!["show", "get-url"].includes(staticText(call, verb))) {
    refuse("P9.1", verb.raw, "Remotes may be looked at (`git remote -v`, `show`, `get-url`), not changed.");
  }
  for (const name of names) {
    if (!remoteName.test(staticText(call, name)))
      refuse("P9.2", name.raw, "Name a configured remote, such as `origin`.");
  }
}

export function gitConfig(call: Call, parsed: Parsed): void {
  const [key, value, ...more] = parsed.operands.map((operand) => staticText(call, operand));
  const reads = has(parsed, "--get", "--get-all", "--get-regexp", "--list", "-l");
  if (reads) return;
  if (key === undefined) refuse("P9.1", "git config", "Name a key.");
  const verb = /^(?:get|list)$/.test(key);
  if (verb || value === undefined) return;
  const settable = /^user\.(?:name|email)$/.test(key);
  if (settable && more.length === 0) return;
  refuse(
    "P9.1",
    key,
    "Only user.name and user.email of this repository may be set; other keys can name programs to run.",
  );
}

export function gitWorktree(call: Call, { operands }: Parsed): void {
  const [verb, ...more] = operands.map((operand) => staticText(call, operand));
  if (verb !== "list" || more.length > 0)
    refuse("P9.1", verb ?? "worktree", "Only `git worktree list` is allowed.");
}
