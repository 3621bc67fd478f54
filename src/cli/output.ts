/** Data goes to standard output, what is said to people beside it to standard error. */
export function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

export function printJson(value: unknown): void {
  print(asJson(value, 2));
}

/** Sums of money without the dust of binary fractions; nobody is billed for less than a millionth of a dollar. */
export function asJson(value: unknown, indent?: number): string {
  const tidy = (key: string, part: unknown) =>
    typeof part === "number" && key.endsWith("Usd") ? Math.round(part * 1e6) / 1e6 : part;
  return JSON.stringify(value, tidy, indent);
}

/** ISO 8601, as every time in JSON. */
export function iso(at: number): string;
export function iso(at: number | null): string | null;
export function iso(at: number | null): string | null {
  return at === null ? null : new Date(at).toISOString();
}

/**
 * A reader that has seen enough (`| head`) ends a command that only prints, quietly. A run goes on: what it is
 * there for is not its output.
 */
export function onClosedPipe(then: "end" | "go-on"): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code !== "EPIPE" && error.code !== "EIO") throw error;
      if (then === "end") process.exit();
    });
  }
}
