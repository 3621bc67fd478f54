/** A journal whose end a disk has lost although it had said that it was written (R2, R3, J3). */
import { execFileSync } from "node:child_process";
import { readdirSync, statSync, truncateSync } from "node:fs";
import { basename, join } from "node:path";
import { expect, test, vi } from "vitest";
import { type PublicEvent, publicEvents } from "../../src/cli/run/public-events.ts";
import type { OpenOptions } from "../../src/compose.ts";
import { defaults } from "../../src/config/defaults.ts";
import { newRunId } from "../../src/core/ids.ts";
import { openLocalEngine } from "../../src/engines/local.ts";
import { sqliteJournal } from "../../src/journals/sqlite.ts";
import { systemClock } from "../../src/loop/clock.ts";
import { type StatePaths, statePaths } from "../../src/project/paths.ts";
import { emptyDirectory, honest, newProject, open } from "./project.ts";

vi.setConfig({ testTimeout: 60_000 });

/** As a machine leaves it that loses its power after two sessions: the whole journal is in the log. */
async function afterPowerCut(): Promise<string> {
  const dir = await newProject();
  const { project } = await open(dir, honest());
  await using _ = project;
  expect(await project.start({ maxSessions: 2 }).ended).toMatchObject({ reason: "interrupted" });
  return join(await copyOf(dir), basename(dir));
}

/** The directory that it is in then. Another process does it: closing the journal here would drop its locks. */
async function copyOf(path: string): Promise<string> {
  const into = await emptyDirectory();
  execFileSync("cp", ["-a", path, into]);
  return into;
}

const logOf = (paths: StatePaths) => `${paths.journal}-wal`;

/** Where SQLite's log can end: after its header and after every page (sqlite.org/fileformat2.html). */
function ends(paths: StatePaths): readonly number[] {
  const [header, page] = [32, 24 + 4096];
  const { size } = statSync(logOf(paths));
  expect((size - header) % page).toBe(0);
  const frames = Array.from({ length: (size - header) / page + 1 }, (_, frame) => header + frame * page);
  return [0, ...frames, header + page / 2, size - 1];
}

test("cut anywhere, no number is used again, and what all sessions spent counts once", async () => {
  const whole = statePaths(await afterPowerCut());
  const places = ends(whole);
  expect(places.length).toBeGreaterThan(20);
  let lost = 0;
  for (const place of places) {
    const paths = statePaths(await copyOf(whole.root));
    truncateSync(logOf(paths), place);
    await using engine = await openLocalEngine({
      paths,
      clock: systemClock,
      openJournal: (file) => sqliteJournal({ file }),
      onEvent: ({ type }) => {
        if (type === "sessions.lost") lost += 1;
      },
    });
    const settings = { ...defaults, maxIterations: 2 };
    await engine.ledger.give({ type: "opened", runId: newRunId("x"), settings });
    const { lastNumber, run } = engine.ledger.state;
    // A session that is known, and its end not, is counted when it is recovered.
    const pending = run?.phase.type === "session" && run.phase.session.life.type !== "settling" ? 1 : 0;
    const counted = { iterations: 2 - pending, usage: { inputTokens: 20 - 10 * pending } };
    expect([lastNumber, run], `cut at ${place}`).toMatchObject([2, counted]);
  }
  expect(lost).toBeGreaterThan(2);
});

test("the next run keeps to the budget and says what was lost; the one after it goes on", async () => {
  const dir = await afterPowerCut();
  truncateSync(logOf(statePaths(dir)), 0);
  const told: PublicEvent[] = [];
  const onEvent: OpenOptions["onEvent"] = (event, { before }) => told.push(...publicEvents(event, before));
  for (const reason of ["limit", "complete"]) {
    const agent = honest();
    const { project } = await open(dir, agent, { maxIterations: 2 }, { onEvent });
    await using _ = project;
    expect(await project.start().ended).toMatchObject({ reason });
    expect(agent.sessions).toHaveLength(reason === "limit" ? 0 : 1);
  }
  expect(told.filter(({ type }) => type === "recovered")).toMatchObject([
    { number: 2, what: expect.stringMatching(/lost its end.*sessions 1 to 2; 2 iterations and \$0\.02/) },
  ]);
  expect(readdirSync(statePaths(dir).sessions).sort()).toEqual(["0001", "0002", "0003"]);
});
