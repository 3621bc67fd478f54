import { appendFileSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { historyOf, historyTypes, readEvents, workOf } from "../../../src/cli/history/session-history.ts";
import { readReport } from "../../../src/cli/report/report-data.ts";
import { reportMarkdown } from "../../../src/cli/report/report-markdown.ts";
import { statePaths } from "../../../src/project/paths.ts";
import { json, onward } from "../onward.ts";
import { fiveFeatures, type MadeProject, makeProject, startedAt } from "../project.ts";

let project: MadeProject;
beforeEach(async () => {
  project = await makeProject();
});
afterEach(() => project[Symbol.asyncDispose]());

const hour = 3_600_000;
async function markdown(): Promise<string> {
  const data = await readReport(project.dir, { configFile: null, now: startedAt + 10 * hour });
  return reportMarkdown(data).replaceAll(basename(project.dir), "todo");
}

/** A night with a bit of everything. */
async function night(): Promise<void> {
  await project.write("app_spec.txt", "A to-do list.\n\nIt must not lose a task.\n");
  {
    await using history = await project.history({ maxIterations: 5 });
    await history.session({ turns: 9, costUsd: 0.25 });
    await project.list(fiveFeatures);
    await history.session({ passed: ["add"], workedMs: 600_000, denials: 2, head: "a".repeat(40) });
    await history.session({ passed: ["save"], verified: false });
    const limit = { type: "usage-limit", detail: "5-hour limit", resetsAt: startedAt + 2 * hour } as const;
    await history.session({ outcome: limit });
    await history.session({ failed: ["list"], violations: ["The description of lock was changed."] });
    await history.survey();
  }
  const denied = { at: "2026-11-20T08:10:00.000Z", tool: "Bash", input: {}, allow: false, durationMs: 1 };
  for (const [session, rule, reason] of [
    [2, "P3.5", "`rm -rf /tmp/x` is outside the project."],
    [2, "P3.5", "`rm -rf ..` is outside the project."],
  ] as const) {
    appendFileSync(
      statePaths(project.dir).audit,
      `${JSON.stringify({ ...denied, session, rule, reason })}\n`,
    );
  }
}

describe("report", () => {
  it("tells a night's work in the order in which a person asks", async () => {
    await night();
    await expect(await markdown()).toMatchFileSnapshot("report.golden.md");
  });

  it("counts for pace and cost only what the sessions built, whatever people or earlier work made pass", async () => {
    const all = Array.from({ length: 40 }, (_, n) => ({
      id: `f${n}`,
      description: `f ${n}`,
      passes: n < 30,
    }));
    await project.list(all);
    await using history = await project.history();
    const pace = async () => (await readReport(project.dir, { configFile: null, now: startedAt })).status;
    await history.session({ workedMs: hour });
    expect(await pace()).toMatchObject({ velocity: { perHour: 0 }, totals: { costPerVerifiedUsd: null } });
    // By hand, and then one that is built, one that breaks and one that the final pass finds broken.
    await project.list(all.map((feature, n) => ({ ...feature, passes: n < 37 })));
    await history.session({ workedMs: hour, passed: ["f37", "f38", "f39"], broke: ["f1"] });
    expect(await pace()).toMatchObject({
      velocity: { perHour: 1, perSession: 1 },
      totals: { costPerVerifiedUsd: expect.closeTo(0.2 / 3) },
    });
    const gate = {
      type: "gate.ended",
      at: startedAt,
      tree: "t",
      ok: false,
      results: [],
      regressed: ["f39"],
    } as const;
    const { sessions } = historyOf([...(await readEvents(project.dir, historyTypes)), gate]);
    expect(workOf(sessions).map(({ netPassed }) => netPassed)).toEqual([0, 1]);
  });

  it("sends a person to the checks that the agent wrote itself, also where everything passes", async () => {
    await project.list(fiveFeatures);
    const all = ["add", "list", "done", "save", "lock"];
    await using history = await project.history();
    await history.session({ passed: all, author: "agent" });
    await history.survey();
    expect(await markdown()).toMatch(
      /\*\*complete\*\*[^#]*## What to look at next\n\n- 5 features rest on checks that the agent wrote itself/,
    );
  });

  it("is the same as data", async () => {
    await night();
    expect(await json(["report", project.dir])).toMatchObject({
      project: project.dir,
      state: "limit",
      asked: { file: "app_spec.txt" },
      figures: { total: 5, passing: 2, verified: 1, violations: 1, denials: 2 },
      features: [
        { id: "add", standing: "verified", vouchedBy: { session: 2, ok: true }, claims: 1 },
        { id: "list", standing: "open", lastCheck: { ok: false, exitCode: 1 }, vouchedBy: null },
        { id: "done", standing: "open" },
        { id: "save", standing: "unverified", vouchedBy: null },
        { id: "lock", standing: "open" },
      ],
      sessions: [{ number: 1 }, { number: 2 }, { number: 3 }, { number: 4 }, { number: 5 }],
      runs: [{ reason: "limit", resumed: 0 }],
      waits: [{ reason: "delay" }, { reason: "usage-limit", count: 1, detail: "5-hour limit" }],
      denials: [{ rule: "P3.5", count: 2, session: 2 }],
      checkpoints: [],
    });
  });

  it("goes to a file as a whole, or to standard output, and is there before anything was done", async () => {
    const { stdout, code } = await onward(["report", project.dir]);
    expect([code, stdout]).toEqual([
      0,
      expect.stringContaining("**new** · no feature list yet · 0 sessions"),
    ]);
    const file = join(project.dir, "report.md");
    const written = await onward(["report", project.dir, "--output", "report.md"], { cwd: project.dir });
    expect(written).toMatchObject({ code: 0, stdout: "", stderr: `wrote ${file}\n` });
    expect(readFileSync(file, "utf8")).toMatch(/^# /);
    const nowhere = await onward(["report", project.dir, "--output", join(project.dir, "no/report.md")]);
    expect(nowhere).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/does not exist.*\n.*Name a file in a directory/s),
    });
  });

  it("makes no markup of an agent's words", async () => {
    const hostile =
      "</td><img src=x> [click](https://evil.example) @admin #12 ![](//x) | `a` www.evil.example\n# Title";
    await project.list([{ id: hostile, description: hostile, category: hostile, steps: [], passes: false }]);
    const report = await markdown();
    // What is in code spans means nothing.
    const outside = report.replaceAll(/(`+)[^\n]*?\1/g, "");
    expect(outside).not.toMatch(/(?<!\\)<|(?<!\\)\]\(|(?<!\\)!\[|:\/\/|@\w|#\d|www\.|^# Title/m);
    for (const row of report.split("\n").filter((line) => line.startsWith("| ⬜"))) {
      expect(row.replaceAll("\\|", "").split("|")).toHaveLength(5);
    }
  });

  it("fits the description of a pull request, whatever the project's size", async () => {
    const many = Array.from({ length: 3_000 }, (_, number) => ({
      ...{
        id: `feature-${number}-${"x".repeat(60)}`,
        category: `area ${number % 40}`,
        steps: [],
        passes: false,
      },
      description: `Feature ${number} [works] ${"very ".repeat(60)}well`,
    }));
    await project.list(many);
    {
      await using history = await project.history({ maxCostUsd: null });
      for (let number = 0; number < 9; number += 1) {
        const violations = many.slice(0, 50).map(({ id }) => `The description of ${id} was changed.`);
        await history.session({
          violations,
          failed: many.slice(number * 9, number * 9 + 9).map(({ id }) => id),
        });
      }
    }
    const report = await markdown();
    expect(report.length).toBeLessThan(65_536);
    expect(report).toContain("_2880 features more: `onward features`_");
    expect(report).toContain("_430 earlier ones more");
  }, 30_000);
});
