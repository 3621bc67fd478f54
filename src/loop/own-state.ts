/**
 * Onward's own record of how a session began and what was found of it, kept from the session and from the commands
 * that check its work. A guard that is on denies every write below `.onward/`; a program that runs may still reach
 * there, so what settling will believe is held in memory meanwhile, and put back once the program is gone.
 */
import { lstat, readdir, readFile, rm } from "node:fs/promises";
import { join, relative } from "node:path";
import type { Violation } from "../core/events.ts";
import { atomicWrite } from "../project/atomic-write.ts";
import type { LoopContext } from "./context.ts";
import { makeSessionDirectory, type SessionFiles } from "./session-files.ts";

export interface OwnState {
  /**
   * Puts back what has changed, and answers the paths of that, relative to the project. `ours`: what we have written
   * ourselves since, null for what we have not; of the rest, it must be as it was.
   */
  putBack(ours?: ReadonlyMap<string, string | null>): Promise<readonly string[]>;
}

export async function rememberOwnState(ctx: LoopContext, files: SessionFiles): Promise<OwnState> {
  const names = [files.before, files.watched, files.integrity];
  const texts = new Map(await Promise.all(names.map(async (name) => [name, await textOf(name)] as const)));
  const snapshots = await stampsIn(ctx.paths.snapshots);

  return {
    async putBack(ours = new Map()) {
      const changed: string[] = [];
      for (const [name, text] of new Map([...texts, ...ours])) {
        if ((await textOf(name)) === text) continue;
        changed.push(name);
        await rm(name, { recursive: true, force: true });
        if (text === null) continue;
        makeSessionDirectory(files);
        await atomicWrite(name, text);
      }
      for (const [name, stamp] of await stampsIn(ctx.paths.snapshots)) {
        if (snapshots.get(name) === stamp) continue;
        changed.push(join(ctx.paths.snapshots, name));
        await rm(join(ctx.paths.snapshots, name), { recursive: true, force: true });
      }
      return changed.map((name) => relative(ctx.dir, name));
    },
  };
}

/** Before settling has begun, what lies under this name is not ours. */
export async function discardIntegrity(files: SessionFiles): Promise<void> {
  await rm(files.integrity, { recursive: true, force: true });
}

/** What a session did to a file of ours. */
export function ownViolation(path: string): Violation {
  return { what: `${path} was written: it is Onward's own record, and has been put back.`, featureId: null };
}

/** null without a file; "" for what cannot be read as one, which no file of ours is. */
async function textOf(file: string): Promise<string | null> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ENOENT" ? null : "";
  }
}

async function stampsIn(directory: string): Promise<ReadonlyMap<string, string>> {
  const names = await readdir(directory).catch(() => []);
  const stamps = await Promise.all(
    names.map(async (name) => {
      const { ino, size, mtimeNs, ctimeNs } = await lstat(join(directory, name), { bigint: true });
      return [name, [ino, size, mtimeNs, ctimeNs].join(" ")] as const;
    }),
  );
  return new Map(stamps);
}
