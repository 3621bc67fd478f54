/** SHA-256, hexadecimal: what the journal keeps of a text that it does not hold itself. */
export function digestOf(text: string): string {
  // Loaded where it is used: `onward status` comes past here, and would take a tenth longer for it.
  const { createHash } = process.getBuiltinModule("node:crypto");
  return createHash("sha256").update(text).digest("hex");
}
