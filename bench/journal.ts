/**
 * Appending one event to the journal, against what the disk itself takes for the same bytes: an append to a
 * file and its fsync. Interleaved, so that whatever else the machine does hits both alike.
 */
import { closeSync, fsyncSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import type { RunEvent } from "../src/core/events.ts";
import { newAgentSessionId, newSessionMarker } from "../src/core/ids.ts";
import { sqliteJournal } from "../src/journals/sqlite.ts";
import type { BenchRow } from "./row.ts";

const rounds = 1000;

export async function journalBench(): Promise<readonly BenchRow[]> {
  // Not in the system's temporary directory, which may be in memory, where an fsync costs nothing.
  const directory = mkdtempSync(join(import.meta.dirname, ".journal-"));
  try {
    const [bare, grown] = [await appends(directory, 0), await appends(directory, 100_000)];
    return [
      { ...row("journal append p50, from empty", bare), limit: 1.5 },
      { ...row("journal append p50, at 100,000 events", grown), limit: 1.5 },
      {
        ...row("journal opening, 100,000 events : none", { value: grown.opening, reference: bare.opening }),
        limit: null,
      },
    ];
  } finally {
    rmSync(directory, { recursive: true });
  }
}

function row(
  name: string,
  { value, reference }: { value: number; reference: number },
): Omit<BenchRow, "limit"> {
  return { name, value, reference, ratio: value / reference, unit: "ms" };
}

async function appends(directory: string, before: number) {
  const file = join(directory, `${before}.db`);
  {
    await using journal = await sqliteJournal({ file });
    await journal.append(
      0,
      Array.from({ length: before }, (_, number) => event(number)),
    );
  }
  const started = performance.now();
  await using journal = await sqliteJournal({ file });
  const opening = performance.now() - started;

  const plain = openSync(join(directory, `${before}.jsonl`), "a");
  const [value, reference]: [number[], number[]] = [[], []];
  for (let round = 0; round < rounds; round += 1) {
    const next = event(before + round);
    reference.push(
      await timed(async () => {
        writeSync(plain, `${JSON.stringify(next)}\n`);
        fsyncSync(plain);
      }),
    );
    value.push(await timed(() => journal.append(before + round, [next])));
  }
  closeSync(plain);
  return { opening, value: median(value), reference: median(reference) };
}

/** The largest event of a session's usual life. */
function event(number: number): RunEvent {
  return {
    type: "session.starting",
    at: 1_760_000_000_000 + number,
    number,
    sessionType: "continue",
    purpose: "work",
    agentSessionId: newAgentSessionId("0b5b2f5e-6a0c-4f6e-9d52-3a3c1d2e4f50"),
    resumes: false,
    marker: newSessionMarker("0b5b2f5e-6a0c-4f6e-9d52-3a3c1d2e4f50"),
    offered: "a-feature-of-the-project",
    lastAttempt: false,
    caps: { maxTurns: 1000, maxBudgetUsd: 12.5, maxTokens: null, deadline: null },
  };
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return performance.now() - started;
}

function median(values: number[]): number {
  return values.sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}

if (import.meta.main) console.table(await journalBench());
