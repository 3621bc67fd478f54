import { createHash } from "node:crypto";
import { lstatSync, readdirSync, readFileSync, readlinkSync } from "node:fs";

/**
 * Every file below `dir` by its name in bytes: kind, executable or not, and checksum; without any `.git`, and
 * without the paths `except`.
 */
export function fingerprint(dir: string, except: readonly string[]): Readonly<Record<string, string>> {
  const found: Record<string, string> = {};
  const skipped = new Set([".onward", ...except]);
  walk(Buffer.from(dir), "");
  return found;

  function walk(path: Buffer, name: string): void {
    for (const entry of readdirSync(path, { encoding: "buffer" })) {
      const inner = Buffer.concat([path, Buffer.from("/"), entry]);
      const innerName = `${name}${entry.toString("latin1")}`;
      if (skipped.has(innerName) || entry.toString() === ".git") continue;
      const stat = lstatSync(inner);
      if (stat.isDirectory()) walk(inner, `${innerName}/`);
      else if (stat.isSymbolicLink()) {
        found[innerName] = `link to ${readlinkSync(inner, { encoding: "buffer" }).toString("latin1")}`;
      } else {
        const kind = stat.mode & 0o100 ? "program" : "file";
        found[innerName] = `${kind} ${createHash("sha256").update(readFileSync(inner)).digest("hex")}`;
      }
    }
  }
}
