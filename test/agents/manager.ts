/** A manager with one session, to be killed: `manager.ts <model url> <project>`. */
import { randomUUID } from "node:crypto";
import { claudeDriver } from "../../src/agents/claude/driver.ts";
import { newAgentSessionId, type SessionMarker } from "../../src/core/ids.ts";

const [, , modelUrl = "", cwd = ""] = process.argv;
const driver = claudeDriver({
  env: { PATH: process.env.PATH ?? "", HOME: cwd, ANTHROPIC_BASE_URL: modelUrl, ANTHROPIC_API_KEY: "test" },
});
driver.start(
  {
    cwd,
    prompt: "Do the work.",
    instructions: "",
    model: null,
    agentSessionId: newAgentSessionId(randomUUID()),
    resume: false,
    maxTurns: 1,
    maxBudgetUsd: null,
    marker: "ses_0123456789ab" as SessionMarker,
  },
  {
    tools: [],
    decide: async () => ({ allow: true, rule: "test" }),
    afterTool: async () => null,
    event() {},
    transcript() {},
  },
);
