/** A terminal's screen as SVG: every character where it stands, in its colour. */
import type { IBuffer, IBufferCell } from "@xterm/headless";

const cell = { width: 8.4, height: 18 };
const margin = { left: 18, top: 44, bottom: 18 };
const background = "#0d1117";
const foreground = "#d0d7de";
/** The sixteen colours that programs ask for by number. */
const palette = [
  ...["#484f58", "#ff7b72", "#3fb950", "#d29922", "#58a6ff", "#bc8cff", "#39c5cf", "#b1bac4"],
  ...["#6e7681", "#ffa198", "#56d364", "#e3b341", "#79c0ff", "#d2a8ff", "#56d4dd", "#f0f6fc"],
];

/** `rows`: which of the buffer's to draw, one below the other; null: some are left out here. */
export function draw(buffer: IBuffer, rows: readonly (number | null)[]): string {
  const columns = Math.max(...rows.map((row) => (row === null ? 0 : textOf(buffer, row).length)));
  const width = Math.ceil(columns * cell.width + 2 * margin.left);
  const height = margin.top + rows.length * cell.height + margin.bottom;
  const lights = ["#ff5f57", "#febc2e", "#28c840"].map(
    (colour, index) => `<circle cx="${22 + index * 20}" cy="20" r="6" fill="${colour}"/>`,
  );
  const lines = rows.map((row, index) => {
    const top = margin.top + index * cell.height;
    return row === null
      ? drawn({ column: 2, style: faint, text: "⋮" }, top)
      : drawLine(buffer, row, columns, top);
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img">
<title>A terminal: \`onward demo\`, in which a claim does not hold and is mended, and \`onward status\`</title>
<rect width="100%" height="100%" rx="10" fill="${background}"/>
${lights.join("")}
<g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="14">
${lines.filter((line) => line !== "").join("\n")}
</g>
</svg>
`;
}

/** What stands in a row. */
export function textOf(buffer: IBuffer, row: number): string {
  return buffer.getLine(row)?.translateToString(true) ?? "";
}

interface Piece {
  readonly column: number;
  readonly style: string;
  text: string;
}

function drawLine(buffer: IBuffer, row: number, columns: number, top: number): string {
  const line = buffer.getLine(row);
  const pieces: Piece[] = [];
  for (let column = 0; column < columns; column += 1) {
    const found = line?.getCell(column);
    const text = found?.getChars() || " ";
    const style = found === undefined ? "" : styleOf(found);
    const last = pieces.at(-1);
    if (last?.style === style) last.text += text;
    else pieces.push({ column, style, text });
  }
  return pieces
    .flatMap(words)
    .map((piece) => drawn(piece, top))
    .join("");
}

/** Viewers fold spaces in a row into one, so what they separate is placed by itself. */
function words({ column, style, text }: Piece): readonly Piece[] {
  const found = [...text.matchAll(/\S+(?: \S+)*/g)];
  return found.map(({ 0: word, index }) => ({ column: column + index, style, text: word }));
}

function drawn({ column, style, text }: Piece, top: number): string {
  const [x, width] = [margin.left + column * cell.width, text.length * cell.width];
  // As letters, the blocks of a bar would have seams.
  if (/^█+$/.test(text)) {
    return `<rect x="${x.toFixed(1)}" y="${top + 2}" width="${width.toFixed(1)}" height="${cell.height - 4}" ${style}/>`;
  }
  const place = `x="${x.toFixed(1)}" y="${top + 0.75 * cell.height}" textLength="${width.toFixed(1)}"`;
  return `<text ${place} ${style}>${escaped(text)}</text>`;
}

const faint = `fill="${foreground}" opacity="0.6"`;

function styleOf(found: IBufferCell): string {
  const colour = found.isFgPalette() ? (palette[found.getFgColor()] ?? foreground) : foreground;
  const weight = found.isBold() ? ' font-weight="bold"' : "";
  return `fill="${colour}"${weight}${found.isDim() ? ' opacity="0.6"' : ""}`;
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
