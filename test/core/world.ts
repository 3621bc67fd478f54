/**
 * A world for the core: it does what each phase asks, as the loop would, with chance in place of agents, git
 * and clocks. Every step is drawn from `random`, so that a property test can replay and shrink it.
 */

import { decide } from "../../src/core/decide.ts";
import type { RunSettings } from "../../src/core/event-parts.ts";
import type { RunEvent, SettledStep } from "../../src/core/events.ts";
import { evolve } from "../../src/core/evolve.ts";
import type { Feature } from "../../src/core/features.ts";
import { newAgentSessionId, newRunId, newSessionMarker } from "../../src/core/ids.ts";
import type { Input } from "../../src/core/input.ts";
import { nextStep, noProject, type ProjectState, type SessionState } from "../../src/core/run.ts";
import { noUsage, type Outcome, type OutcomeType } from "../../src/core/session.ts";

export const settings: RunSettings = {
  maxIterations: 12,
  maxCostUsd: null,
  maxTokens: null,
  maxDurationMs: null,
  delayMs: 3000,
  maxTurns: 100,
  maxWaitMs: 3_600_000,
  waitForReset: true,
  fresh: false,
};

export interface WorldOptions {
  readonly settings: RunSettings;
  readonly features: readonly Feature[];
  /** In [0, 1). */
  readonly random: () => number;
  /** Chance that the manager dies after any append. */
  readonly crash: number;
  /** Chance that a person asks something at a step. */
  readonly person: number;
}

export interface World {
  readonly events: readonly RunEvent[];
  readonly state: ProjectState;
  readonly ended: boolean;
}

const outcomes: readonly OutcomeType[] = [
  "done",
  "done",
  "done",
  "max-turns",
  "context-full",
  "max-budget",
  "stopped",
  "usage-limit",
  "rate-limited",
  "overloaded",
  "network",
  "auth",
  "refused",
  "stalled",
  "crashed",
];

/** Runs until the run ends for good, or `maxSteps` inputs were given. */
export function live(options: WorldOptions, maxSteps: number): World {
  const { random } = options;
  const events: RunEvent[] = [];
  let state = noProject;
  let features = options.features;
  let hasList = false;
  let now = 1_000_000;
  let asks = 3;
  let rollbacks = 2;
  let ids = 0;

  const fresh = () => `${(ids++).toString(16).padStart(12, "0")}-0000-0000-0000-000000000000`;
  const give = (input: Input) => {
    for (const event of decide(state, input, now)) {
      events.push(event);
      state = evolve(state, event);
    }
  };
  const openIt = () => give({ type: "opened", runId: newRunId(fresh()), settings: options.settings });

  openIt();
  for (let step = 0; step < maxSteps; step++) {
    now += Math.floor(random() * 5_000);
    if (random() < 0.02) now -= 60_000; // clocks jump back
    if (random() < options.crash) {
      state = events.reduce(evolve, noProject);
      now += Math.floor(random() * 100_000);
      if (rollbacks > 0 && random() < 0.2) {
        rollbacks--;
        give({ type: "rolled-back", commit: "c", rescue: "r", passing: 0 });
      }
      openIt();
    }
    if (asks > 0 && random() < options.person) {
      asks--;
      const command = (["stop", "pause"] as const)[Math.floor(random() * 2)] ?? "stop";
      give({ type: "asked", command, by: "test" });
    }
    const phase = state.run?.phase;
    if (phase === undefined) break;
    if (phase.type === "ended") {
      if (phase.reason !== "interrupted") return { events, state, ended: true };
      openIt();
      continue;
    }
    switch (phase.type) {
      case "choosing":
        give({
          type: "surveyed",
          survey: {
            list: !hasList
              ? { type: "absent" }
              : random() < 0.01
                ? { type: "damaged", problem: "line 1" }
                : { type: "valid", features },
            finalPass:
              features.every((feature) => feature.passes) && random() < 0.7
                ? `tree${Math.floor(random() * 3)}`
                : null,
          },
          agentSessionId: newAgentSessionId(fresh()),
          marker: newSessionMarker(fresh()),
          chance: random(),
        });
        break;
      case "waiting":
        now = Math.max(now, phase.wait.until);
        give({ type: "wait-over" });
        break;
      case "paused":
        give({ type: "asked", command: "resume", by: "test" });
        break;
      case "gate": {
        const ok = random() < 0.5;
        const result = {
          featureId: null,
          command: "npm test",
          ok,
          exitCode: ok ? 0 : 1,
          durationMs: 1,
          outputTail: "",
        };
        give({ type: "gate-ended", results: [result], regressed: [] });
        break;
      }
      case "session":
        inSession(phase.session);
        break;
    }
  }
  return { events, state, ended: false };

  function inSession({ life }: SessionState): void {
    if (life.type === "settling") {
      const step = nextStep(life.settled);
      if (step !== null) give({ type: "step-settled", settled: settle(step) });
    } else if (life.type === "starting" && random() < 0.9) {
      give({ type: "session-up", pid: 1 });
    } else {
      now += Math.floor(random() * 600_000);
      const turns = random() < 0.8 ? 1 + Math.floor(random() * 20) : 0;
      give({
        type: "session-exited",
        result: {
          outcome: anyOutcome(),
          resumable: random() < 0.7,
          turns,
          usage: { ...noUsage, inputTokens: turns * 100 },
          cumulativeCostUsd: random() < 0.8 ? Math.floor(random() * 100) / 10 : null,
          denials: 0,
        },
        estimatedCostUsd: 0.5,
        recoveredMs: null,
      });
    }
  }

  function anyOutcome(): Outcome {
    const type = outcomes[Math.floor(random() * outcomes.length)] ?? "done";
    if (type === "usage-limit") {
      const resetsAt = random() < 0.5 ? null : now + Math.floor((random() - 0.2) * 8_000_000);
      return { type, detail: "limit", resetsAt };
    }
    if (type === "rate-limited") return { type, detail: "429", retryAfterMs: random() < 0.5 ? null : 20_000 };
    return { type, detail: type };
  }

  function settle(step: SettledStep["step"]): SettledStep {
    switch (step) {
      case "integrity":
        hasList ||= random() < 0.6;
        return { step, violations: [], claimed: [], regressed: [], total: hasList ? features.length : null };
      case "verification":
        return { step, results: [] };
      case "list": {
        const passed: string[] = [];
        features = features.map((feature) => {
          const passes = random() < 0.3 ? random() < 0.8 : feature.passes;
          if (passes && !feature.passes) passed.push(feature.id);
          return { ...feature, passes };
        });
        const passing = features.filter((feature) => feature.passes).length;
        return { step, passed, failed: [], passing, total: hasList ? features.length : 0 };
      }
      case "notes":
        return { step };
      case "checkpoint":
        return { step, ref: "refs/onward/x", commit: "c", changed: random() < 0.6, head: null };
    }
  }
}
