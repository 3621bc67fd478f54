import { closeSync, openSync, writeSync } from "node:fs";
import type { Git } from "./git.ts";
import { readObjects } from "./objects.ts";

export interface BlobFile {
  readonly object: string;
  /** Made with this mode; must not exist. */
  readonly path: string | Buffer;
  readonly mode: number;
}

/**
 * Writes the contents of objects into files, byte by byte, whatever their size. Throws `git-failed` for one that
 * is lost or forged; the file of a forged one is there by then.
 */
export async function writeBlobs(git: Git, files: readonly BlobFile[]): Promise<void> {
  let written = 0;
  let open: number | null = null;
  const close = () => {
    if (open !== null) closeSync(open);
    open = null;
  };
  try {
    await readObjects(
      git,
      files.map(({ object }) => object),
      {
        begin() {
          const { path = "", mode = 0 } = files[written] ?? {};
          open = openSync(path, "wx", mode);
        },
        take(chunk) {
          for (let done = 0; done < chunk.length; ) done += writeSync(open ?? -1, chunk, done);
        },
        end() {
          close();
          written += 1;
        },
      },
    );
  } finally {
    close();
  }
}
