import { homedir, tmpdir } from "node:os";
import { resolve } from "node:path";
import { loadConfig } from "../../config/load.ts";
import { OnwardError } from "../../core/errors.ts";
import { type Finding, lintFeatures } from "../../core/list-lint.ts";
import { checkCommand } from "../../guard/shell.ts";
import { requireDirectory } from "../../inspect.ts";
import { parseListText, readListText } from "../../project/list/feature-list.ts";
import { type ListedElement, listedElements } from "../../project/list/list-lines.ts";
import { featureListName } from "../../project/paths.ts";
import { decidingCommand, gateCommand, shellLine } from "../../verify/deciding.ts";
import { isEmptyCheck } from "../../verify/empty-check.ts";
import type { CommonFlags } from "../common-flags.ts";
import { print, printJson } from "../output.ts";
import { bold, dim, oneLine } from "../text/terminal-text.ts";

interface PlacedFinding extends Finding {
  readonly line: number | null;
}

export interface LintFlags extends Pick<CommonFlags, "config" | "quiet"> {
  readonly json: boolean;
}

/** Answers the exit code: 1 with findings, as linters have it. Throws `nothing-to-do` without a list. */
export async function lintCommand(given: string, { config, quiet, json }: LintFlags): Promise<number> {
  await requireDirectory(given);
  const dir = resolve(given);
  const read = await readListText(dir);
  if (read.type === "absent") {
    throw new OnwardError("nothing-to-do", `There is no ${featureListName} in ${dir} yet.`, {
      hint: "`onward run` has one written in its first session.",
    });
  }
  const findings =
    read.type === "damaged" ? [wholeList(read.problem)] : await findingsIn(dir, read.text, config);
  if (json) printJson(findings);
  else if (findings.length > 0) print(findings.map(line).join("\n"));
  else if (!quiet) print("nothing found");
  return findings.length === 0 ? 0 : 1;
}

async function findingsIn(dir: string, text: string, file: string | null): Promise<readonly PlacedFinding[]> {
  const list = parseListText(text);
  if (list.type !== "valid") {
    const problem = list.type === "damaged" ? list.problem : "is absent";
    const twins = problem.startsWith("is not JSON") ? [] : duplicateIds(listedElements(text));
    return twins.length > 0 ? twins : [wholeList(problem)];
  }
  const elements = listedElements(text);
  const found = lintFeatures(list.features, await questions(dir, file));
  const lines = new Map(list.features.map(({ id }, index) => [id, elements[index]?.line ?? null]));
  const placed = found.map((finding) => ({ ...finding, line: lines.get(finding.featureId ?? "") ?? null }));
  const repeated = list.features.flatMap(({ id }, index) =>
    (elements[index]?.repeatedKeys ?? []).map((key) => ({
      ...{ rule: "duplicate-field" as const, featureId: id, line: elements[index]?.line ?? null },
      what: `It has the field "${key}" more than once; the last one counts.`,
    })),
  );
  return [...placed, ...repeated].sort((a, b) => (a.line ?? 0) - (b.line ?? 0));
}

/** The list is no valid one then, and reading it tells of the first pair only. */
function duplicateIds(elements: readonly ListedElement[]): readonly PlacedFinding[] {
  const first = new Map<string, number>();
  return elements.flatMap(({ id, line }): readonly PlacedFinding[] => {
    if (id === null) return [];
    const earlier = first.get(id);
    if (earlier === undefined) first.set(id, line);
    if (earlier === undefined) return [];
    return [{ rule: "duplicate-id", featureId: id, line, what: `Line ${earlier} has the same id.` }];
  });
}

function wholeList(problem: string): PlacedFinding {
  const [, line] = /\bline (\d+)/.exec(problem) ?? [];
  const what = `${featureListName} ${problem}.`;
  return { rule: "damaged", featureId: null, line: line === undefined ? null : Number(line), what };
}

/** The project's command from its configuration; the answers of the guard, once for each command. */
async function questions(dir: string, file: string | null): Promise<Parameters<typeof lintFeatures>[1]> {
  const { verify, rules } = (await loadConfig({ dir, file, flags: {} })).config;
  const context = { project: dir, cwd: dir, home: homedir(), tmpdir: tmpdir() };
  const { mcpTools: _, hosts, ...others } = rules;
  const extra = hosts.length === 0 ? others : { ...others, hosts };
  const hasGate = gateCommand(verify.command) !== null;
  const known = new Map<string, string | null>();
  return {
    isDecided: (feature) => hasGate || decidingCommand(feature, verify.command) !== null,
    isEmptyCheck: ({ verify: own }) => own !== null && isEmptyCheck(own),
    refusal(feature) {
      const deciding = decidingCommand(feature, verify.command);
      if (deciding === null || deciding.author === "person") return null;
      const command = shellLine(deciding.command);
      const before = known.get(command);
      if (before !== undefined) return before;
      const verdict = checkCommand(command, context, "strict", extra);
      const reason = verdict.allow ? null : `${verdict.rule}: ${verdict.reason}`;
      known.set(command, reason);
      return reason;
    },
  };
}

function line({ rule, featureId, what, line }: PlacedFinding): string {
  const place = `${featureListName}${line === null ? "" : `:${line}`}`;
  const id = featureId === null ? "" : ` ${bold(oneLine(featureId))}`;
  return `${place}:${id} ${oneLine(what)} ${dim(`(${rule})`)}`;
}
