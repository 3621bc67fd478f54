/** The tasks that sessions are given, as texts with placeholders; a person may put their own in place of any. */

export const promptNames = [
  /** The first session, in an empty directory. */
  "init",
  /** The first session, where there is code. */
  "init-existing",
  /** Every further one. */
  "continue",
  /** The same, where the session before was cut off in the middle of its work. */
  "recovery",
  /** Every feature passes, and the final check does not hold. */
  "gate-failed",
  /** Said to an interrupted conversation that goes on. */
  "resume",
] as const;
export type PromptName = (typeof promptNames)[number];
export type PromptSet = Readonly<Record<PromptName, string>>;

/** What `{{…}}` may name in a prompt. */
export const placeholders = ["specification", "list-format", "reporting"] as const;
export type PlaceholderValues = Readonly<Record<(typeof placeholders)[number], string>>;

const placeholder = /\{\{\s*([\w-]+)\s*\}\}/g;

/** The template must have been looked through with `unknownPlaceholders`. */
export function fill(template: string, values: PlaceholderValues): string {
  const known = new Map<string, string>(Object.entries(values));
  return template.replaceAll(placeholder, (whole, name: string) => known.get(name) ?? whole).trim();
}

export function unknownPlaceholders(template: string): readonly string[] {
  const known: readonly string[] = placeholders;
  return [...template.matchAll(placeholder)]
    .map(([, name = ""]) => name)
    .filter((name) => !known.includes(name));
}
