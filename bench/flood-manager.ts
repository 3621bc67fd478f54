/** A manager in a process of its own, for one session: `flood-manager.ts <project> <agent program>`. */
import { claudeDriver } from "../src/agents/claude/driver.ts";
import { openProject } from "../src/compose.ts";
import { defaults } from "../src/config/defaults.ts";
import { peakMemory } from "./peak-memory.ts";

const [dir = "", program = ""] = process.argv.slice(2);
const env = { PATH: process.env.PATH, HOME: dir, ANTHROPIC_API_KEY: "none" };
{
  await using project = await openProject({
    dir,
    env,
    driver: claudeDriver({ env, program }),
    config: { ...defaults, delayMs: 0 },
  });
  await project.start({ maxSessions: 1 }).ended;
  const { run } = project.ledger.state;
  if (run?.lastOutcome?.type !== "done")
    throw new Error(`the agent did not finish: ${JSON.stringify(run?.lastOutcome)}`);
}
process.stdout.write(String(peakMemory()));
