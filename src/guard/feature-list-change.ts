/** F1 at the moment of the edit: in a `continue` session only `passes` may change. Settling checks again. */
import { readFile } from "node:fs/promises";
import { isDeepStrictEqual } from "node:util";
import { compareLists } from "../core/feature-comparison.ts";
import { parseFeatures } from "../core/feature-parsing.ts";
import { type Denial, deny } from "./denial.ts";
import type { Verdict } from "./verdict.ts";

export interface Replacement {
  readonly oldText: string;
  readonly newText: string;
  readonly all: boolean;
}

/** What a tool would make of a file: a new content, or replacements one after the other. */
export type FileChange =
  | { readonly type: "content"; readonly text: string }
  | { readonly type: "replacements"; readonly replacements: readonly Replacement[] }
  | { readonly type: "unpredictable" };

/** `file`: the list as it is on disk, against which the change is judged. */
export async function judgeListChange(file: string, change: FileChange): Promise<Verdict> {
  const before = await readText(file);
  const parsedBefore = before === null ? null : parseList(before);
  if (before === null || parsedBefore === null) return deny("F1", "feature_list.json", damaged);

  const after = resultOf(before, change);
  if (typeof after !== "string") return after;
  const parsedAfter = parseList(after);
  if (parsedAfter === null) {
    return deny("F1", "feature_list.json", `After this the file would not hold a feature list. ${allowed}`);
  }
  const [violation] = compareLists(parsedBefore.features, parsedAfter.features).violations;
  if (violation !== undefined) return deny("F1", violation.what, `${violation.what} ${allowed}`);
  // The comparison knows the fields that mean something to Onward; the others are not the agent's either.
  if (!isDeepStrictEqual(withoutPasses(parsedBefore.json), withoutPasses(parsedAfter.json))) {
    return deny("F1", "feature_list.json", `Something besides "passes" would change. ${allowed}`);
  }
  return { allow: true, rule: "F1" };
}

const allowed =
  'In this session only values of "passes" may change: edit that one line of a feature from false to true (or ' +
  "back), and put remarks into claude-progress.txt.";
const damaged =
  "feature_list.json is missing or damaged, and is not yours to write anew: Onward restores it when the session " +
  "ends. Go on with the work, and note in claude-progress.txt what is done.";

async function readText(file: string): Promise<string | null> {
  try {
    return unifyLineEnds(await readFile(file, "utf8"));
  } catch {
    return null;
  }
}

/** The agent's edit tool sees every line end as a line feed. */
function unifyLineEnds(text: string): string {
  return text.replaceAll("\r\n", "\n");
}

function resultOf(before: string, change: FileChange): string | Denial {
  switch (change.type) {
    case "content":
      return change.text;
    case "replacements":
      return replaceAll(before, change.replacements);
    case "unpredictable":
      return deny("F1", "feature_list.json", `This tool does not edit the feature list. ${allowed}`);
    default:
      return change satisfies never;
  }
}

/** The edit tool finds more than the exact text (other quotation marks); what we cannot predict is refused. */
function replaceAll(before: string, replacements: readonly Replacement[]): string | Denial {
  let text = before;
  for (const { oldText, newText, all } of replacements) {
    const parts = oldText === "" ? [] : text.split(unifyLineEnds(oldText));
    if (parts.length < 2) {
      return deny(
        "F1",
        oldText,
        "This text is not in feature_list.json. Read the file again and copy it exactly.",
      );
    }
    if (parts.length > 2 && !all) {
      return deny(
        "F1",
        oldText,
        'This text occurs more than once. Include the feature\'s "id" or "description".',
      );
    }
    text = parts.join(unifyLineEnds(newText));
  }
  return text;
}

function parseList(text: string) {
  try {
    const json: unknown = JSON.parse(text.replace(/^\uFEFF/, ""));
    const parsed = parseFeatures(json);
    return parsed.ok ? { json, features: parsed.features } : null;
  } catch {
    return null;
  }
}

function withoutPasses(json: unknown): unknown {
  if (Array.isArray(json)) return json.map(withoutOwnPasses);
  if (!isObject(json) || !Array.isArray(json.features)) return json;
  return { ...json, features: json.features.map(withoutOwnPasses) };
}

function withoutOwnPasses(feature: unknown): unknown {
  return isObject(feature) ? { ...feature, passes: null } : feature;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
