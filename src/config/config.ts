import type { LoopOptions } from "../loop/context.ts";

export type Regression = LoopOptions["regression"];

/** What a run is made with: defaults, then the configuration file, then flags. Money in USD; null: no cap. */
export interface Config {
  /** Relative to the project; null: the first of the usual names. */
  readonly spec: string | null;
  /** A directory of a person's own prompts, relative to the project and outside of it; null: Onward's. */
  readonly prompts: string | null;
  readonly agent: "claude";
  /** null: the agent's own default. */
  readonly model: string | null;
  /** Per session. */
  readonly maxTurns: number;
  readonly delayMs: number;
  readonly maxIterations: number | null;
  readonly maxCostUsd: number | null;
  readonly maxTokens: number | null;
  readonly maxDurationMs: number | null;
  readonly stallMs: number;
  readonly toolMaxMs: number;
  readonly sessionMaxMs: number | null;
  readonly maxWaitMs: number;
  readonly waitForReset: boolean;
  /** Share of the account's usage window, over 0 and at most 1. */
  readonly stopAtUtilization: number | null;
  readonly verify: LoopOptions["verify"];
  readonly regression: Regression;
  readonly sandbox: "auto" | "required" | "off";
  readonly guard: "strict" | "sandboxed" | "off";
  /** A person's own additions to the guard's profile. */
  readonly rules: GuardRules;
  /** Never resume the agent's own conversation. */
  readonly fresh: boolean;
}

export interface GuardRules {
  /** Programs that may run too; their words are held to the project's paths. */
  readonly allow: readonly string[];
  /** Programs that may not run, whatever else says so. */
  readonly deny: readonly string[];
  /** The only hosts that may be read; none named: every public one. */
  readonly hosts: readonly string[];
  /** `mcp__server__tool`, or `mcp__server__*`. */
  readonly mcpTools: readonly string[];
  /** Options of further programs, as the guard's own tables write them. */
  readonly programs: Readonly<Record<string, ProgramRule>>;
}

export interface ProgramRule {
  /** Single-letter flags: `"abv"`. */
  readonly flags?: string;
  /** Options and what they take: `"-o=write --color[=text]"`. */
  readonly options?: string;
  readonly operands?: "none" | "text" | "read" | "write";
}

type Nested = "verify" | "rules";

/** What one source has to say about the configuration. */
export type Overrides = Partial<Omit<Config, Nested>> & { readonly [Key in Nested]?: Partial<Config[Key]> };

/** The name of a setting as files and flags have it: `delay` for `delayMs`, `verify.command`. */
export type SettingName = string;
export type Source = "default" | "file" | "flag";

/** Every setting by its name, in the order in which people should read them. */
export function settingsOf(config: Config | Overrides): readonly (readonly [SettingName, unknown])[] {
  return Object.entries(config).flatMap(([key, value]) =>
    key === "verify" || key === "rules"
      ? Object.entries(value as object).map(
          ([part, inner]) => [`${key}.${settingName(part)}`, inner] as const,
        )
      : [[settingName(key), value] as const],
  );
}

/** Units are a matter of the program; people write them into the value (`"10m"`) or know them (USD). */
function settingName(key: string): SettingName {
  return key.replace(/(Ms|Usd)$/, "");
}

/** Without the keys that say nothing, which is how optional keys are written here. */
export function given<T extends object>(object: T): { [Key in keyof T]?: Exclude<T[Key], undefined> } {
  const said = Object.entries(object).filter(([, value]) => value !== undefined);
  return Object.fromEntries(said) as { [Key in keyof T]?: Exclude<T[Key], undefined> };
}
