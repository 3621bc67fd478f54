import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Feature } from "../../src/core/features.ts";
import { type BriefingFacts, briefing, briefingLimit } from "../../src/prompts/briefing.ts";

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
  lastSession: {
    number: 7,
    outcome: "context-full",
    offered: "login",
    uncommitted: ["src/login.ts", "test/login.test.ts"],
    lastWords: "The form is there.\nNow the password check.",
  },
  blockers: [{ text: "There is no mail server for the confirmation.", featureId: "login", number: 4, at: 0 }],
  recollections: [
    { featureId: "login", session: 3, commits: ["Open the database once"], files: ["src/db.ts"] },
    { featureId: null, session: 5, commits: [], files: [] },
  ],
  known: ["init.sh sets up and starts the project."],
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
  listNews: ["by hand: edited login", "login is decided by `npm test -- login`, before by `npm test`"],
  denied: ["P3.5: `rm -rf /tmp/x` is outside the project."],
};

describe("briefing", () => {
  test("says where the project stands, in a fixed order", () => {
    expect(briefing(facts)).toBe(`Progress: 3 of 12 features pass.

Next feature:
login [accounts]: A user logs in with a password
  Onward checks it with: npm test -- login
  1. Open /login
  2. Enter name and password
  3. See the start page

The session before:
Session 7, offered login, was cut off: its context was full.
Not committed: 2 files: src/login.ts, test/login.test.ts
Its last words: The form is there. Now the password check.

Blocked:
- login: There is no mail server for the confirmation.

Failed when Onward checked:
- login: \`npm test -- login\` exit 1
expected 200, got 500

Seen before:
- login: an error of this kind was gone after session 3: commits "Open the database once"; files src/db.ts.
- the project's own check: an error of this kind was gone after session 5, which changed nothing: it may come and go by itself.

Undone by Onward:
- The description of login was changed.

Changed by people:
- by hand: edited login
- login is decided by \`npm test -- login\`, before by \`npm test\`

Denied by the guard:
- P3.5: \`rm -rf /tmp/x\` is outside the project.

Known:
- init.sh sets up and starts the project.

After it:
- logout [accounts]: A user logs out

Recent commits:
- 1a2b3c4 Registration

Last notes (claude-progress.txt):
Sessions are kept in SQLite. Run with ./init.sh.`);
  });

  test.each([8, 40])(
    "of %i steps, in a crowded briefing, only the last are cut, and it says where all are",
    (count) => {
      const crowd = "so much to say of it ".repeat(300);
      const press = "Press the button and look, ".repeat(5).trim();
      const whole = briefing({
        ...facts,
        offered: {
          ...feature,
          steps: Array.from({ length: count }, () => press),
        },
        lastAttempt: true,
        failures: facts.failures.map((failure) => ({ ...failure, outputTail: crowd })),
        lastSession: {
          number: 7,
          outcome: "crashed",
          offered: "login",
          uncommitted: [crowd],
          lastWords: crowd,
        },
        blockers: [{ text: crowd, featureId: null, number: 1, at: 0 }],
        violations: [{ what: crowd, featureId: null }],
        listNews: [],
        denied: [crowd],
        known: [crowd],
        recollections: [{ featureId: "login", session: 1, commits: [crowd], files: [crowd] }],
        upcoming: [{ ...feature, id: crowd }],
        commits: [{ hash: "1a2b3c4", subject: crowd }],
        notes: crowd,
      });
      const [, next = ""] = whole.split("\n\n");
      expect(next).toBe(`Next feature:
login [accounts]: A user logs in with a password
  It was tried before without success; this is its last attempt. Take another way.
  Onward checks it with: npm test -- login
${[1, 2, 3, 4, 5].map((n) => `  ${n}. ${press}`).join("\n")}
  6. ${press.slice(0, -"and look,".length)} … (all of it: the tool \`feature\`)`);
    },
  );

  test("leaves out what there is nothing to say of", () => {
    const nothing = {
      ...facts,
      offered: null,
      upcoming: [],
      lastSession: null,
      blockers: [],
      recollections: [],
      known: [],
      notes: "",
      commits: [],
      failures: [],
      violations: [],
      listNews: [],
      denied: [],
    };
    expect(briefing(nothing)).toBe("Progress: 3 of 12 features pass.");
  });

  test("keeps something of every part when all want more, and says where it cut", () => {
    const long = "so much to say of it ".repeat(300);
    const many = Array.from({ length: 20 }, () => long);
    const whole = briefing({
      ...facts,
      offered: { ...feature, steps: many },
      upcoming: many.map((description) => ({ ...feature, description })),
      lastSession: { number: 7, outcome: "crashed", offered: "login", uncommitted: many, lastWords: long },
      blockers: many.map((text) => ({ text, featureId: null, number: 1, at: 0 })),
      failures: many.flatMap((outputTail) => facts.failures.map((failure) => ({ ...failure, outputTail }))),
      recollections: many.map((featureId) => ({ featureId, session: 1, commits: many, files: many })),
      violations: many.map((what) => ({ what, featureId: null })),
      listNews: many,
      denied: many,
      known: many,
      commits: many.map((subject) => ({ hash: "1a2b3c4", subject })),
      notes: `${long}the end`,
    });
    const parts = whole.split("\n\n").slice(1);
    expect(parts).toHaveLength(12);
    for (const part of parts) {
      expect(Buffer.byteLength(part)).toBeGreaterThan(180);
      expect(part).toContain("…");
    }
    expect(whole.endsWith("the end")).toBe(true);
    const bytes = Buffer.byteLength(whole);
    expect([bytes <= briefingLimit, bytes > briefingLimit - 60]).toEqual([true, true]);
  });

  test("a part that wants more gets what the others leave over", () => {
    const notes = "what was learnt ".repeat(200).trim();
    const only = briefing({ ...facts, notes, failures: [], commits: [] });
    const crowded = briefing({ ...facts, notes });
    expect(only.split("claude-progress.txt").at(-1)?.length).toBeGreaterThan(
      crowded.split("claude-progress.txt").at(-1)?.length ?? 0,
    );
    expect(Buffer.byteLength(crowded)).toBeGreaterThan(briefingLimit - 60);
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
      lines: fc.array(text, { maxLength: 20 }),
    });
    fc.assert(
      fc.property(any, ({ offered, notes, subjects, outputs, lines }) => {
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
          lastSession: {
            number: 7,
            outcome: "max-turns",
            offered: offered.id,
            uncommitted: lines,
            lastWords: notes,
          },
          recollections: outputs.map((id) => ({ featureId: id, session: 1, commits: lines, files: lines })),
          known: lines,
          notes,
          commits: subjects.map((subject) => ({ hash: "1a2b3c4", subject })),
          failures,
          violations: outputs.map((what) => ({ what, featureId: null })),
          denied: outputs,
          blockers: outputs.map((text) => ({ text, featureId: null, number: 1, at: 0 })),
        });
        expect(Buffer.byteLength(whole)).toBeLessThanOrEqual(briefingLimit);
      }),
      { numRuns: 200 },
    );
  });
});
