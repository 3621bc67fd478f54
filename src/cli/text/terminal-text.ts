/** Text for a terminal. Much of it was written by an agent, and a terminal obeys what it is sent. */
import { styleText } from "node:util";
import { columnsOf, fitted, padded } from "./columns.ts";

/** The terminal's, in bounds that can be read; 80 where the text goes elsewhere. */
export const screenWidth = Math.min(Math.max(process.stdout.columns ?? 80, 40), 100);

export const dim = (text: string): string => (text === "" ? "" : styleText("dim", text));
export const bold = (text: string): string => styleText("bold", text);
export const money = (usd: number): string => `$${usd.toFixed(2)}`;

/** `1 session`, `2 sessions`. */
export const count = (number: number, thing: string): string =>
  `${number} ${thing}${number === 1 ? "" : "s"}`;

/** Without anything that a terminal obeys; line breaks and tabs become spaces. */
export function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, " ").replaceAll(obeyed, "").trim();
}

// Control characters, and those that turn the direction of the text around.
// biome-ignore lint/suspicious/noControlCharactersInRegex: exactly these must not reach the terminal
const obeyed = /[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g;

/** One line as it stands, its spaces kept. */
export function verbatim(line: string): string {
  return line.replaceAll("\t", "  ").replaceAll(obeyed, "").trimEnd();
}

/** One line of at most `width` columns. */
export function cut(text: string, width: number): string {
  return fitted(oneLine(text), width);
}

/** All of a text in lines of at most `width`; `lead` stands before the first one. */
export function wrap(text: string, width: number, lead = ""): string {
  const room = width - lead.length;
  const lines: string[] = [];
  let line = "";
  for (const word of oneLine(text).split(" ")) {
    const longer = line === "" ? cut(word, room) : `${line} ${cut(word, room)}`;
    if (columnsOf(longer) <= room) line = longer;
    else {
      lines.push(line);
      line = cut(word, room);
    }
  }
  return lead + [...lines, line].join(`\n${" ".repeat(lead.length)}`);
}

/** As many lines of at most `width` as it takes, but no more than `most`; then the last one is cut. */
export function linesOf(text: string, width: number, most: number): readonly string[] {
  const lines = wrap(text, width).split("\n");
  if (lines.length <= most) return lines;
  return [...lines.slice(0, most - 1), cut(lines.slice(most - 1).join(" "), width)];
}

/** A fact under its name. One that is too long goes on below itself, for three lines at most. */
export function labelled(label: string, text: string, width: number): string {
  const shown = linesOf(text, screenWidth - width - 1, 3);
  return `${dim(label.padEnd(width))} ${shown.join(`\n${" ".repeat(width + 1)}`)}`;
}

/** A line as it stands, of at most `width` columns. */
export function clipped(line: string, width: number): string {
  return fitted(verbatim(line), width);
}

/** 1234 → "1.2k", 3400000 → "3.4M". */
export function short(count: number): string {
  if (count < 1000) return String(count);
  return count < 999_950 ? `${(count / 1000).toFixed(1)}k` : `${(count / 1_000_000).toFixed(1)}M`;
}

/** `full` cells of `width` in one colour. The last cell is only filled when all is done. */
export function bar(done: number, total: number, width: number): string {
  const full = total === 0 ? 0 : Math.floor((done / total) * width);
  return styleText("green", "█".repeat(full)) + dim("░".repeat(width - full));
}

/** Rows under a head, columns as wide as they need to be; numbers to the right. Cells are plain text. */
export function table(head: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const widths = head.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => columnsOf(String(row[column] ?? "")))),
  );
  const isNumber = head.map((_, column) =>
    rows.every((row) => /^[$\d.,k M-]*$/.test(String(row[column] ?? ""))),
  );
  const line = (cells: readonly (string | number)[]) =>
    cells
      .map((cell, column) => {
        const text = String(cell);
        const width = widths[column] ?? 0;
        return isNumber[column] ? text.padStart(width) : padded(text, width);
      })
      .join("  ")
      .trimEnd();
  return [dim(line(head)), ...rows.map(line)].join("\n");
}
