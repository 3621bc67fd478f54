/** Where the agent is installed and what it keeps on disk: its program, its login, its conversations. */
import { constants } from "node:fs";
import { access, readdir, readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { homedir } from "node:os";
import { join } from "node:path";
import { OnwardError } from "../../core/errors.ts";
import { isSet } from "./environment.ts";

/**
 * The native program that came with the SDK, in an optional package of its own for each platform.
 * Throws `agent-missing`.
 */
export function bundledProgram(): string {
  const require = createRequire(createRequire(import.meta.url).resolve("@anthropic-ai/claude-agent-sdk"));
  const packages = platformPackages();
  for (const name of packages) {
    try {
      return require.resolve(`${name}/claude`);
    } catch {
      // Not installed; npm installs the one that fits.
    }
  }
  throw missing(`Claude's program is not installed (looked for the package ${packages.join(" or ")}).`);
}

/** Throws `agent-missing` unless the program can be run. */
export async function requireProgram(program: string): Promise<void> {
  try {
    await access(program, constants.X_OK);
  } catch (cause) {
    throw missing(`Claude's program ${program} is missing or cannot be run.`, cause);
  }
}

/** Throws `credentials-missing`, naming everything it looked for. */
export async function requireCredentials(env: Readonly<NodeJS.ProcessEnv>, configDir: string): Promise<void> {
  if (credentialVariables.some((name) => (env[name] ?? "").trim() !== "")) return;
  if (cloudVariables.some((name) => isSet(env[name]))) return;
  const credentialsFile = join(configDir, ".credentials.json");
  if ((await readJson(credentialsFile)) !== null) return;
  // On macOS the secret itself is in the keychain; the account's entry here says that somebody logged in.
  const account = await readJson(accountFile(env, configDir));
  if (account !== null && ("oauthAccount" in account || "primaryApiKey" in account)) return;
  throw new OnwardError(
    "credentials-missing",
    `No credentials for Claude: none of ${[...credentialVariables, ...cloudVariables].join(", ")} is set, and there is no login in ${configDir}.`,
    {
      hint: "Set ANTHROPIC_API_KEY, or log in with `claude` and its /login; `onward demo` needs neither.",
    },
  );
}

export function configDirectory(env: Readonly<NodeJS.ProcessEnv>): string {
  return env.CLAUDE_CONFIG_DIR ?? join(env.HOME ?? homedir(), ".claude");
}

/** Whether the agent can find this conversation again. */
export async function isConversationSaved(configDir: string, agentSessionId: string): Promise<boolean> {
  const projects = join(configDir, "projects");
  const names = await readdir(projects).catch(() => []);
  const files = names.map((name) => join(projects, name, `${agentSessionId}.jsonl`));
  const saved = await Promise.all(files.map(exists));
  return saved.includes(true);
}

const credentialVariables = ["ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN", "CLAUDE_CODE_OAUTH_TOKEN"];
const cloudVariables = ["CLAUDE_CODE_USE_BEDROCK", "CLAUDE_CODE_USE_VERTEX", "CLAUDE_CODE_USE_FOUNDRY"];

function platformPackages(): readonly string[] {
  const name = `@anthropic-ai/claude-agent-sdk-${process.platform}-${process.arch}`;
  return process.platform === "linux" ? [name, `${name}-musl`] : [name];
}

function missing(message: string, cause?: unknown): OnwardError {
  const hint = "Install again without `--omit=optional`: `npm install @anthropic-ai/claude-agent-sdk`.";
  return new OnwardError("agent-missing", message, { hint, cause });
}

function accountFile(env: Readonly<NodeJS.ProcessEnv>, configDir: string): string {
  return env.CLAUDE_CONFIG_DIR === undefined
    ? join(configDir, "..", ".claude.json")
    : join(configDir, ".claude.json");
}

async function readJson(file: string): Promise<object | null> {
  try {
    const value: unknown = JSON.parse(await readFile(file, "utf8"));
    return typeof value === "object" ? value : null;
  } catch {
    // Unreadable credentials are no credentials, for the agent too.
    return null;
  }
}

async function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}
