/**
 * A session's answered model calls, one JSON line each, written as they happen. A driver tells usage at a
 * session's end; this file is what remains of it when the manager dies before (R3).
 */
import { appendFileSync, readFileSync } from "node:fs";
import { addUsage, noUsage, type Usage } from "../core/session.ts";

export interface Turns {
  readonly turns: number;
  readonly usage: Usage;
  /** When the last one came, epoch ms; null without any. */
  readonly lastAt: number | null;
}

export function recordTurn(file: string, at: number, usage: Usage): void {
  appendFileSync(file, `${JSON.stringify({ at, usage })}\n`);
}

/** A torn last line, of a write that a crash cut, does not count; a missing file holds no turns. */
export function readTurns(file: string): Turns {
  return readLines(file)
    .flatMap(parse)
    .reduce<Turns>(
      (sum, { at, usage }) => ({ turns: sum.turns + 1, usage: addUsage(sum.usage, usage), lastAt: at }),
      { turns: 0, usage: noUsage, lastAt: null },
    );
}

function readLines(file: string): readonly string[] {
  try {
    return readFileSync(file, "utf8").split("\n");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}

function parse(line: string): readonly { at: number; usage: Usage }[] {
  try {
    const { at, usage } = JSON.parse(line) as { at: number; usage: Usage };
    return [at, ...Object.values(addUsage(noUsage, usage))].every(Number.isFinite) ? [{ at, usage }] : [];
  } catch {
    return [];
  }
}
