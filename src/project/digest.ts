import { createHash } from "node:crypto";

/** SHA-256, hexadecimal: what the journal keeps of a text that it does not hold itself. */
export function digestOf(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
