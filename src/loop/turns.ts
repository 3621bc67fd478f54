/**
 * A session's answered model calls, one JSON line each, written as they happen. A driver tells usage at a
 * session's end; this file is what remains of it when the manager dies before (R3).
 */
import { appendFileSync, readFileSync } from "node:fs";
import { addUsage, noUsage, type Usage } from "../core/session.ts";

export interface Turns {
  readonly turns: number;
  readonly usage: Usage;
  /** When the first and the last one came, epoch ms; null without any. */
  readonly firstAt: number | null;
  readonly lastAt: number | null;
  /** The end of what the model said last; "" where it said nothing. */
  readonly lastWords: string;
}

/** As much as a briefing has room for. */
const maxWords = 400;

/** `said`: redacted; its end is kept. */
export function recordTurn(file: string, at: number, usage: Usage, said = ""): void {
  const words = said.trim().slice(-maxWords);
  appendFileSync(file, `${JSON.stringify(words === "" ? { at, usage } : { at, usage, said: words })}\n`);
}

/** A torn last line, of a write that a crash cut, does not count; a missing file holds no turns. */
export function readTurns(file: string): Turns {
  return readLines(file)
    .flatMap(parse)
    .reduce<Turns>(
      (sum, { at, usage, said }) => ({
        turns: sum.turns + 1,
        usage: addUsage(sum.usage, usage),
        firstAt: sum.firstAt ?? at,
        lastAt: at,
        lastWords: said ?? sum.lastWords,
      }),
      { turns: 0, usage: noUsage, firstAt: null, lastAt: null, lastWords: "" },
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

interface TurnLine {
  readonly at: number;
  readonly usage: Usage;
  readonly said?: string;
}

function parse(line: string): readonly TurnLine[] {
  try {
    const turn = JSON.parse(line) as TurnLine;
    const { at, usage, said = "" } = turn;
    const sound = [at, ...Object.values(addUsage(noUsage, usage))].every(Number.isFinite);
    return sound && typeof said === "string" ? [turn] : [];
  } catch {
    return [];
  }
}
