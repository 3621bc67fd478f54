/** A child for the journal's tests: `append`s, or `take`s commands, and prints each acknowledged number. */
import { writeSync } from "node:fs";
import { sqliteJournal } from "../../src/journals/sqlite.ts";

const [job, file = ""] = process.argv.slice(2);
const say = (text: string) => writeSync(1, `${text}\n`);
try {
  if (job === "append") await append();
  if (job === "take") await take();
  if (job === "version") say(String(await (await sqliteJournal({ file, readOnly: true })).version()));
} catch (error) {
  say(String((error as { code?: unknown }).code ?? error));
}

async function append(): Promise<void> {
  const journal = await sqliteJournal({ file });
  for (let version = await journal.version(); ; ) {
    const events = Array.from({ length: 1 + (version % 3) }, (_, i) => ({
      type: "wait.started" as const,
      at: version + i,
      reason: "delay" as const,
      until: 0,
      detail: "x".repeat((version * 37) % 6000),
    }));
    version = await journal.append(version, events, { durable: version % 4 === 0 });
    if (version % 10 === 0) await journal.saveSnapshot(1, { version, state: "x".repeat(3000) });
    say(String(version));
  }
}

async function take(): Promise<void> {
  await using journal = await sqliteJournal({ file });
  say("ready");
  for (let idle = 0; idle < 50; idle += 1) {
    for (const { id } of await journal.waitingCommands()) {
      if (await journal.forgetCommand(id)) say(String(id));
      idle = 0;
    }
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}
