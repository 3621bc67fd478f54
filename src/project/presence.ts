import { lstatSync } from "node:fs";
import { fileError } from "./atomic-write.ts";

/**
 * Whether something is there. What may not be looked at is not taken for absent: throws `directory-not-writable`, or
 * `disk` where the system fails.
 */
export function isPresent(path: string): boolean {
  try {
    lstatSync(path);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // Something else stands where its directory would be.
    if (code === "ENOENT" || code === "ENOTDIR") return false;
    throw fileError(path, error, "read");
  }
}
