/** What a person says of a feature, from flags or from JSON. */
import { readFileSync } from "node:fs";
import { text as readAll } from "node:stream/consumers";
import { nearest } from "../../config/suggest.ts";
import { OnwardError } from "../../core/errors.ts";
import { parseFeatures } from "../../core/feature-parsing.ts";
import type { FeatureFields } from "../../core/list-edits.ts";

/** As they were typed. An empty text takes a field away. */
export interface FieldFlags {
  readonly description?: string | undefined;
  readonly step?: readonly string[] | undefined;
  readonly category?: string | undefined;
  readonly priority?: string | undefined;
  readonly dependsOn?: readonly string[] | undefined;
  readonly verify?: string | undefined;
}

/** A feature to be added; its name is chosen later where none was given. */
export interface NewFeature {
  readonly id: string | null;
  readonly fields: FeatureFields;
}

/** Only what was given. Throws `usage`. */
export function fieldsOf(flags: FieldFlags): Partial<FeatureFields> {
  const { description, step, category, priority, dependsOn, verify } = flags;
  if (description?.trim() === "") throw usage("A feature needs a description.");
  return {
    ...(description === undefined ? {} : { description }),
    ...(step === undefined ? {} : { steps: step.filter(isSaid) }),
    ...(category === undefined ? {} : { category: isSaid(category) ? category : null }),
    ...(priority === undefined ? {} : { priority: isSaid(priority) ? numberOf(priority) : null }),
    ...(dependsOn === undefined ? {} : { dependsOn: dependsOn.filter(isSaid) }),
    ...(verify === undefined ? {} : { verify: isSaid(verify) ? verify : null }),
  };
}

/** Throws `usage` with the place in the file. `-`: standard input. */
export async function featuresIn(file: string): Promise<readonly NewFeature[]> {
  const name = file === "-" ? "standard input" : file;
  const json = parseJson(name, file === "-" ? await readAll(process.stdin) : readText(file));
  const alone = isObject(json) && !("features" in json);
  const list = alone ? [json] : isObject(json) ? json.features : json;
  const parsed = parseFeatures(list);
  if (!parsed.ok) throw usage(`${name} holds no features: ${parsed.problem}.`);
  const elements: readonly unknown[] = Array.isArray(list) ? list : [];
  return parsed.features.map(({ id, passes, ...fields }, index) => {
    const element = elements[index];
    const keys = isObject(element) ? Object.keys(element) : [];
    const unknown = keys.find((key) => !knownKeys.includes(key));
    if (unknown !== undefined) {
      const meant = nearest(unknown, knownKeys);
      throw usage(
        `${name}: feature ${index + 1} has an unknown field "${unknown}".`,
        meant === null ? `Known are ${knownKeys.join(", ")}.` : `Did you mean "${meant}"?`,
      );
    }
    if (passes) {
      throw usage(
        `${name}: feature ${index + 1} is said to pass, which no new feature does.`,
        'Leave "passes" out: it is found out.',
      );
    }
    return { id: keys.includes("id") ? id : null, fields };
  });
}

const knownKeys = [
  "id",
  "description",
  "steps",
  "passes",
  "category",
  "priority",
  "dependsOn",
  "verify",
] as const satisfies readonly string[] as readonly string[];

function readText(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (cause) {
    throw usage(`${file} cannot be read (${(cause as NodeJS.ErrnoException).code}).`);
  }
}

function parseJson(name: string, text: string): unknown {
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ""));
  } catch (error) {
    throw usage(`${name} is not JSON: ${error instanceof Error ? error.message : String(error)}.`);
  }
}

function numberOf(text: string): number {
  const value = Number(text);
  if (!Number.isFinite(value)) throw usage(`The priority must be a number such as 1, not "${text}".`);
  return value;
}

function isSaid(text: string): boolean {
  return text.trim() !== "";
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function usage(message: string, hint?: string): OnwardError {
  return new OnwardError("usage", message, hint === undefined ? {} : { hint });
}
