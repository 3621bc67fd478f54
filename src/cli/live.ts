/**
 * Where a running command writes for people: lines scroll, and on a terminal one status line stays below them.
 * Piped, there are only lines. The status line is redrawn on a timer, so that it counts down by itself.
 */
import type { WriteStream } from "node:tty";

export interface LiveOutput extends Disposable {
  line(text: string): void;
  /** Asked at every redraw; "" for none. */
  status(render: () => string): void;
}

const redrawEveryMs = 250;
const clearLine = "\r\x1b[2K";

export function liveOutput(stream: NodeJS.WriteStream, quiet: boolean): LiveOutput {
  const terminal = isTerminal(stream) && !quiet ? stream : null;
  let render = () => "";
  const timer = terminal === null ? null : setInterval(redraw, redrawEveryMs);
  timer?.unref();
  // A terminal that was closed must not take the run with it.
  stream.on("error", () => {});

  return {
    line(text) {
      if (quiet) return;
      stream.write(terminal === null ? `${text}\n` : `${clearLine}${text}\n`);
      redraw();
    },
    status(next) {
      render = next;
      redraw();
    },
    [Symbol.dispose]() {
      if (timer !== null) clearInterval(timer);
      if (terminal !== null) stream.write(clearLine);
      render = () => "";
    },
  };

  function redraw(): void {
    if (terminal === null) return;
    const text = render();
    terminal.write(`${clearLine}${cutToWidth(text, terminal.columns)}`);
  }
}

function isTerminal(stream: NodeJS.WriteStream): stream is WriteStream {
  return stream.isTTY === true;
}

/** Cut to the terminal's width, so that a redraw never leaves half a line behind; colours have no width. */
function cutToWidth(text: string, columns: number): string {
  let width = 0;
  let out = "";
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the escape that begins a colour is one
  for (const [piece] of text.matchAll(/\x1b\[[0-9;]*m|[\s\S]/gu)) {
    if (!piece.startsWith("\x1b")) width += 1;
    if (width >= columns) return `${out}\x1b[0m`;
    out += piece;
  }
  return out;
}
