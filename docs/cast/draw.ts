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

export function draw(
  buffer: IBuffer,
  { cols, rows }: { readonly cols: number; readonly rows: number },
): string {
  const [width, height] = [
    Math.ceil(cols * cell.width + 2 * margin.left),
    margin.top + rows * cell.height + margin.bottom,
  ];
  const lights = ["#ff5f57", "#febc2e", "#28c840"].map(
    (colour, index) => `<circle cx="${22 + index * 20}" cy="20" r="6" fill="${colour}"/>`,
  );
  const lines = Array.from({ length: rows }, (_, row) => drawLine(buffer, row, cols));
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img">
<title>A terminal after \`onward demo\` and \`onward status\`</title>
<rect width="100%" height="100%" rx="10" fill="${background}"/>
${lights.join("")}
<g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="14" xml:space="preserve">
${lines.filter((line) => line !== "").join("\n")}
</g>
</svg>
`;
}

interface Piece {
  readonly column: number;
  readonly style: string;
  text: string;
}

function drawLine(buffer: IBuffer, row: number, cols: number): string {
  const line = buffer.getLine(buffer.viewportY + row);
  const pieces: Piece[] = [];
  for (let column = 0; column < cols; column += 1) {
    const found = line?.getCell(column);
    const text = found?.getChars() || " ";
    const style = found === undefined ? "" : styleOf(found);
    const last = pieces.at(-1);
    if (last?.style === style) last.text += text;
    else pieces.push({ column, style, text });
  }
  const y = margin.top + (row + 0.75) * cell.height;
  return pieces
    .filter(({ text }) => text.trim() !== "")
    .map(({ column, style, text }) => {
      const [shown, indent] = [text.trimEnd(), text.length - text.trimStart().length];
      const x = margin.left + (column + indent) * cell.width;
      const length = (shown.length - indent) * cell.width;
      const place = `x="${x.toFixed(1)}" y="${y}" textLength="${length.toFixed(1)}"`;
      return `<text ${place} ${style}>${escaped(shown.trimStart())}</text>`;
    })
    .join("");
}

function styleOf(found: IBufferCell): string {
  const colour = found.isFgPalette() ? (palette[found.getFgColor()] ?? foreground) : foreground;
  const weight = found.isBold() ? ' font-weight="bold"' : "";
  return `fill="${colour}"${weight}${found.isDim() ? ' opacity="0.6"' : ""}`;
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
