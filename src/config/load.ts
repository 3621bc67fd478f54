import { type Config, type Overrides, type SettingName, type Source, settingsOf } from "./config.ts";
import { readConfigFile } from "./config-file.ts";
import { defaults } from "./defaults.ts";

export interface LoadOptions {
  /** The project, absolute. */
  readonly dir: string;
  /** What `--config` names; null: the project's own file, if there is one. */
  readonly file: string | null;
  readonly flags: Overrides;
}

export interface LoadedConfig {
  readonly config: Config;
  /** Where each setting has its value from. */
  readonly sources: Readonly<Record<SettingName, Source>>;
}

/** Defaults, then the file, then flags. Throws `config-invalid`. */
export async function loadConfig({ dir, file, flags }: LoadOptions): Promise<LoadedConfig> {
  const fromFile = await readConfigFile(dir, file);
  const verify = { ...defaults.verify, ...fromFile.verify, ...flags.verify };
  return {
    config: { ...defaults, ...fromFile, ...flags, verify, rules: { ...defaults.rules, ...fromFile.rules } },
    sources: Object.fromEntries([
      ...settingsOf(defaults).map(([name]) => [name, "default"] as const),
      ...settingsOf(fromFile).map(([name]) => [name, "file"] as const),
      ...settingsOf(flags).map(([name]) => [name, "flag"] as const),
    ]),
  };
}
