/**
 * Onward's own record of how a session began and what was found of it, kept from the session and from the commands
 * that check its work. A guard that is on denies every write below `.onward/`; a program that runs may still reach
 * there, so what settling will believe is held in memory meanwhile, and put back once the program is gone.
 */
import { lstatSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join, relative } from "node:path";
import type { Violation } from "../core/event-parts.ts";
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

export function rememberOwnState(ctx: LoopContext, files: SessionFiles): OwnState {
  const names = [files.before, files.watched, files.integrity];
  const texts = new Map(names.map((name) => [name, textOf(name)]));
  const snapshots = stampsIn(ctx.paths.snapshots);

  return {
    async putBack(ours = new Map()) {
      const changed: string[] = [];
      for (const [name, text] of new Map([...texts, ...ours])) {
        if (textOf(name) === text) continue;
        changed.push(name);
        rmSync(name, { recursive: true, force: true });
        if (text === null) continue;
        makeSessionDirectory(files);
        await atomicWrite(name, text);
      }
      for (const [name, stamp] of stampsIn(ctx.paths.snapshots)) {
        if (snapshots.get(name) === stamp) continue;
        changed.push(join(ctx.paths.snapshots, name));
        rmSync(join(ctx.paths.snapshots, name), { recursive: true, force: true });
      }
      return changed.map((name) => relative(ctx.dir, name));
    },
  };
}

/** Before settling has begun, what lies under this name is not ours. */
export function discardIntegrity(files: SessionFiles): void {
  rmSync(files.integrity, { recursive: true, force: true });
}

/** What a session did to a file of ours. */
export function ownViolation(path: string): Violation {
  return { what: `${path} was written: it is Onward's own record, and has been put back.`, featureId: null };
}

/** null without a file; "" for what cannot be read as one, which no file of ours is. */
function textOf(file: string): string | null {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ENOENT" ? null : "";
  }
}

function stampsIn(directory: string): ReadonlyMap<string, string> {
  return new Map(
    namesIn(directory).flatMap((name) => {
      const found = lstatSync(join(directory, name), { bigint: true, throwIfNoEntry: false });
      if (found === undefined) return [];
      const { ino, size, mtimeNs, ctimeNs } = found;
      return [[name, [ino, size, mtimeNs, ctimeNs].join(" ")] as const];
    }),
  );
}

function namesIn(directory: string): readonly string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}
