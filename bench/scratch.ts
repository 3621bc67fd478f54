import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";

export interface Scratch extends Disposable {
  /** Absolute. */
  readonly dir: string;
}

/**
 * A directory for one benchmark, gone when disposed. Not in the system's temporary directory, which may be in
 * memory, where an fsync costs nothing.
 */
export async function scratch(name: string): Promise<Scratch> {
  const parent = join(import.meta.dirname, "..", "node_modules", ".cache");
  await mkdir(parent, { recursive: true });
  const dir = mkdtempSync(join(parent, `onward-bench-${name}-`));
  return { dir, [Symbol.dispose]: () => rmSync(dir, { recursive: true, force: true, maxRetries: 5 }) };
}

/** As an agent or a person runs it, with nobody's own configuration. */
export function git(dir: string, args: readonly string[], input = ""): void {
  const who = ["-c", "user.name=Agent", "-c", "user.email=agent@example.com"];
  const env = { ...process.env, GIT_CONFIG_GLOBAL: "/dev/null", GIT_CONFIG_NOSYSTEM: "1" };
  execFileSync("git", [...who, ...args], { cwd: dir, input, env, stdio: ["pipe", "ignore", "pipe"] });
}
