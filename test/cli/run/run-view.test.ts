/** What `onward run` prints, on a terminal and piped. */
import { PassThrough } from "node:stream";
import { stripVTControlCharacters } from "node:util";
import { expect, test } from "vitest";
import { liveOutput } from "../../../src/cli/run/live.ts";
import { runView } from "../../../src/cli/run/run-view.ts";
import { columnsOf } from "../../../src/cli/text/columns.ts";
import type { VerificationResult } from "../../../src/core/event-parts.ts";
import type { RunEvent } from "../../../src/core/events.ts";
import { evolve } from "../../../src/core/evolve.ts";
import { noProject } from "../../../src/core/run.ts";
import { noUsage } from "../../../src/core/session.ts";
import { type Story, start, story, work } from "../../core/story.ts";

interface Shown {
  readonly view: ReturnType<typeof runView>;
  /** The lines so far, without colours and the status line. */
  lines(): readonly string[];
}

function shown(columns: number | null): Shown {
  const stream = new PassThrough();
  const terminal = columns === null ? {} : { isTTY: true, columns };
  const out = liveOutput(Object.assign(stream, terminal) as unknown as NodeJS.WriteStream, false);
  return {
    view: runView(out, "/project", () => start),
    lines() {
      out[Symbol.dispose]();
      return String(stream.read() ?? "")
        .split("\n")
        .map((line) => line.split("\r").at(-1) ?? "")
        .map((line) => stripVTControlCharacters(line));
    },
  };
}

/** Shows what happened in a story. */
function told({ events }: Story): readonly string[] {
  const { view, lines } = shown(null);
  let state = noProject;
  for (const event of events) {
    const before = state;
    state = evolve(state, event);
    view.journal(event, { before, after: state });
  }
  return lines();
}

function settled(claimed: readonly string[], results: readonly VerificationResult[], total: number): Story {
  const s = story();
  s.next(work);
  s.give({ type: "session-up", pid: 1 });
  const outcome = { type: "done", detail: "" } as const;
  const result = { outcome, resumable: true, turns: 1, usage: noUsage, cumulativeCostUsd: 0, denials: 0 };
  s.give({ type: "session-exited", result, estimatedCostUsd: 0, recoveredMs: null });
  for (const step of [
    { step: "integrity", violations: [], claimed, regressed: [], total },
    { step: "verification", results },
    { step: "list", passed: claimed, failed: [], passing: claimed.length, total },
    { step: "notes" },
    { step: "checkpoint", ref: "refs/onward/r/1", commit: "c", changed: true, head: null },
  ] as const)
    s.give({ type: "step-settled", settled: step });
  return s;
}

const check = (featureId: string, ok: boolean): VerificationResult => ({
  ...{ featureId, command: "c", ok, exitCode: ok ? 0 : 1, durationMs: 5, outputTail: "" },
});

test("many claims that hold are counted, those that fail are all named", () => {
  const ids = Array.from({ length: 40 }, (_, number) => `f${number}`);
  const results = [...ids.map((id) => check(id, true)), check("x", false), check("old", true)];
  const lines = told(settled([...ids, "x"], results, 42));
  expect(lines.filter((line) => line.startsWith("  verified"))).toHaveLength(11);
  expect(lines).toContain("  verified f9 5 ms");
  expect(lines).toContain("  did not hold x 5 ms");
  expect(lines).toContain("  verified 30 more");
  expect(lines).toContain("  checked again and holds: 1");
});

test("a session without a feature list has none, and not 0 of 0 features", () => {
  const lines = told(settled([], [], 0));
  expect(lines).toContain("  done · 1 turn · $0.00 · no feature list");
});

test("on a terminal no line is wider than it: what the agent does is cut, what Onward says is broken", () => {
  const { view, lines } = shown(40);
  const command = "cat src/one.ts src/two.ts src/three.ts src/four.ts";
  view.agent(1, { type: "tool-started", id: "t", tool: "Bash", input: { command } });
  view.agent(1, { type: "said", text: "I look at the source files before I change any of them." });
  const reason = "`rm -rf ..` is outside of the project.";
  const verdict = { allow: false, rule: "P3.5", offending: "..", reason } as const;
  view.agent(1, { type: "tool-decided", id: "t", tool: "Bash", verdict });
  const all = lines();
  for (const line of all) expect(columnsOf(line)).toBeLessThanOrEqual(40);
  expect(all.slice(0, 4)).toEqual([
    "  Bash cat src/one.ts src/two.ts src/th…",
    "  I look at the source files before I c…",
    "  denied P3.5: `rm -rf ..` is outside of",
    "    the project.",
  ]);
});

test("piped, every line is whole", () => {
  const { view, lines } = shown(null);
  const text = "I look at the source files before I change any of them.";
  view.agent(1, { type: "said", text });
  expect(lines()).toContain(`  ${text}`);
});

test("says in full what decides a feature now, whoever changed it and however much else has changed", () => {
  const { view, lines } = shown(null);
  const many = Array.from({ length: 50 }, (_, index) => `feature-${index}`);
  const commands = [{ featureId: "feature-49", from: "npm test", to: `test ${"-d . ".repeat(30)}` }];
  const none = { added: [], removed: [], passing: [], failing: [], reordered: false, more: 0 };
  const events: readonly RunEvent[] = [
    { type: "list.changed", at: 0, change: { ...none, edited: many, commands }, digest: "d" },
    {
      ...{ type: "list.edited", at: 0, edit: { type: "edit", id: "a", fields: { verify: "true" } } },
      done: {
        ...{ type: "made", unpassed: true, digest: "d" },
        commands: [{ featureId: "a", from: null, to: "true" }],
      },
    },
  ];
  for (const event of events) view.journal(event, { before: noProject, after: noProject });
  expect(lines().filter((line) => line !== "")).toEqual([
    expect.stringMatching(/^the feature list was changed by hand: edited feature-0.*…$/),
    expect.stringMatching(/^ {2}feature-49 is decided by `test (-d \. ){30}`, before by `npm test`$/),
    "feature list: edit a, which has to prove itself again",
    "  a is decided by `true`, before by nothing of its own",
  ]);
});
