import { closeSync, openSync, writeSync } from "node:fs";
import { OnwardError } from "../core/errors.ts";
import type { Git } from "./git.ts";

export interface BlobFile {
  readonly object: string;
  /** Made with this mode; must not exist. */
  readonly path: string | Buffer;
  readonly mode: number;
}

/** Writes the contents of objects into files, byte by byte, whatever their size. Throws `git-failed` for one that is lost. */
export async function writeBlobs(git: Git, files: readonly BlobFile[]): Promise<void> {
  const input = files.map(({ object }) => `${object}\n`).join("");
  const writer = blobWriter(files);
  try {
    if (files.length > 0) {
      await git.run(["cat-file", "--batch", "--buffer"], {
        input,
        sink: writer.take,
        timeoutMs: 30 * 60_000,
      });
    }
  } finally {
    writer.close();
  }
  if (writer.problem !== null) throw writer.problem;
  if (writer.written !== files.length) throw lost(files[writer.written]?.object ?? "");
}

/** Reads `<object> blob <size>`, so many bytes and a line break, again and again. */
function blobWriter(files: readonly BlobFile[]) {
  let header = "";
  let left = 0;
  let written = 0;
  let open: number | null = null;
  let problem: Error | null = null;

  return {
    get problem() {
      return problem;
    },
    get written() {
      return written;
    },
    take(chunk: Buffer): void {
      if (problem !== null) return;
      try {
        consume(chunk);
      } catch (error) {
        problem = error instanceof Error ? error : new Error(String(error));
      }
    },
    close(): void {
      if (open !== null) closeSync(open);
      open = null;
    },
  };

  function consume(chunk: Buffer): void {
    for (let at = 0; at < chunk.length; ) {
      if (open === null) {
        const end = chunk.indexOf(10, at);
        header += chunk.toString("latin1", at, end === -1 ? chunk.length : end);
        at = end === -1 ? chunk.length : end + 1;
        if (end !== -1) begin();
        continue;
      }
      const part = Math.min(left, chunk.length - at);
      for (let done = 0; done < part; ) done += writeSync(open, chunk, at + done, part - done);
      left -= part;
      at += part;
      if (left === 0 && at < chunk.length) {
        at += 1; // the line break after it
        closeSync(open);
        open = null;
        written += 1;
      }
    }
  }

  function begin(): void {
    const size = /^[0-9a-f]+ blob (\d+)$/.exec(header)?.[1];
    const file = files[written];
    if (size === undefined || file === undefined) throw lost(header.split(" ")[0] ?? "");
    header = "";
    left = Number(size);
    open = openSync(file.path, "wx", file.mode);
  }
}

function lost(object: string): OnwardError {
  return new OnwardError("git-failed", `The repository has lost the object ${object.slice(0, 12)}.`, {
    hint: "Nothing was changed. `git fsck` tells what else is gone; another checkpoint may still be whole.",
  });
}
