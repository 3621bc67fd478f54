/** What must be true of the finished project. */
export interface Feature {
  /** Written in the list, or derived from the description (`feature-parsing.ts`). Unique in a list. */
  readonly id: string;
  readonly description: string;
  readonly steps: readonly string[];
  readonly passes: boolean;
  readonly category: string | null;
  /** 1 comes first; null comes last. */
  readonly priority: number | null;
  /** Ids of the features that must pass first. */
  readonly dependsOn: readonly string[];
  /** Decides a claim (F2): a shell line, or a program with its arguments. */
  readonly verify: string | readonly string[] | null;
}

/** How often a feature was tried without success: offered first, or claimed, in a healthy session. */
export interface Attempts {
  readonly tries: number;
  /** Whether it has had its one last attempt. */
  readonly lastAttempt: boolean;
}

export type Choice =
  | {
      readonly type: "offer";
      readonly feature: Feature;
      /** What follows if each one before it passes; of the same kind as `feature`. */
      readonly upcoming: readonly Feature[];
      readonly lastAttempt: boolean;
    }
  /** Nothing is left to try. `deferred`: the ids that do not pass; none when all pass. */
  | { readonly type: "exhausted"; readonly deferred: readonly string[] };

/** A feature that was tried this often without success is deferred. */
export const maxTries = 3;
const maxUpcoming = 5;
const untried: Attempts = { tries: 0, lastAttempt: false };

/**
 * The feature to work on next: it does not pass, its dependencies do; by `priority`, then by list order. When
 * only deferred or unreachable ones are left (dependents of deferred ones, cycles, unknown dependencies),
 * each gets one last attempt, those first that wait for none of the others.
 */
export function chooseWork(features: readonly Feature[], attempts: ReadonlyMap<string, Attempts>): Choice {
  const passing = idsOf(features.filter((feature) => feature.passes));
  const failing = features.filter((feature) => !feature.passes).sort(byPriority);
  const attemptsOf = (feature: Feature) => attempts.get(feature.id) ?? untried;

  const hopeful = failing.filter((feature) => attemptsOf(feature).tries < maxTries);
  const ready = inTurn(hopeful, (id, taken) => passing.has(id) || taken.has(id));
  if (ready[0]) return { type: "offer", feature: ready[0], upcoming: ready.slice(1), lastAttempt: false };

  const left = failing.filter((feature) => !attemptsOf(feature).lastAttempt);
  const leftIds = idsOf(left);
  const free = inTurn(left, (id, taken) => !leftIds.has(id) || taken.has(id));
  // Nothing is free in a cycle: then list order decides.
  const last = [...new Set([...free, ...left])].slice(0, maxUpcoming + 1);
  if (last[0]) return { type: "offer", feature: last[0], upcoming: last.slice(1), lastAttempt: true };

  return { type: "exhausted", deferred: failing.map((feature) => feature.id) };
}

/** The first few candidates, each the first whose dependencies are all `met` once those before it are taken. */
function inTurn(
  candidates: readonly Feature[],
  met: (id: string, taken: ReadonlySet<string>) => boolean,
): readonly Feature[] {
  const chosen: Feature[] = [];
  const taken = new Set<string>();
  while (chosen.length <= maxUpcoming) {
    const next = candidates.find(
      (feature) => !taken.has(feature.id) && feature.dependsOn.every((id) => met(id, taken)),
    );
    if (next === undefined) break;
    chosen.push(next);
    taken.add(next.id);
  }
  return chosen;
}

/** Without a priority last; equal ones keep the list's order because the sort is stable. */
function byPriority(a: Feature, b: Feature): number {
  const [x, y] = [a.priority ?? Number.POSITIVE_INFINITY, b.priority ?? Number.POSITIVE_INFINITY];
  return x < y ? -1 : x > y ? 1 : 0;
}

function idsOf(features: readonly Feature[]): ReadonlySet<string> {
  return new Set(features.map((feature) => feature.id));
}
