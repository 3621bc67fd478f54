/**
 * Paths as git has them: bytes, which need not be UTF-8. They travel as strings with one character a byte, so
 * that they can be compared and joined, and become bytes again where a file is touched.
 */
import { lstatSync, type Stats } from "node:fs";
import type { Git } from "./git.ts";
import type { GitOptions } from "./run-git.ts";

/** Relative to the project, or to the repository's top where it says so. */
export type PathBytes = string & { readonly pathBytes?: never };

export function toPath(dir: string, path: PathBytes): Buffer {
  return Buffer.concat([Buffer.from(`${dir}/`), Buffer.from(path, "latin1")]);
}

/** What lies there, links themselves included; null for nothing, or nothing that may be seen. */
export function lookAt(dir: string, path: PathBytes): Stats | null {
  try {
    return lstatSync(toPath(dir, path));
  } catch {
    return null;
  }
}

export function fromText(path: string): PathBytes {
  return Buffer.from(path).toString("latin1");
}

/** For people; bytes that are no UTF-8 become replacement characters. */
export function toText(path: PathBytes): string {
  return Buffer.from(path, "latin1").toString("utf8");
}

/** `a/b/c` → `a`, `a/b`. */
export function parents(path: PathBytes): PathBytes[] {
  const parts = path.split("/").slice(0, -1);
  return parts.map((_, index) => parts.slice(0, index + 1).join("/"));
}

/** The first thing above a path that is no directory, such as a link that leads elsewhere. */
export function obstacle(dir: string, path: PathBytes): PathBytes | null {
  for (const parent of parents(path)) {
    const found = lookAt(dir, parent);
    if (found === null) return null;
    if (!found.isDirectory()) return parent;
  }
  return null;
}

/** Whether a plain file or a link lies there, and not beyond a link. */
export function isFileIn(dir: string, path: PathBytes): boolean {
  const found = lookAt(dir, path);
  if (found === null || !(found.isFile() || found.isSymbolicLink())) return false;
  return obstacle(dir, path) === null;
}

/** Relative to the repository's top. */
export function fromTop({ repository }: Git, path: PathBytes): PathBytes {
  return repository.prefix === "" ? path : `${fromText(repository.prefix)}/${path}`;
}

/** What `-z` reads. */
export function zeroEnded(paths: readonly PathBytes[]): Buffer {
  return Buffer.from(paths.map((path) => `${path}\0`).join(""), "latin1");
}

/** What a call with `-z` prints. */
export async function listed(
  git: Git,
  args: readonly string[],
  options: GitOptions = {},
): Promise<readonly PathBytes[]> {
  const found = await git.run(args, { ...options, encoding: "latin1" });
  return found.split("\0").filter((entry) => entry !== "");
}
