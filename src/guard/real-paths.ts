/**
 * Where a path leads, links included.
 *
 * `realpath` does not serve: it fails where the last part does not exist, and a dangling link is just that; a
 * write through it creates its target. So the path is walked part by part, as the kernel does it.
 *
 * The race. Between this look and the tool's own `open` somebody may put a link where a directory was. Only a
 * program of the agent's that runs at that moment can do so, and such a program has the agent's rights and
 * needs no tool to write where they reach. What programs reach is bounded by the operating system's sandbox,
 * and there the swapped link leads no further than the program itself. The guard judges what tools are asked
 * to do; it does not contain code.
 */
import type { Stats } from "node:fs";
import { lstat, readlink } from "node:fs/promises";
import { dirname, join, resolve, sep } from "node:path";

export interface Place {
  /** Without links; the part that does not exist yet is taken as written. */
  readonly real: string;
  /** Every link on the way and `real`: a rule about names must look at all of them. */
  readonly trail: readonly string[];
  /** Of `real`; null where there is nothing yet. */
  readonly stats: Stats | null;
}

/** A sentence for the agent in place of a `Place` where a path cannot be followed. */
export type Unresolved = { readonly problem: string };

/**
 * Follows every reading of an absolute path: `..` may undo a name (as `path.resolve` has it) or leave the
 * directory that a link led to (as the kernel has it), and the agent's tools compose Unicode (NFC) before they
 * open. A caller must accept all places. Nearly always they are one.
 */
export async function placesOf(path: string): Promise<readonly Place[] | Unresolved> {
  const readings = new Set([path, path.normalize("NFC")].flatMap((form) => [form, resolve(form)]));
  const places: Place[] = [];
  for (const reading of readings) {
    const place = await follow(reading);
    if ("problem" in place) return place;
    places.push(place);
  }
  return places;
}

/** Whether `path` is `directory` or lies below it; both absolute and normal. */
export function isWithin(path: string, directory: string): boolean {
  return path === directory || path.startsWith(directory.endsWith(sep) ? directory : directory + sep);
}

/** Linux follows 40. */
const maxLinks = 40;

async function follow(path: string): Promise<Place | Unresolved> {
  const pending = path.split(sep);
  const trail: string[] = [];
  let current: string = sep;
  let stats: Stats | null = await lstat(sep);
  while (pending.length > 0) {
    const part = pending.shift();
    if (part === undefined || part === "" || part === ".") continue;
    current = part === ".." ? dirname(current) : join(current, part);
    stats = await lookAt(current);
    if (!stats?.isSymbolicLink()) continue;

    // The links in /proc mean something else in every process, and the agent's is not this one.
    if (isWithin(current, "/proc")) return { problem: "it leads through a link in /proc" };
    trail.push(current);
    if (trail.length > maxLinks) return { problem: "its links lead in a circle" };
    const target = await readlink(current);
    pending.unshift(...target.split(sep));
    current = target.startsWith(sep) ? sep : dirname(current);
  }
  return { real: current, trail: [...trail, current], stats };
}

async function lookAt(path: string): Promise<Stats | null> {
  try {
    return await lstat(path);
  } catch (error) {
    // Below a file nothing exists either.
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code === "ENOENT" || code === "ENOTDIR") return null;
    throw error;
  }
}
