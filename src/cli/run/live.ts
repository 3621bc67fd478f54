/**
 * Where a running command writes for people: lines scroll, and on a terminal one status line stays below them.
 * Piped, there are only lines. The status line is redrawn on a timer, so that it counts down by itself.
 */
import type { WriteStream } from "node:tty";
import { fitted, folded } from "../text/columns.ts";

export interface LiveOutput extends Disposable {
  /** On a terminal broken between words, where it is wider. */
  line(text: string): void;
  /** What an agent says and does, of which the beginning is enough: on a terminal cut to its width. */
  glimpse(text: string): void;
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
    line: (text) => write(text, folded),
    glimpse: (text) => write(text, fitted),
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

  function write(text: string, shape: (line: string, columns: number) => string): void {
    if (quiet) return;
    if (terminal === null) return void stream.write(`${text}\n`);
    const lines = text.split("\n").map((line) => shape(line, widthOf(terminal)));
    terminal.write(`${clearLine}${lines.join("\n")}\n`);
    redraw();
  }

  /** Not as wide as the terminal: a redraw must never leave half a line behind. */
  function redraw(): void {
    if (terminal !== null) terminal.write(`${clearLine}${fitted(render(), widthOf(terminal) - 1)}`);
  }
}

/** Some terminals do not know: then what is usual. */
function widthOf({ columns }: WriteStream): number {
  return columns > 0 ? columns : 80;
}

function isTerminal(stream: NodeJS.WriteStream): stream is WriteStream {
  return stream.isTTY === true;
}
