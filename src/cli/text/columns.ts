/** How wide a text is on a terminal, and how it is made to fit there. Colours have no width. */

/** Of one line. */
export function columnsOf(text: string): number {
  return piecesOf(text).reduce((sum, piece) => sum + widthOf(piece), 0);
}

/** One line of at most `columns`; it ends in `…` where it was cut. */
export function fitted(text: string, columns: number): string {
  if (columnsOf(text) <= columns) return text;
  let width = 0;
  let out = "";
  for (const piece of piecesOf(text)) {
    width += widthOf(piece);
    if (width > columns - 1) break;
    out += piece;
  }
  return out.includes(esc) ? `${out}…${esc}[0m` : `${out}…`;
}

/**
 * One line broken between words; what goes on below is indented. A word that is too wide is left whole, and so is
 * what stands between backticks: somebody may copy it.
 */
export function folded(text: string, columns: number): string {
  if (columnsOf(text) <= columns) return text;
  const indent = /^ */.exec(text)?.[0] ?? "";
  const [first = "", ...words] = text.match(/(?:`[^`]*`|\S)+/g) ?? [];
  const lines: string[] = [];
  let line = indent + first;
  for (const word of words) {
    if (columnsOf(`${line} ${word}`) <= columns) line += ` ${word}`;
    else {
      lines.push(line);
      line = `${indent}  ${word}`;
    }
  }
  return [...lines, line].join("\n");
}

/** With spaces after it up to `columns`. */
export function padded(text: string, columns: number): string {
  return text + " ".repeat(Math.max(0, columns - columnsOf(text)));
}

const esc = "\x1b";

/** Characters, and whole escapes that set a colour. */
function piecesOf(text: string): readonly string[] {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the escape that begins a colour is one
  return text.match(/\x1b\[[0-9;]*m|[\s\S]/gu) ?? [];
}

function widthOf(piece: string): number {
  if (piece.startsWith(esc) || /[\p{Mn}\p{Me}\p{Cf}]/u.test(piece)) return 0;
  return wide.test(piece) ? 2 : 1;
}

/** Scripts of East Asia, forms that are made as wide as theirs, and what is drawn as a picture. */
const wide =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1f64f}\u{1f900}-\u{1faff}\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}/u;
