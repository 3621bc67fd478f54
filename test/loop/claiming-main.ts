/** A manager whose agent claims `a` and waits for the verdict, to be killed: `claiming-main.ts <project>`. */
import { openProject } from "../../src/compose.ts";
import { defaults } from "../../src/config/defaults.ts";
import { puppet } from "./puppet.ts";

const [, , dir = ""] = process.argv;
const agent = puppet(async ({ host }) => {
  const claim = host.tools.find(({ name }) => name === "claim");
  await claim?.call({ id: "a", evidence: "e" }, new AbortController().signal);
  return undefined;
});
const project = await openProject({
  dir,
  driver: agent,
  env: { PATH: process.env.PATH, HOME: dir },
  config: { ...defaults, delayMs: 0 },
});
await project.start().ended;
