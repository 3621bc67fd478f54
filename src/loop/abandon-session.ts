import { rm } from "node:fs/promises";
import type { SessionState } from "../core/run.ts";
import { atomicWrite } from "../project/atomic-write.ts";
import type { StatePaths } from "../project/paths.ts";
import type { Before } from "./before.ts";
import { knownResult } from "./recover-session.ts";
import { makeSessionDirectory, sessionFiles } from "./session-files.ts";
import { saveResult } from "./session-result.ts";

/**
 * For a session that no manager has settled, in a project that was rolled back since: `now` becomes what it began
 * with, so that its settling undoes nothing and finds nothing, and its conversation is not taken up again.
 */
export async function abandonSession(paths: StatePaths, session: SessionState, now: Before): Promise<void> {
  const files = sessionFiles(paths, session.number);
  makeSessionDirectory(files);
  await saveResult(files, { ...(await knownResult(files)), resumable: false });
  await atomicWrite(files.before, JSON.stringify(now));
  await rm(files.watched, { force: true });
  await rm(files.integrity, { force: true });
}
