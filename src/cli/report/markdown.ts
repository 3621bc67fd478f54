/**
 * Markdown for other people's pages. Much of the text was written by an agent, and a page obeys it: no text that goes
 * through here makes markup, HTML, a link, a mention of a person or a reference to an issue.
 */
import { cut, oneLine, verbatim } from "../text/terminal-text.ts";

/** One line of plain text, of at most `width` characters. */
export function plain(text: string, width = 200): string {
  return (
    cut(text, width)
      .replaceAll(/[\\`*[\]<>#|~&$]/g, "\\$&")
      // Inside a word it means nothing.
      .replaceAll(/(?<!\w)_|_(?!\w)/g, "\\_")
      .replace(/^([-+=])|^(\d+)(?=[.)])/, (_, mark?: string, digits?: string) =>
        mark === undefined ? `${digits}\\` : `\\${mark}`,
      )
      .replaceAll("://", ":\\//")
      .replaceAll(/\bwww\./gi, (start) => `${start.slice(0, -1)}\\.`)
      // Sites look for `@name`, `#12` and `GH-12` when the Markdown has been read: only a character in between
      // stops them.
      .replaceAll(/@|#(?=\d)|\bGH-(?=\d)/gi, "$&\u200b")
  );
}

/** What has to be read letter by letter: ids, commands, commits. */
export function code(text: string, width = 120): string {
  const line = cut(text, width).replaceAll("|", "\\|");
  if (line === "") return "";
  const fence = "`".repeat(longestRun(line) + 1);
  const pad = /^`|`$|^ | $/.test(line) ? " " : "";
  return `${fence}${pad}${line}${pad}${fence}`;
}

/** Lines as they are, each of at most 160 characters. */
export function block(lines: readonly string[], indent = ""): string {
  const shown = lines.map((line) => shortened([...verbatim(line)]));
  const fence = "`".repeat(Math.max(3, longestRun(shown.join("\n")) + 1));
  return [`${fence}text`, ...shown, fence].map((line) => `${indent}${line}`).join("\n");
}

function shortened(line: readonly string[]): string {
  return line.length <= 160 ? line.join("") : `${line.slice(0, 159).join("")}…`;
}

/** Cells are Markdown already. */
export function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

function longestRun(text: string): number {
  return Math.max(0, ...[...oneLine(text).matchAll(/`+/g)].map(([run]) => run.length));
}
