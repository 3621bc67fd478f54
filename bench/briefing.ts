/**
 * Bytes of the briefing, with as much of everything to say as there can be. It has a limit, and must not grow
 * with the list.
 */
import type { VerificationResult } from "../src/core/event-parts.ts";
import { chooseWork } from "../src/core/features.ts";
import { briefing, briefingLimit } from "../src/prompts/briefing.ts";
import { feature } from "./past.ts";
import type { BenchRow } from "./row.ts";

export async function briefingBench(): Promise<readonly BenchRow[]> {
  const [few, many] = [bytesFor(10), bytesFor(10_000)];
  return [
    row("briefing, 10,000 features : its limit", many, briefingLimit, 1),
    // The same text but for longer numbers.
    row("briefing, 10,000 features : 10", many, few, 1.02),
  ];
}

function row(name: string, value: number, reference: number, limit: number): BenchRow {
  return { name, value, reference, ratio: value / reference, unit: "bytes", limit };
}

/** In a project whose first half passes. */
function bytesFor(count: number): number {
  const features = Array.from({ length: count }, (_, index) => ({
    ...feature(index, "npm test -- --grep feature"),
    description: `Feature ${index} ${"of the project works as its specification says ".repeat(20)}`,
    passes: index < count / 2,
  }));
  const choice = chooseWork(features, new Map());
  if (choice.type !== "offer") throw new Error("a list with failing features offers none");
  const text = briefing({
    passing: count / 2,
    total: count,
    offered: choice.feature,
    lastAttempt: true,
    upcoming: choice.upcoming,
    notes: "The server starts; next is the search page, whose tests still fail. ".repeat(30),
    commits: Array.from({ length: 10 }, () => ({ hash: "0123456", subject: "Add a page ".repeat(9) })),
    failures: Array.from({ length: 5 }, () => failure),
    listNews: Array.from({ length: 5 }, () => "by hand: edited feature-1, feature-2, feature-3"),
    lastSession: {
      number: 11,
      outcome: "context-full",
      offered: "feature-1",
      uncommitted: Array.from({ length: 100 }, (_, index) => `src/pages/search/results-${index}.ts`),
      lastWords: "Now the tests of the search page. ".repeat(12),
    },
    blockers: Array.from({ length: 5 }, () => ({
      featureId: null,
      text: "There is no key for the payment service. ".repeat(3),
      number: 1,
      at: 0,
    })),
    recollections: Array.from({ length: 5 }, () => ({
      featureId: "feature-1",
      session: 9,
      commits: Array.from({ length: 4 }, () => "Close the server after each test"),
      files: Array.from({ length: 6 }, () => "test/server.test.ts"),
    })),
    denied: Array.from({ length: 5 }, () => "P3.5: `rm -rf /tmp/x` is outside the project."),
    known: ["Onward checks the project with: npm test", "init.sh sets up and starts the project."],
    violations: Array.from({ length: 10 }, () => ({ what: "removed a feature ".repeat(9), featureId: null })),
  });
  return Buffer.byteLength(text);
}

const failure: VerificationResult = {
  featureId: "feature-1",
  command: "npm test -- --grep feature ".repeat(9),
  ok: false,
  exitCode: 1,
  durationMs: 900,
  outputTail: "AssertionError: expected 1 to equal 2\n".repeat(100),
};

if (import.meta.main) console.table(await briefingBench());
