/**
 * From the opening of a project whose manager was killed in a session (SIGKILL, in a process of its own) to the start
 * of the next agent: the journal is read, the session is settled, and the next one prepared. Two projects are
 * measured in turns, one with ten sessions behind it and one with ten thousand, so that whatever else the machine
 * does hits both alike.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { openProject } from "../src/compose.ts";
import { defaults } from "../src/config/defaults.ts";
import { median } from "./figures.ts";
import { work } from "./gap.ts";
import { heldAgent } from "./held-agent.ts";
import { feature, makeProject, type Past } from "./past.ts";
import type { BenchRow } from "./row.ts";
import { scratch } from "./scratch.ts";

const rounds = 11;
const warmUp = 2;
const manager = fileURLToPath(new URL("./recovery-manager.ts", import.meta.url));

export async function recoveryBench(): Promise<readonly BenchRow[]> {
  using young = await makeSubject({ runs: 1, sessionsPerRun: 10 });
  using old = await makeSubject({ runs: 100, sessionsPerRun: 100 });
  const [few, many]: [number[], number[]] = [[], []];
  for (let round = 0; round < warmUp + rounds; round += 1) {
    const [one, other] = [await young.recovery(), await old.recovery()];
    if (round < warmUp) continue;
    few.push(one);
    many.push(other);
  }
  const [value, reference] = [median(many), median(few)];
  const name = "recovery to the next session, 10,000 sessions : 10";
  return [{ name, value, reference, ratio: value / reference, unit: "ms", limit: 1.2 }];
}

interface Subject extends Disposable {
  /** Kills a manager in a session; how long the next one takes to begin another, in milliseconds. */
  recovery(): Promise<number>;
}

async function makeSubject(past: Omit<Past, "features">): Promise<Subject> {
  const place = await scratch("recovery");
  const { dir } = place;
  const features = Array.from({ length: 100 }, (_, index) => feature(index, "test -f feature_list.json"));
  await makeProject(dir, { ...past, features });
  let passing = 0;
  return {
    async recovery() {
      await killInSession(dir);
      const agent = heldAgent();
      const from = performance.now();
      await using project = await openProject({
        dir,
        driver: agent,
        config: { ...defaults, delayMs: 0 },
        env: { PATH: process.env.PATH, HOME: dir },
      });
      const run = project.start();
      const tooEarly = run.ended.then(({ detail }) => {
        throw new Error(`the run ended in the middle of the benchmark: ${detail}`);
      });
      tooEarly.catch(() => {}); // the end that we ask for ourselves
      const session = await Promise.race([agent.next(), tooEarly]);
      const took = session.startedAt - from;
      // A session that works, so that no run ends for too many that did not.
      passing += 1;
      work(session, features, passing);
      session.end();
      await Promise.race([agent.next(), tooEarly]);
      run.kill();
      await run.ended;
      return took;
    },
    [Symbol.dispose]: () => place[Symbol.dispose](),
  };
}

async function killInSession(dir: string): Promise<void> {
  const child = spawn(process.execPath, [manager, dir], { stdio: ["ignore", "pipe", "inherit"] });
  const gone = once(child, "exit");
  const ended = gone.then(([code]) => {
    throw new Error(`the manager to be killed ended by itself: ${code}`);
  });
  ended.catch(() => {}); // the end that we bring about
  await Promise.race([once(child.stdout, "data"), ended]);
  child.kill("SIGKILL");
  await gone;
}

if (import.meta.main) console.table(await recoveryBench());
