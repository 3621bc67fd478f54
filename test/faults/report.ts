/** What a part of the campaign found, and how it is shown. */
import { type CheckOptions, check, type Findings, isClean } from "./checker.ts";
import { isComplete, type Said, type Scene } from "./scene.ts";

export interface Tally {
  readonly part: string;
  injected: number;
  survived: number;
  lost: number;
  doubled: number;
  missing: number;
  orphans: number;
  /** What went wrong, for a person; each with the scene in which it did. */
  readonly failures: string[];
  /** One line of figures. */
  note: string;
}

export function newTally(part: string): Tally {
  return {
    part,
    injected: 0,
    survived: 0,
    lost: 0,
    doubled: 0,
    missing: 0,
    orphans: 0,
    failures: [],
    note: "",
  };
}

export interface ConcludeOptions extends CheckOptions {
  /** What has been found wrong already. */
  readonly complaints?: readonly string[];
  /** What was done to the scene, for whoever looks at what became of it. */
  readonly story?: string;
}

/** Checks a scene after `faults` faults; it is removed when nothing is wrong with it, and named otherwise. */
export async function conclude(
  tally: Tally,
  scene: Scene,
  faults: number,
  said: readonly Said[],
  options: ConcludeOptions = {},
): Promise<void> {
  tally.injected += faults;
  const complaints = [...(options.complaints ?? []), ...said.flatMap(complaintOf)];
  const last = said.at(-1);
  if (options.complete !== false && !isComplete(last)) {
    complaints.push(`never complete: ${JSON.stringify(last)}`);
  }
  const found = await check(scene, options).catch((error: unknown): Findings => {
    return { ...nothing, other: [`the checker failed: ${error instanceof Error ? error.message : error}`] };
  });
  tally.lost += found.lost.length;
  tally.doubled += found.doubled.length;
  tally.missing += found.missing.length;
  tally.orphans += found.orphans.length;
  const all = [
    ...complaints,
    ...found.lost,
    ...found.doubled,
    ...found.missing,
    ...found.orphans,
    ...found.other,
  ];
  if (isClean(found) && complaints.length === 0) {
    tally.survived += faults;
    await scene.remove();
  } else {
    const story = options.story === undefined ? "" : ` (${options.story})`;
    const what = all.map((text) => text.slice(0, 600)).join("; ");
    tally.failures.push(`${tally.part}: ${scene.dir}: ${what}${story}`);
  }
}

const nothing: Findings = { lost: [], doubled: [], missing: [], orphans: [], other: [] };

/** Whatever is done to a manager, what it says itself must be for a person. */
function complaintOf(said: Said): readonly string[] {
  return said.type === "bug" ? [`a bug: ${said.text}`] : [];
}

export function printTable(tallies: readonly Tally[]): void {
  const columns = ["injected", "survived", "lost", "doubled", "missing", "orphans"] as const;
  const heads = ["faults", "survived", "lost events", "double sessions", "missing ends", "orphans"];
  const width = Math.max(...tallies.map(({ part }) => part.length));
  console.log(["".padEnd(width), ...heads.map((head) => head.padStart(head.length + 2))].join(""));
  for (const tally of tallies) {
    const cells = columns.map((column, index) =>
      String(tally[column]).padStart((heads[index] ?? "").length + 2),
    );
    console.log([tally.part.padEnd(width), ...cells, tally.note === "" ? "" : `  ${tally.note}`].join(""));
  }
}
