/**
 * Writes a session's transcript: one JSON line a message, redacted. Writing is synchronous, so an agent that
 * floods is slowed down by the disk and not kept in memory; past the limit lines are counted and left out, and
 * the file says so.
 */
import { closeSync, openSync, writeSync } from "node:fs";

export interface Transcript extends Disposable {
  write(line: string): void;
}

/** 256 MiB: a thousand turns with room to spare. */
const transcriptLimit = 256 * 1024 * 1024;

export function openTranscript(
  file: string,
  redact: (text: string) => string,
  limit = transcriptLimit,
): Transcript {
  const fd = openSync(file, "a", 0o600);
  let written = 0;
  let leftOut = 0;

  return {
    write(line) {
      const text = `${redact(line)}\n`;
      const bytes = Buffer.byteLength(text);
      if (written + bytes > limit) {
        leftOut += 1;
        return;
      }
      written += bytes;
      writeSync(fd, text);
    },
    [Symbol.dispose]() {
      if (leftOut > 0) {
        writeSync(
          fd,
          `${JSON.stringify({ type: "onward", note: `limit reached: ${leftOut} messages left out` })}\n`,
        );
      }
      closeSync(fd);
    },
  };
}
