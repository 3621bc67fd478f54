/**
 * `onward features verify`: what a run would check, by hand. It holds the project as a run does (R1): what its
 * commands change is undone, which would undo an agent's work as well, and one port serves one setup.
 */
import { realpath } from "node:fs/promises";
import { constants } from "node:os";
import { openProject } from "../../compose.ts";
import { loadConfig } from "../../config/load.ts";
import { nearest } from "../../config/suggest.ts";
import { OnwardError } from "../../core/errors.ts";
import type { VerificationResult } from "../../core/event-parts.ts";
import type { Feature } from "../../core/features.ts";
import { requireDirectory } from "../../inspect.ts";
import { readFeatureList } from "../../project/list/feature-list.ts";
import { featureListName } from "../../project/paths.ts";
import type { CommonFlags } from "../common-flags.ts";
import { print, printJson } from "../output.ts";
import { requireTrust } from "../require-trust.ts";
import { dim, verbatim } from "../text/terminal-text.ts";
import { effectLines, verdictLine } from "../text/verdict-text.ts";

export interface FeaturesVerifyFlags extends Pick<CommonFlags, "config" | "quiet"> {
  /** In place of the configuration's command. */
  readonly verify: string | null;
  readonly trustConfig: boolean;
  readonly json: boolean;
}

/**
 * The features with these ids, or all of them and the project as a whole. Answers the exit code: 0 when all of it
 * holds, 3 when something does not, or was named and nothing decides it. Throws `usage`, `feature-list-damaged`,
 * `config-untrusted`, `project-held`, and what git and the disk have to say.
 */
export async function featuresVerifyCommand(
  named: string,
  ids: readonly string[],
  flags: FeaturesVerifyFlags,
): Promise<number> {
  await requireDirectory(named);
  const dir = await realpath(named);
  const features = chosen(await listIn(dir), ids);
  const overrides = flags.verify === null ? {} : { verify: { command: flags.verify } };
  const loaded = await loadConfig({ dir, file: flags.config, flags: overrides });
  await requireTrust(dir, loaded, flags.trustConfig);

  await using project = await openProject({ dir, config: loaded.config, env: process.env });
  if (project.repositoryCreated && !flags.quiet)
    process.stderr.write("made a git repository here (git init)\n");
  using stop = stopAtSignal();
  const found = await project.verify(features, ids.length === 0, stop.signal);
  if (found === null) return 128 + constants.signals[stop.signal.reason as StopSignal];

  const { results, ...effects } = found;
  const decided = new Set(results.map(({ featureId }) => featureId));
  const undecided = features.filter(({ id }) => !decided.has(id)).map(({ id }) => id);
  if (results.length === 0) throw nothingDecides(dir);
  const ok = results.every(holds) && (ids.length === 0 || undecided.length === 0);
  if (flags.json) printJson({ ok, results, undecided, undone: [], held: [], ...effects });
  else print([...results.map(verdict), ...undecided.map(open), ...effectLines(effects)].join("\n"));
  return ok ? 0 : 3;
}

async function listIn(dir: string): Promise<readonly Feature[]> {
  const list = await readFeatureList(dir);
  if (list.type === "valid") return list.features;
  if (list.type === "absent") {
    throw new OnwardError("usage", `There is no ${featureListName} in ${dir}.`, {
      hint: "`onward run` has an agent write it.",
    });
  }
  throw new OnwardError("feature-list-damaged", `${featureListName} in ${dir} ${list.problem}.`, {
    hint: "Mend it, or let `onward run` restore the last good copy, if there is one.",
  });
}

function chosen(features: readonly Feature[], ids: readonly string[]): readonly Feature[] {
  if (ids.length === 0) return features;
  const known = features.map(({ id }) => id);
  const unknown = ids.find((id) => !known.includes(id));
  if (unknown === undefined) return features.filter(({ id }) => ids.includes(id));
  const meant = nearest(unknown, known);
  throw new OnwardError("usage", `There is no feature "${unknown}".`, {
    hint: meant === null ? "`onward features` lists them." : `Did you mean "${meant}"?`,
  });
}

function nothingDecides(dir: string): OnwardError {
  return new OnwardError("usage", `Nothing in ${dir} says how to check that.`, {
    hint: 'Give features a "verify", or name a command: --verify "npm test -- {id}".',
  });
}

/** What tidies up says nothing about the project. */
function holds({ ok, role }: VerificationResult): boolean {
  return ok || role === "teardown";
}

const shownLines = 20;

/** With the end of the output where it did not hold. */
function verdict(result: VerificationResult): string {
  const output = result.ok ? [] : result.outputTail.trimEnd().split("\n").slice(-shownLines);
  return [verdictLine(result), ...output.map((line) => dim(`    ${verbatim(line)}`))].join("\n");
}

function open(id: string): string {
  return dim(`· ${verbatim(id)}: nothing decides it, so a claim would stand unverified`);
}

const stopSignals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
type StopSignal = (typeof stopSignals)[number];

/** The first one ends the commands and lets the teardown run; the second one ends us. */
function stopAtSignal(): Disposable & { readonly signal: AbortSignal } {
  const stop = new AbortController();
  const onSignal = (name: StopSignal) => {
    for (const each of stopSignals) process.off(each, onSignal);
    stop.abort(name);
  };
  for (const name of stopSignals) process.on(name, onSignal);
  return {
    signal: stop.signal,
    [Symbol.dispose]() {
      for (const name of stopSignals) process.off(name, onSignal);
    },
  };
}
