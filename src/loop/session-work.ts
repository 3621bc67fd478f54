import { maxCommits, maxFiles } from "../core/error-memory.ts";
import type { SessionWork } from "../core/event-parts.ts";
import { subjectsSince } from "../project/git/history.ts";
import type { LoopContext } from "./context.ts";

const maxLength = 80;

/** What a session did since its beginning, as the memory of errors keeps it: the first few, short and redacted. */
export async function sessionWork(
  ctx: LoopContext,
  beginning: string,
  files: readonly string[],
): Promise<SessionWork> {
  const subjects = await subjectsSince(ctx.dir, beginning, 2 * maxCommits);
  const short = (text: string) => ctx.redact(text).replaceAll(/\s+/g, " ").slice(0, maxLength);
  return {
    commits: subjects
      .filter((subject) => !subject.startsWith("Onward: "))
      .slice(0, maxCommits)
      .map(short),
    files: files.slice(0, maxFiles).map(short),
  };
}
