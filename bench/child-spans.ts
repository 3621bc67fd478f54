/**
 * When this process had a child of a certain program alive, seen through node's own diagnostics channel, so that
 * nothing of what is measured has to know. A child counts from the call that starts it until its output is
 * closed, before whoever started it is told: the system call that makes the process is the child's, too.
 */
import type { ChildProcess } from "node:child_process";
import { subscribe, unsubscribe } from "node:diagnostics_channel";

export interface ChildSpans extends Disposable {
  /** Milliseconds of a stretch of `performance.now()` in which at least one child of these programs was alive. */
  within(from: number, to: number, programs: readonly string[]): number;
  /** Forgets what is over. */
  clear(): void;
}

interface Span {
  readonly program: string;
  readonly from: number;
  to: number;
}

export function childSpans(): ChildSpans {
  let spans: Span[] = [];
  const starting = (message: unknown) => {
    const child = (message as { process: ChildProcess }).process;
    const span = { program: child.spawnfile, from: performance.now(), to: Infinity };
    spans.push(span);
    child.once("close", () => {
      span.to = performance.now();
    });
  };
  subscribe(startChannel, starting);

  return {
    within: (from, to, programs) =>
      covered(
        spans.filter((span) => programs.includes(span.program)),
        from,
        to,
      ),
    clear() {
      spans = spans.filter((span) => span.to === Infinity);
    },
    [Symbol.dispose]: () => void unsubscribe(startChannel, starting),
  };
}

const startChannel = "tracing:child_process.spawn:start";

/** Children that run at the same time are counted once. */
function covered(spans: readonly Span[], from: number, to: number): number {
  let sum = 0;
  let reached = from;
  for (const span of spans.toSorted((a, b) => a.from - b.from)) {
    const end = Math.min(span.to, to);
    const begin = Math.max(span.from, reached);
    if (end <= begin) continue;
    sum += end - begin;
    reached = end;
  }
  return sum;
}
