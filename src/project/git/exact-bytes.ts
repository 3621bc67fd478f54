/**
 * K4: `git add` rewrites line endings, encodings and `$Id$` where attributes say so, and gives up at a file that
 * is not in the encoding they name. Attributes come from files that anybody may have written, so what they are
 * about is put into the private index as it is.
 */
import { createReadStream } from "node:fs";
import type { Git } from "./git.ts";
import { fromTop, lookAt, type PathBytes, toPath, zeroEnded } from "./path-bytes.ts";

export interface Rewritten {
  /** `git add` must not even see these. */
  readonly encoded: readonly PathBytes[];
  /** These it would change. */
  readonly changed: readonly PathBytes[];
}

const attributes = ["text", "crlf", "eol", "ident", "working-tree-encoding"];
const off = new Set(["unspecified", "unset"]);

/** Line endings alone matter only where there is a carriage return. */
export async function rewrittenAmong(git: Git, dir: string, paths: readonly PathBytes[]): Promise<Rewritten> {
  if (paths.length === 0) return { encoded: [], changed: [] };
  const answer = await git.run(["check-attr", "-z", "--stdin", ...attributes], {
    input: zeroEnded(paths),
    encoding: "latin1",
  });
  const fields = answer.split("\0");
  const [encoded, changed, lineEndings] = [new Set<PathBytes>(), new Set<PathBytes>(), new Set<PathBytes>()];
  for (let at = 0; at + 2 < fields.length; at += 3) {
    const [path = "", attribute = "", value = ""] = fields.slice(at, at + 3);
    if (off.has(value)) continue;
    if (attribute === "working-tree-encoding") encoded.add(path);
    else if (attribute === "ident") changed.add(path);
    else lineEndings.add(path);
  }
  for (const path of lineEndings) {
    if (!changed.has(path) && (await holdsCarriageReturn(dir, path))) changed.add(path);
  }
  return { encoded: [...encoded], changed: [...changed] };
}

/** Links and what is no file are passed over. */
export async function putExactly(
  git: Git,
  dir: string,
  env: Readonly<Record<string, string>>,
  paths: readonly PathBytes[],
): Promise<void> {
  const files = paths.flatMap((path) => {
    const found = lookAt(dir, path);
    return found?.isFile() === true ? [{ path, mode: found.mode & 0o100 ? "100755" : "100644" }] : [];
  });
  if (files.length === 0) return;
  const hash = ["hash-object", "-w", "--no-filters", "--stdin-paths"];
  // Absolute, because this call takes them from the repository's top, wherever it is made.
  const lines = files.map(({ path }) => `${quoted(toPath(dir, path).toString("latin1"))}\n`);
  const input = Buffer.from(lines.join(""), "latin1");
  const hashed = (await git.run(hash, { input, writes: true, timeoutMs: 10 * 60_000 })).trim().split("\n");
  const entries = files.map(({ path, mode }, index) => `${mode} ${hashed[index]}\t${fromTop(git, path)}`);
  await git.run(["update-index", "--add", "-z", "--index-info"], {
    env,
    input: zeroEnded(entries),
    writes: true,
  });
}

async function holdsCarriageReturn(dir: string, path: PathBytes): Promise<boolean> {
  if (lookAt(dir, path)?.isFile() !== true) return false;
  try {
    for await (const chunk of createReadStream(toPath(dir, path)))
      if ((chunk as Buffer).includes(13)) return true;
  } catch {
    // It cannot be read, so git has not taken it in either.
  }
  return false;
}

/** As git reads a line that holds a path: in quotes where a character would end or bend it. */
function quoted(path: PathBytes): string {
  if (!/^"|[\n\\]/.test(path)) return path;
  return `"${path.replaceAll(/[\\"]/g, "\\$&").replaceAll("\n", "\\n")}"`;
}
