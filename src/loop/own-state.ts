/**
 * Onward's own record of how a session began, kept from the session itself. A guard that is on denies every
 * write below `.onward/`; a program that the agent runs may still reach there, so what settling will believe
 * is held in memory while the agent lives, and put back once it is gone.
 */
import { lstat, readdir, readFile, rm } from "node:fs/promises";
import { join, relative } from "node:path";
import type { Violation } from "../core/events.ts";
import { atomicWrite } from "../project/atomic-write.ts";
import { allViolations } from "../project/guardian.ts";
import type { LoopContext } from "./context.ts";
import { makeSessionDirectory, type SessionFiles } from "./session-files.ts";
import { nothingSeen, saveWatched, type Watched } from "./watched.ts";

export interface OwnState {
  /** Puts back what has changed, and keeps that with what was seen already. */
  putBack(watched: Watched): Promise<void>;
}

export async function rememberOwnState(ctx: LoopContext, files: SessionFiles): Promise<OwnState> {
  const before = await readFile(files.before, "utf8");
  const snapshots = await stampsIn(ctx.paths.snapshots);

  return {
    async putBack(watched) {
      const changed: string[] = [];
      makeSessionDirectory(files);
      if ((await textOf(files.before)) !== before) {
        changed.push(files.before);
        await rm(files.before, { recursive: true, force: true });
        await atomicWrite(files.before, before);
      }
      // Of a session that is not settling yet there is none.
      if ((await textOf(files.integrity)) !== null) changed.push(files.integrity);
      await discardIntegrity(files);
      for (const [name, stamp] of await stampsIn(ctx.paths.snapshots)) {
        if (snapshots.get(name) === stamp) continue;
        changed.push(join(ctx.paths.snapshots, name));
        await rm(join(ctx.paths.snapshots, name), { recursive: true, force: true });
      }
      const kept = watched === nothingSeen ? null : JSON.stringify(watched);
      if ((await textOf(files.watched)) !== kept) {
        changed.push(files.watched);
        await rm(files.watched, { recursive: true, force: true });
      }
      if (changed.length === 0) return;
      const violations = changed.map((file) => violation(relative(ctx.dir, file)));
      await saveWatched(files, { ...watched, violations: allViolations(watched.violations, violations) });
    },
  };
}

/** Before settling has begun, what lies under this name is not ours. */
export async function discardIntegrity(files: SessionFiles): Promise<void> {
  await rm(files.integrity, { recursive: true, force: true });
}

function violation(path: string): Violation {
  return { what: `${path} was written: it is Onward's own record, and has been put back.`, featureId: null };
}

async function textOf(file: string): Promise<string | null> {
  try {
    return await readFile(file, "utf8");
  } catch {
    return null;
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
