/** Builds run states by telling what happened, for tests of single rows of the decision table. */

import { decide } from "../../src/core/decide.ts";
import type { RunSettings, VerificationResult } from "../../src/core/event-parts.ts";
import type { RunEvent, SettledStep } from "../../src/core/events.ts";
import { evolve } from "../../src/core/evolve.ts";
import type { Feature } from "../../src/core/features.ts";
import { newAgentSessionId, newRunId, newSessionMarker } from "../../src/core/ids.ts";
import type { Input, Survey } from "../../src/core/input.ts";
import { nextStep, noProject, type ProjectState } from "../../src/core/run.ts";
import { noUsage, type Outcome } from "../../src/core/session.ts";
import { settings as defaults } from "./world.ts";

export const start = Date.UTC(2026, 0, 1);

export interface Told {
  readonly turns?: number;
  readonly costUsd?: number;
  readonly changed?: boolean;
  readonly passed?: readonly string[];
  readonly claimed?: readonly string[];
  /** Features that pass as it begins: where it is told, people changed the list before. */
  readonly found?: number;
  readonly passing?: number;
  readonly total?: number;
  readonly results?: readonly VerificationResult[];
  readonly resumable?: boolean;
  readonly workedMs?: number;
}

export interface Story {
  readonly state: ProjectState;
  readonly events: readonly RunEvent[];
  /** The events that the input gave. */
  give(input: Input): readonly RunEvent[];
  /** The event that a look at the project gives; waits of `delay` are served first. */
  next(survey: Survey, chance?: number): RunEvent;
  /** One whole session with this outcome; served waits before it. */
  session(outcome: Outcome, told?: Told): void;
  pass(ms: number): void;
}

export const feature = (id: string, more: Partial<Feature> = {}): Feature => ({
  id,
  description: id,
  steps: [],
  passes: false,
  category: null,
  priority: null,
  dependsOn: [],
  verify: null,
  ...more,
});

export const work = workAfter(0);

/** Two features are left. */
function workAfter(passing: number): Survey {
  const done = Array.from({ length: passing }, (_, i) => feature(`done${i}`, { passes: true }));
  return { list: { type: "valid", features: [...done, feature("a"), feature("b")] }, finalPass: null };
}

export function story(settings: Partial<RunSettings> = {}): Story {
  let state = noProject;
  let now = start;
  let ids = 0;
  let passing = 0;
  const events: RunEvent[] = [];
  const uuid = () => `${(ids++).toString(16).padStart(12, "0")}-4000-8000-0000-000000000000`;

  const self: Story = {
    get state() {
      return state;
    },
    events,
    give(input) {
      const given = decide(state, input, now);
      for (const event of given) state = evolve(state, event);
      events.push(...given);
      return given;
    },
    next(survey, chance = 0.5) {
      for (;;) {
        const ids = { agentSessionId: newAgentSessionId(uuid()), marker: newSessionMarker(uuid()) };
        const [event] = self.give({ type: "surveyed", survey, ...ids, chance });
        if (event === undefined) throw new Error(`nothing follows in phase ${state.run?.phase.type}`);
        if (event.type !== "wait.started" || event.reason !== "delay") return event;
        now = event.until;
        self.give({ type: "wait-over" });
      }
    },
    session(outcome, told = {}) {
      const found = workAfter(told.found ?? passing);
      let event = self.next(found);
      if (event.type === "wait.started") {
        now = event.until;
        self.give({ type: "wait-over" });
        event = self.next(found);
      }
      if (event.type !== "session.starting")
        throw new Error(`expected a session, got ${JSON.stringify(event)}`);
      self.give({ type: "session-up", pid: 1 });
      now += told.workedMs ?? 1000;
      const { turns = 5, costUsd = null, resumable = true } = told;
      const cumulativeCostUsd = costUsd === null ? 0 : (state.conversation?.cumulativeCostUsd ?? 0) + costUsd;
      const result = { outcome, resumable, turns, usage: noUsage, cumulativeCostUsd, denials: 0 };
      self.give({ type: "session-exited", result, estimatedCostUsd: 0, recoveredMs: null });
      for (const step of steps(told)) self.give({ type: "step-settled", settled: step });
      passing = told.passing ?? 0;
    },
    pass(ms) {
      now += ms;
    },
  };
  self.give({
    type: "opened",
    runId: newRunId(uuid()),
    settings: { ...defaults, maxIterations: null, maxWaitMs: 8 * 3_600_000, ...settings },
  });
  return self;

  function steps(told: Told): readonly SettledStep[] {
    const { changed = true, passed = [], results = [], passing = 0, total = 2, claimed = passed } = told;
    const all: readonly SettledStep[] = [
      { step: "integrity", violations: [], claimed, regressed: [], total },
      { step: "verification", results },
      { step: "list", passed, failed: [], passing, total },
      { step: "notes" },
      { step: "checkpoint", ref: "refs/onward/r/1", commit: "c", changed, head: null },
    ];
    if (nextStep(all) !== null) throw new Error("a step is missing");
    return all;
  }
}
