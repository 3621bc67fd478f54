/** A manager to be killed in a session: says so on stdout as soon as its agent is at work. */
import { openProject } from "../src/compose.ts";
import { defaults } from "../src/config/defaults.ts";
import { heldAgent } from "./held-agent.ts";

const agent = heldAgent();
const [, , dir = ""] = process.argv;
await using project = await openProject({
  dir,
  driver: agent,
  config: { ...defaults, delayMs: 0 },
  env: { PATH: process.env.PATH, HOME: dir },
});
const { ended } = project.start();
await agent.next();
console.log("at work");
await ended;
