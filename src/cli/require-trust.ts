import type { LoadedConfig } from "../config/load.ts";
import { isTrusted, needsTrust, recordTrust } from "../config/trust.ts";
import { OnwardError } from "../core/errors.ts";

/** T1: what the file would run on this machine needs a person's word, once for each change. */
export async function requireTrust(dir: string, loaded: LoadedConfig, accepted: boolean): Promise<void> {
  const lines = needsTrust(loaded);
  if (lines.length === 0 || (await isTrusted(dir, lines))) return;
  if (accepted) return recordTrust(dir, lines);
  throw new OnwardError(
    "config-untrusted",
    `The configuration wants to:\n${lines.map((line) => `  ${line}`).join("\n")}`,
    {
      hint: "An agent may have written it. If you want this, run again with --trust-config.",
    },
  );
}
