import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { settingsOf } from "../config/config.ts";
import { defaults } from "../config/defaults.ts";
import { formatDuration } from "../config/duration.ts";
import { type LoadedConfig, loadConfig } from "../config/load.ts";
import { readPrompts } from "../config/prompt-files.ts";
import { isTrusted, needsTrust } from "../config/trust.ts";
import { OnwardError } from "../core/errors.ts";
import { requireDirectory } from "../inspect.ts";
import { fileError } from "../project/atomic-write.ts";
import { configFileName } from "../project/paths.ts";
import type { CommonFlags } from "./common-flags.ts";
import { print, printJson } from "./output.ts";
import { table } from "./text/terminal-text.ts";

export async function configCommand(
  dir: string,
  what: "show" | "schema" | "init",
  flags: CommonFlags & { readonly json: boolean },
): Promise<void> {
  await requireDirectory(dir);
  switch (what) {
    case "show":
      return show(dir, flags);
    case "schema":
      return printJson((await import("../config/schema.ts")).configJsonSchema());
    case "init":
      return init(dir, flags.quiet);
    default:
      throw new Error(`unknown ${what satisfies never}`);
  }
}

async function show(
  dir: string,
  { config: file, json, quiet }: CommonFlags & { json: boolean },
): Promise<void> {
  const loaded = await loadConfig({ dir, file, flags: {} });
  const { files } = await readPrompts(dir, loaded.config.prompts);
  if (json) {
    const entries = settingsOf(loaded.config).map(([name, value]) => [
      name,
      { value: written(name, value), source: loaded.sources[name], ...(name === "prompts" ? { files } : {}) },
    ]);
    printJson(Object.fromEntries(entries));
    return;
  }
  const rows = settingsOf(loaded.config).map(([name, value]) => {
    const text = written(name, value);
    return [name, typeof text === "string" ? text : JSON.stringify(text), loaded.sources[name] ?? ""];
  });
  const prompts = Object.entries(files)
    .filter(([, file]) => file !== null)
    .map(([name, file]) => [`  ${name}`, file ?? "", "prompts"]);
  const at = rows.findIndex(([name]) => name === "prompts") + 1;
  print(table(["setting", "value", "from"], rows.toSpliced(at, 0, ...prompts)));
  if (!quiet) await warnUntrusted(dir, loaded);
}

/** As a file would say it. */
function written(name: string, value: unknown): unknown {
  if (name === "regression") {
    const { regression } = { regression: value } as { regression: typeof defaults.regression };
    return regression.type === "sample" ? `sample:${regression.size}` : regression.type;
  }
  return durations.has(name) && typeof value === "number" ? formatDuration(value) : value;
}

const durations: ReadonlySet<string> = new Set(
  Object.keys({ ...defaults, ...defaults.verify })
    .filter((key) => key.endsWith("Ms"))
    .map((key) => (key in defaults.verify ? "verify." : "") + key.replace(/Ms$/, "")),
);

async function warnUntrusted(dir: string, loaded: LoadedConfig): Promise<void> {
  const lines = needsTrust(loaded);
  if (await isTrusted(dir, lines)) return;
  process.stderr.write(
    `\nnot trusted yet, so \`onward run\` asks first (or takes --trust-config):\n${lines.map((line) => `  ${line}`).join("\n")}\n`,
  );
}

async function init(dir: string, quiet: boolean): Promise<void> {
  const file = join(dir, configFileName);
  try {
    await writeFile(file, startingFile, { flag: "wx" });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw fileError(file, error);
    throw new OnwardError("usage", `${file} exists already.`, { hint: "See `onward config show`." });
  }
  if (!quiet) process.stderr.write(`wrote ${file}\n`);
}

/** Everything in it is commented out: a default that is written down would not follow a better one. */
const startingFile = `{
  // Onward's settings for this project; flags win over them. \`onward config show\` tells what holds,
  // \`onward config schema\` every setting. Durations are texts such as "90s", "10m" or "2h".

  // What one run may use; without any of them it works until the project is complete.
  // "maxCost": 20,
  // "maxIterations": 50,
  // "maxDuration": "8h",

  // "model": "sonnet",
  // "delay": "3s",

  // How Onward checks what the agent says. With {id} in it, the command checks one feature.
  // "verify": { "command": "npm test", "timeout": "10m" },
  // In there, too: a server that the checks need, which find its port in PORT ("setup": "npm run dev",
  // and "ready": "port", "port": "free", "teardown": "npm run clean"); and files that count as you left them,
  // whatever an agent made of them ("protect": ["test/**", "vitest.config.*"]).
  // "regression": "sample:10",

  // At a usage limit: wait for its reset, but no longer than this.
  // "maxWait": "8h",
  // "stopAtUtilization": 0.9
}
`;
