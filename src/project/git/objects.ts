import { createHash, type Hash } from "node:crypto";
import { OnwardError } from "../../core/errors.ts";
import type { Git } from "./git.ts";

/** Takes objects one after the other, in the order in which they were asked for. What it throws ends the reading. */
export interface ObjectSink {
  begin(type: string, size: number): void;
  take(chunk: Buffer): void;
  /** Of the whole object, and only where its content is what its id says. */
  end(): void;
}

/** An object that is gone, or is not what its id says. */
class LostObject extends OnwardError {
  constructor(id: string) {
    super("git-failed", `The repository has lost the object ${id.slice(0, 12)}.`, {
      hint: "Nothing was changed. `git fsck` tells what else is gone; another checkpoint may still be whole.",
    });
  }
}

export function isLost(error: unknown): boolean {
  return error instanceof LostObject;
}

/**
 * Hands over the contents of objects, whatever their size, and holds each against its id: git does not when it
 * reads, and an agent can write its files. Throws `git-failed`, for a lost object as `isLost` tells.
 */
export async function readObjects(git: Git, ids: readonly string[], sink: ObjectSink): Promise<void> {
  if (ids.length === 0) return;
  const reader = batchReader(ids, sink);
  await git.run(["cat-file", "--batch", "--buffer"], {
    input: ids.map((id) => `${id}\n`).join(""),
    sink: reader.take,
    timeoutMs: 30 * 60_000,
  });
  reader.close();
}

/** Reads `<object> <type> <size>`, so many bytes and a line break, again and again. */
function batchReader(ids: readonly string[], sink: ObjectSink) {
  let header = "";
  let open: { readonly hash: Hash; left: number } | null = null;
  let done = 0;
  let problem: { readonly error: unknown } | null = null;

  return {
    take(chunk: Buffer): void {
      if (problem !== null) return;
      try {
        consume(chunk);
      } catch (error) {
        problem = { error };
      }
    },
    /** Throws what went wrong. */
    close(): void {
      if (problem !== null) throw problem.error;
      if (done !== ids.length) throw new LostObject(ids[done] ?? "");
    },
  };

  function consume(chunk: Buffer): void {
    for (let at = 0; at < chunk.length; ) {
      if (open === null) {
        const end = chunk.indexOf(10, at);
        header += chunk.toString("latin1", at, end === -1 ? chunk.length : end);
        at = end === -1 ? chunk.length : end + 1;
        if (end !== -1) open = begin();
        continue;
      }
      const part = chunk.subarray(at, at + open.left);
      if (part.length > 0) {
        open.hash.update(part);
        sink.take(part);
      }
      open.left -= part.length;
      at += part.length;
      if (open.left === 0 && at < chunk.length) {
        at += 1; // the line break after it
        end(open.hash);
        open = null;
      }
    }
  }

  function begin() {
    const [, type = "", size = ""] = /^[0-9a-f]+ (\w+) (\d+)$/.exec(header) ?? [];
    const id = ids[done];
    if (size === "" || id === undefined) throw new LostObject(header.split(" ")[0] ?? "");
    header = "";
    sink.begin(type, Number(size));
    const hash = createHash(id.length === 64 ? "sha256" : "sha1");
    return { hash: hash.update(`${type} ${size}\0`), left: Number(size) };
  }

  function end(hash: Hash): void {
    const id = ids[done] ?? "";
    if (hash.digest("hex") !== id) throw new LostObject(id);
    sink.end();
    done += 1;
  }
}
