import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Feature } from "../../src/core/features.ts";
import { type BriefingFacts, briefing, briefingLimit } from "../../src/prompts/briefing.ts";
import { sessionPrompt } from "../../src/prompts/prompts.ts";

const feature: Feature = {
  id: "login",
  description: "A user logs in with a password",
  steps: ["Open /login", "Enter name and password", "See the start page"],
  passes: false,
  category: "accounts",
  priority: 1,
  dependsOn: [],
  verify: "npm test -- login",
};

const facts: BriefingFacts = {
  passing: 3,
  total: 12,
  offered: feature,
  lastAttempt: false,
  upcoming: [{ ...feature, id: "logout", description: "A user logs out", verify: null }],
  notes: "Sessions are kept in SQLite. Run with ./init.sh.",
  commits: [{ hash: "1a2b3c4", subject: "Registration" }],
  failures: [
    {
      featureId: "login",
      command: "npm test -- login",
      ok: false,
      exitCode: 1,
      durationMs: 900,
      outputTail: "expected 200, got 500",
    },
  ],
  violations: [{ what: "The description of login was changed.", featureId: "login" }],
  denied: ["P3.5: `rm -rf /tmp/x` is outside the project."],
};

describe("briefing", () => {
  test("says where the project stands, in a fixed order", () => {
    expect(briefing(facts)).toBe(`Progress: 3 of 12 features pass.

Next feature:
login [accounts]: A user logs in with a password
  1. Open /login
  2. Enter name and password
  3. See the start page
  Onward checks it with: npm test -- login

After it:
- logout [accounts]: A user logs out

Failed when Onward checked:
- login: \`npm test -- login\` exit 1
expected 200, got 500

Undone by Onward:
- The description of login was changed.

Denied by the guard:
- P3.5: \`rm -rf /tmp/x\` is outside the project.

Recent commits:
- 1a2b3c4 Registration

Last notes (claude-progress.txt):
Sessions are kept in SQLite. Run with ./init.sh.`);
  });

  test("leaves out what there is nothing to say of", () => {
    const nothing = {
      ...facts,
      offered: null,
      upcoming: [],
      notes: "",
      commits: [],
      failures: [],
      violations: [],
      denied: [],
    };
    expect(briefing(nothing)).toBe("Progress: 3 of 12 features pass.");
  });

  test("stays within its limit, whatever an agent has written", () => {
    const text = fc.string({ unit: "binary", maxLength: 6000 });
    const any = fc.record({
      offered: fc.record({
        description: text,
        steps: fc.array(text, { maxLength: 30 }),
        verify: text,
        id: text,
      }),
      notes: text,
      subjects: fc.array(text, { maxLength: 10 }),
      outputs: fc.array(text, { maxLength: 5 }),
    });
    fc.assert(
      fc.property(any, ({ offered, notes, subjects, outputs }) => {
        const [failure] = facts.failures;
        const failures = outputs.map((outputTail) => ({
          ...failure,
          outputTail,
          command: outputTail,
        })) as BriefingFacts["failures"];
        const whole = briefing({
          ...facts,
          offered: { ...feature, ...offered },
          upcoming: Array.from({ length: 5 }, () => ({ ...feature, ...offered })),
          notes,
          commits: subjects.map((subject) => ({ hash: "1a2b3c4", subject })),
          failures,
          violations: outputs.map((what) => ({ what, featureId: null })),
          denied: outputs,
        });
        expect(Buffer.byteLength(whole)).toBeLessThanOrEqual(briefingLimit);
      }),
      { numRuns: 200 },
    );
  });
});

describe("prompts", () => {
  const given = {
    purpose: "work",
    existingCode: false,
    specFile: "app_spec.txt",
    task: null,
    messages: [],
    briefing: "",
  } as const;

  test("an init prompt names the specification; one for existing code begins with understanding it", () => {
    expect(sessionPrompt({ ...given, sessionType: "init" })).toMatch(
      /session type: init\n[\s\S]*app_spec\.txt/,
    );
    const existing = sessionPrompt({ ...given, sessionType: "init", existingCode: true, specFile: null });
    expect(existing).toMatch(/already holds code[\s\S]*no specification file/);
  });

  test("a continue prompt carries the briefing; a caller's task replaces ours and keeps the rest", () => {
    const prompt = sessionPrompt({
      ...given,
      sessionType: "continue",
      task: "Make it faster.",
      briefing: "Progress",
    });
    expect(prompt).toBe(
      "Onward session type: continue\n\nMake it faster.\n\nWhere the project stands\n\nProgress\n",
    );
  });

  test("what a person said comes after the task, in their words", () => {
    const prompt = sessionPrompt({ ...given, sessionType: "continue", messages: ["Use tabs."] });
    expect(prompt).toContain("The person you work for says: Use tabs.");
  });

  test("an interrupted conversation is told to go on, whatever it was about", () => {
    expect(sessionPrompt({ ...given, sessionType: "init", purpose: "go-on" })).toContain(
      "You were interrupted",
    );
    expect(sessionPrompt({ ...given, sessionType: "continue", purpose: "mend-gate" })).toContain(
      "final check does not hold",
    );
  });
});
