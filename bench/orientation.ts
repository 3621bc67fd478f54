/**
 * Bytes of context that a fresh session spends to know where the project stands: what Onward tells it, against
 * what the commands print with which the origin's prompt has it look around. Both in the same project, half of
 * whose features pass, one a session, each session with notes as short as the origin asks for. The specification
 * is left out: the origin has it read whole in every session, Onward where the feature needs it. Onward's prompt also
 * names what an agent may look at besides; that is measured by itself.
 */
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { openProject } from "../src/compose.ts";
import { defaults } from "../src/config/defaults.ts";
import { rotateNotes } from "../src/project/notes/notes-archive.ts";
import { notesName } from "../src/project/paths.ts";
import { heldAgent } from "./held-agent.ts";
import { feature, makeProject, writeList } from "./past.ts";
import type { BenchRow } from "./row.ts";
import { git, scratch } from "./scratch.ts";

/** As the first step of the origin's prompt for coding sessions names them, without the specification. */
const origin: Readonly<Record<string, string>> = {
  files: "pwd; ls -la",
  list: "cat feature_list.json | head -50",
  notes: "cat claude-progress.txt",
  commits: "git log --oneline -20",
  "still to do": `cat feature_list.json | grep '"passes": false' | wc -l`,
};

/** As the first step of Onward's prompt names it, read as far as an agent needs that was told the rest. */
const besides: Readonly<Record<string, string>> = {
  status: "git status",
  commits: "git log --oneline -20",
  "end of the notes": "tail -n 50 claude-progress.txt",
};

interface Measured {
  readonly features: number;
  readonly onward: number;
  readonly besides: number;
  /** All of the notes that Onward leaves in their file. */
  readonly wholeNotes: number;
  readonly commands: Readonly<Record<string, number>>;
  readonly origin: number;
  /** The whole list, which agents read when its head does not tell what is next. */
  readonly wholeList: number;
}

export async function orientationBench(): Promise<readonly BenchRow[]> {
  const [few, many] = await measureBoth();
  return [
    row("orientation, 200 features : the origin's", few.onward, few.origin, 1),
    row("orientation, 10,000 features : the origin's", many.onward, many.origin, 1),
    row(
      "orientation and a second look, 10,000 features : the origin's",
      many.onward + many.besides,
      many.origin,
      1,
    ),
    row("orientation, 10,000 features : 200", many.onward, few.onward, 1.1),
    row("the origin's, 10,000 features : 200", many.origin, few.origin, null),
  ];
}

function row(name: string, value: number, reference: number, limit: number | null): BenchRow {
  return { name, value, reference, ratio: value / reference, unit: "bytes", limit };
}

async function measureBoth(): Promise<readonly [Measured, Measured]> {
  return [await measure(200), await measure(10_000)];
}

async function measure(count: number): Promise<Measured> {
  using place = await scratch("orientation");
  const { dir } = place;
  const sessionsPerRun = 50;
  const features = Array.from({ length: count }, (_, index) => feature(index, "test -f feature_list.json"));
  await makeProject(dir, { features, runs: count / 2 / sessionsPerRun, sessionsPerRun });
  writeList(
    dir,
    features.map((one, index) => ({ ...one, passes: index < count / 2 })),
  );
  writeFileSync(
    join(dir, notesName),
    Array.from({ length: count / 2 }, (_, index) => note(index)).join("\n"),
  );
  git(dir, ["commit", "--quiet", "--all", "--message=The project as it is"]);
  const printed = (command: string) => execFileSync("sh", ["-c", command], { cwd: dir, maxBuffer: 2 ** 28 });
  const commands = Object.entries(origin).map(([name, command]) => [name, printed(command).length] as const);
  const onward = Buffer.byteLength(await orientation(dir));
  const wholeList = printed("cat feature_list.json").length;
  // What settling a session does when the notes have grown long.
  await rotateNotes(dir);
  return {
    features: count,
    onward,
    besides: Object.values(besides).reduce((sum, command) => sum + printed(command).length, 0),
    wholeNotes: printed("cat claude-progress.txt").length,
    commands: Object.fromEntries(commands),
    origin: commands.reduce((sum, [, bytes]) => sum + bytes, 0),
    wholeList,
  };
}

/** As the next session is told it, which ends before it does anything. */
async function orientation(dir: string): Promise<string> {
  const agent = heldAgent();
  await using project = await openProject({
    dir,
    driver: agent,
    config: { ...defaults, maxIterations: 1 },
    env: { PATH: process.env.PATH, HOME: dir },
  });
  const run = project.start();
  const session = await Promise.race([agent.next(), run.ended.then(() => null)]);
  if (session === null) throw new Error("the run ended without a session");
  run.kill();
  await run.ended;
  const [, briefing] = session.spec.prompt.split("Where the project stands\n\n");
  if (briefing === undefined) throw new Error("the session was told nothing of the project");
  return briefing;
}

/** What the origin asks for: what was done, which features, what was found, what is next, how far it is. */
function note(number: number): string {
  return [
    `Session ${number + 2}`,
    `Done: feature ${number} works as its specification says, with a page, its route and two tests.`,
    `Completed: feature-${number}. Checked in the browser: start the project, use it, see that it answers.`,
    "Found: the form lost its values after an error; mended. The list is slow with many entries; not yet.",
    `Next: feature-${number + 1}, which needs the same table; see how the page before it reads it.`,
    `Status: ${number + 1} features pass. Everything is committed, the server starts with ./init.sh.`,
    "",
  ].join("\n");
}

if (import.meta.main) {
  const measured = await measureBoth();
  // Four bytes a token is the usual estimate for English and code.
  const shown = (bytes: number) => `${bytes} (~${Math.round(bytes / 4)})`;
  console.log("bytes (~ tokens)");
  console.table(
    measured.map(({ features, onward, besides: look, wholeNotes, commands, origin: whole, wholeList }) => ({
      features,
      Onward: shown(onward),
      "… a second look": shown(look),
      "… all notes": shown(wholeNotes),
      origin: shown(whole),
      ...Object.fromEntries(Object.entries(commands).map(([name, bytes]) => [`… ${name}`, bytes])),
      "whole list": shown(wholeList),
    })),
  );
}
