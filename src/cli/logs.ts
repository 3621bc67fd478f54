import { open } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { inspectProject, requireDirectory } from "../inspect.ts";
import { sessionFiles } from "../loop/session-files.ts";
import { statePaths } from "../project/paths.ts";
import { readHistory } from "./history/session-history.ts";
import { print } from "./output.ts";
import { noSession } from "./show.ts";
import { bold } from "./text/terminal-text.ts";
import { transcriptText } from "./text/transcript-text.ts";

export interface LogsFlags {
  /** null: the last one, and with `follow` those that come after it. */
  readonly session: number | null;
  readonly follow: boolean;
  readonly raw: boolean;
}

const lookEveryMs = 200;

/** Throws `usage` when there is no such session. With `follow` it ends with the session, or with the run. */
export async function logsCommand(dir: string, { session, follow, raw }: LogsFlags): Promise<void> {
  await requireDirectory(dir);
  const { sessions } = await readHistory(dir);
  const known = session ?? sessions.at(-1)?.number ?? null;
  const first = known === null && follow ? await nextSession(dir, 0) : known;
  if (first === null || (first === known && !sessions.some(({ number }) => number === first)))
    throw noSession(dir, first, sessions);

  for (let number: number | null = first; number !== null; ) {
    if (!raw) print(bold(`session ${number}`));
    const isAtWork = follow ? atWork(dir, number) : async () => false;
    for await (const line of linesOf(sessionFiles(statePaths(dir), number).transcript, isAtWork)) {
      if (raw) print(line);
      else for (const shown of transcriptText(line)) print(shown);
    }
    number = follow && session === null ? await nextSession(dir, number) : null;
  }
}

/** Whether the session's agent may still write. */
function atWork(dir: string, number: number): () => Promise<boolean> {
  return async () => {
    const { manager, project } = await inspectProject(dir);
    const phase = project.run?.phase;
    return manager.type === "held" && phase?.type === "session" && phase.session.number === number;
  };
}

/** Waits for the session after `number`; null when nobody is there to start one. */
async function nextSession(dir: string, number: number): Promise<number | null> {
  for (;;) {
    const { manager, project } = await inspectProject(dir);
    if (project.lastNumber > number) return number + 1;
    if (manager.type === "free") return null;
    await sleep(lookEveryMs);
  }
}

/**
 * The lines of a file, and those that come while `mayGrow` answers true: it is asked before each look, so that
 * what was written last is not missed. A file that is not there yet is empty. Holds one line at a time.
 */
async function* linesOf(path: string, mayGrow: () => Promise<boolean>): AsyncGenerator<string> {
  let position = 0;
  let rest = Buffer.alloc(0);
  for (;;) {
    const again = await mayGrow();
    const file = await open(path).catch((error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") return null;
      throw error;
    });
    try {
      for (;;) {
        const { bytesRead, buffer } =
          (await file?.read(Buffer.alloc(65_536), 0, 65_536, position)) ?? nothing;
        if (bytesRead === 0) break;
        position += bytesRead;
        rest = Buffer.concat([rest, buffer.subarray(0, bytesRead)]);
        for (let end = rest.indexOf(10); end !== -1; end = rest.indexOf(10)) {
          yield rest.subarray(0, end).toString("utf8");
          rest = rest.subarray(end + 1);
        }
      }
    } finally {
      await file?.close();
    }
    if (!again) break;
    await sleep(lookEveryMs);
  }
  if (rest.length > 0) yield rest.toString("utf8");
}

const nothing = { bytesRead: 0, buffer: Buffer.alloc(0) };
