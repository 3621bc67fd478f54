/**
 * What is the same of an error each time it comes: the lines that tell it, without what differs from run to run.
 * A signature is words, not a hash, so that people can read in a state what it stands for.
 */

const maxLines = 3;
const maxLine = 100;
/** So much of a line is looked at: the agent's programs write it, and an expression's work grows with the square. */
const readOfLine = 400;

/** The longest that a signature can be. */
export const maxSignature = maxLines * maxLine + (maxLines - 1) * " | ".length;

/** `outputTail`: the end of a failing command's output; "" where nothing in it tells one failure from another. */
export function errorSignature(outputTail: string): string {
  const lines = outputTail
    .replaceAll(colours, "")
    .split(/[\r\n]+/)
    .map((line) => line.slice(0, readOfLine))
    .map((line) => ({ telling: isTelling(line), text: withoutChance(line) }))
    .filter(({ text }) => /[\p{L}\p{N}]/u.test(text));
  const telling = lines.filter((line) => line.telling);
  // Runners that work in parallel report in another order each time.
  const told = [...new Set(telling.map(({ text }) => text))].sort();
  const chosen = told.length > 0 ? told.slice(0, maxLines) : lines.slice(-maxLines).map(({ text }) => text);
  return chosen.map((line) => line.slice(0, maxLine)).join(" | ");
}

const colours = new RegExp(`${String.fromCharCode(27)}\\[[\\d;?]*[A-Za-z]`, "g");

const tellsError =
  /error|exception|panic|assert|expected|received|actual|mismatch|cannot|can't|unable|denied|refused|not found|no such|unexpected|undefined|not ok\b|\bgot\b.*\bwant|FAIL|^E\s|[✖✗×●]/i;

/** How many failed in how much time, where a stack went through, where the package manager keeps its log. */
const tellsNothing =
  /^\s*(?:[#ℹ]\s|at\s|File "|npm\s|pnpm\s|yarn\s|ELIFECYCLE|make(?:\[\d+\])?:|Tests?:?\s+\d|Test (?:Files|Suites)|Snapshots|Time:?\s|=+\s|⎯|FAIL\s*$|FAILED \(|test result:|Found \d+ error|error: (?:could not compile|aborting|test failed))/i;

function isTelling(line: string): boolean {
  return tellsError.test(line) && !tellsNothing.test(line);
}

/** `#` stands for whatever is a number, a time or an address; of a path its file's name is left. */
function withoutChance(line: string): string {
  return (
    line
      .replaceAll(/\d{4}-\d\d-\d\d[T ][\d:.,]+(?:Z|[+-]\d\d:?\d\d)?/g, "#")
      .replaceAll(path, fileOf)
      .replaceAll(/0x[\da-f]+/gi, "#")
      .replaceAll(/\b[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}\b/gi, "#")
      .replaceAll(/\b(?=[a-f]*\d)[\da-f]{7,}\b/gi, "#")
      // The number of a compiler's or a system's error is its name: TS2322, E0308.
      .replaceAll(/\b([A-Z]{1,4}\d{3,5})\b|\d+(?:[.,:]\d+)*/g, (_, name: string | undefined) => name ?? "#")
      .replaceAll(/#\s?(?:ms|s|sec|seconds?|m|min|h|µs|us|ns)\b/g, "#")
      .replaceAll(/#(?:\s*#)+/g, "#")
      .replaceAll(/\s*[([]#(?:, *#)*[)\]]/g, "")
      .replaceAll(/\s+/g, " ")
      .trim()
  );
}

const path = /(?:[A-Za-z]:)?[~.]{0,2}(?:[\\/][^\s\\/:"'`()<>[\],;|]+)+|[\w@.+-]+(?:\/[\w@.+-]+)+/g;

/** A name right below a directory for temporary files is drawn by chance, too. */
function fileOf(found: string): string {
  if (/^(?:\/private)?\/(?:tmp|var\/tmp|var\/folders(?:\/[^/]+)*)\/[^/]+$/.test(found)) return "#";
  const name = found.split(/[\\/]/).at(-1) ?? "";
  return /\.\w+$/.test(name) ? name : "#";
}
