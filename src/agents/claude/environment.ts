import { markerVariable } from "../../processes/table.ts";

/**
 * The environment of the agent, and so of everything that it starts: what it needs to run, to log in and to
 * reach the network, and nothing else of ours. A secret of the manager that is not on this list cannot leak
 * into a shell of the agent.
 */
export function agentEnvironment(
  from: Readonly<NodeJS.ProcessEnv>,
  session: { readonly marker: string; readonly configDir: string | null },
): Record<string, string> {
  const picked = Object.entries(from).filter(
    (entry): entry is [string, string] => entry[1] !== undefined && passes(entry[0], from),
  );
  return {
    CLAUDE_CODE_MAX_RETRIES: "3",
    ...Object.fromEntries(picked),
    ...(session.configDir === null ? {} : { CLAUDE_CONFIG_DIR: session.configDir }),
    ...settings,
    [markerVariable]: session.marker,
  };
}

const settings = {
  DISABLE_AUTOUPDATER: "1",
  DISABLE_TELEMETRY: "1",
  DISABLE_ERROR_REPORTING: "1",
  CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1",
  // A full context ends the session instead: the next one starts fresh from the project's own files.
  DISABLE_COMPACT: "1",
  // What a session learns belongs into the project, not into the agent's private memory.
  CLAUDE_CODE_DISABLE_AUTO_MEMORY: "1",
  // A command in the background would hold the session open, or end with it unnoticed.
  CLAUDE_CODE_DISABLE_BACKGROUND_TASKS: "1",
};

function passes(name: string, from: Readonly<NodeJS.ProcessEnv>): boolean {
  return (
    plain.has(name) ||
    name.startsWith("LC_") ||
    name.startsWith("ANTHROPIC_") ||
    cloud.some(({ chosenBy, names }) => isSet(from[chosenBy]) && names.test(name))
  );
}

const plain: ReadonlySet<string> = new Set([
  ...["PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "LANGUAGE", "TZ", "TERM", "TMPDIR"],
  ...[
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "NO_PROXY",
    "ALL_PROXY",
    "http_proxy",
    "https_proxy",
    "no_proxy",
    "all_proxy",
  ],
  ...["NODE_EXTRA_CA_CERTS", "SSL_CERT_FILE", "SSL_CERT_DIR"],
  // Not all of CLAUDE_*: started from inside Claude Code, we would hand on what makes the agent a child of it.
  ...[
    "CLAUDE_CONFIG_DIR",
    "CLAUDE_CODE_OAUTH_TOKEN",
    "CLAUDE_CODE_MAX_RETRIES",
    "CLAUDE_CODE_MAX_OUTPUT_TOKENS",
  ],
  ...["CLAUDE_CODE_CLIENT_CERT", "CLAUDE_CODE_CLIENT_KEY", "CLAUDE_CODE_CLIENT_KEY_PASSPHRASE"],
  ...["CLAUDE_CODE_USE_BEDROCK", "CLAUDE_CODE_USE_VERTEX", "CLAUDE_CODE_USE_FOUNDRY"],
  ...["CLAUDE_CODE_SKIP_BEDROCK_AUTH", "CLAUDE_CODE_SKIP_VERTEX_AUTH", "CLAUDE_CODE_SKIP_FOUNDRY_AUTH"],
]);

const cloud = [
  { chosenBy: "CLAUDE_CODE_USE_BEDROCK", names: /^AWS_/ },
  {
    chosenBy: "CLAUDE_CODE_USE_VERTEX",
    names: /^(GOOGLE_APPLICATION_CREDENTIALS$|GOOGLE_CLOUD_|GCLOUD_PROJECT$|CLOUD_ML_REGION$|VERTEX_)/,
  },
  { chosenBy: "CLAUDE_CODE_USE_FOUNDRY", names: /^AZURE_/ },
];

/** As the agent reads its own switches. */
export function isSet(value: string | undefined): boolean {
  return value !== undefined && !["", "0", "false", "no", "off"].includes(value.toLowerCase());
}
