import { expect, test } from "vitest";
import { agentEnvironment } from "../../../src/agents/claude/environment.ts";

const session = { marker: "ses_1", configDir: null };
const namesOf = (from: NodeJS.ProcessEnv) => {
  const ours = new Set(Object.keys(agentEnvironment({}, session)));
  return Object.keys(agentEnvironment(from, session)).filter((name) => !ours.has(name));
};

test("what the agent needs passes, secrets of others do not", () => {
  const passing = {
    ...{
      PATH: "/bin",
      HOME: "/h",
      LANG: "C",
      LC_CTYPE: "C",
      TMPDIR: "/t",
      https_proxy: "http://p",
      NO_PROXY: "x",
    },
    ...{
      ANTHROPIC_API_KEY: "k",
      ANTHROPIC_BASE_URL: "u",
      CLAUDE_CODE_OAUTH_TOKEN: "t",
      CLAUDE_CONFIG_DIR: "/c",
    },
  };
  const staying = {
    ...{
      GITHUB_TOKEN: "g",
      AWS_SECRET_ACCESS_KEY: "a",
      OPENAI_API_KEY: "o",
      DATABASE_URL: "d",
      NODE_OPTIONS: "n",
    },
    ...{
      CLAUDECODE: "1",
      CLAUDE_CODE_ENTRYPOINT: "cli",
      GOOGLE_APPLICATION_CREDENTIALS: "g",
      AZURE_CLIENT_SECRET: "z",
    },
  };
  expect(namesOf({ ...passing, ...staying }).toSorted()).toEqual(Object.keys(passing).toSorted());
});

test.each([
  ["CLAUDE_CODE_USE_BEDROCK", "AWS_SECRET_ACCESS_KEY"],
  ["CLAUDE_CODE_USE_VERTEX", "GOOGLE_APPLICATION_CREDENTIALS"],
  ["CLAUDE_CODE_USE_FOUNDRY", "AZURE_CLIENT_SECRET"],
])("with %s chosen, its credentials pass", (chosen, secret) => {
  expect(namesOf({ [chosen]: "1", [secret]: "s" })).toEqual([chosen, secret]);
  expect(namesOf({ [chosen]: "0", [secret]: "s" })).toEqual([chosen]);
});

test("the marker and the switches of ours win over the environment", () => {
  const env = agentEnvironment(
    { ONWARD_SESSION: "ses_0", DISABLE_COMPACT: "0", CLAUDE_CODE_MAX_RETRIES: "9" },
    {
      ...session,
      configDir: "/config",
    },
  );
  expect(env).toMatchObject({ ONWARD_SESSION: "ses_1", DISABLE_COMPACT: "1", CLAUDE_CONFIG_DIR: "/config" });
  expect(env.CLAUDE_CODE_MAX_RETRIES).toBe("9");
});
