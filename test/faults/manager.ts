/**
 * A manager to be killed: runs a project until its run ends, writes every event that was acknowledged to the
 * witness, and says on stdout how it ended: `{"end"}`, `{"error"}` for a clear one, `{"bug"}` for any other.
 */
import { closeSync, openSync, writeSync } from "node:fs";
import { join } from "node:path";
import { openProject } from "../../src/compose.ts";
import type { Config } from "../../src/config/config.ts";
import { defaults } from "../../src/config/defaults.ts";
import { OnwardError } from "../../src/core/errors.ts";
import { systemClock } from "../../src/loop/clock.ts";
import { abusedAgent } from "./agent-driver.ts";
import { chanceOf } from "./chance.ts";

export interface Orders {
  readonly dir: string;
  readonly witness: string;
  readonly features: number;
  readonly seed: number;
  /** What the agent's sessions may be like, chosen by the seed. */
  readonly modes: readonly string[];
  /** SIGKILL to itself as soon as so many events are acknowledged. */
  readonly dieAfter: number | null;
  readonly config: Partial<Config>;
  /** The genuine agent, in this environment, in place of the abused one. */
  readonly genuine: Readonly<Record<string, string>> | null;
}

process.on("unhandledRejection", (reason) => finish({ bug: `unhandled: ${textOf(reason)}` }, 70));

const orders = JSON.parse(process.argv[2] ?? "{}") as Orders;
const chance = chanceOf(orders.seed);
const witness = openSync(join(orders.witness, "events.log"), "a");
let acknowledged = 0;

try {
  await using project = await openProject({
    dir: orders.dir,
    env: orders.genuine ?? { PATH: process.env.PATH, HOME: orders.witness },
    config: { ...defaults, delayMs: 0, ...orders.config },
    // No jitter: waits are as short as they may be.
    clock: { ...systemClock, random: () => 0 },
    ...(orders.genuine === null
      ? { driver: abusedAgent(orders.witness, orders.features, () => chance.pick(orders.modes)) }
      : {}),
    onEvent(event) {
      writeSync(witness, `${JSON.stringify(event)}\n`);
      acknowledged += 1;
      if (acknowledged === orders.dieAfter) process.kill(process.pid, "SIGKILL");
    },
  });
  process.stdout.write(`${JSON.stringify({ held: process.pid })}\n`);
  const run = project.start();
  process.on("SIGTERM", () => void run.ask("stop", "SIGTERM").catch(() => {}));
  const { reason, detail } = await run.ended;
  process.stdout.write(`${JSON.stringify({ end: reason, detail })}\n`);
} catch (error) {
  if (error instanceof OnwardError && error.code !== "internal")
    finish({ error: error.code, message: error.message }, 1);
  else finish({ bug: textOf(error) }, 70);
}
closeSync(witness);

function finish(said: object, code: number): never {
  writeSync(1, `${JSON.stringify(said)}\n`);
  process.exit(code);
}

function textOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const suppressed = error instanceof SuppressedError ? `; suppressed ${textOf(error.suppressed)}` : "";
  return `${error.stack ?? error.message}${suppressed}${error.cause === undefined ? "" : `; caused by ${textOf(error.cause)}`}`;
}
