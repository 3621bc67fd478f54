/**
 * When this process had a child of a certain program alive, seen through node's own diagnostics channel, so that
 * nothing of what is measured has to know. A child counts from the call that starts it until its output is
 * closed, before whoever started it is told: the system call that makes the process is the child's, too.
 */
import type { ChildProcess } from "node:child_process";
import { subscribe, unsubscribe } from "node:diagnostics_channel";

export interface ChildSpans extends Disposable {
  /** Milliseconds within a stretch of `performance.now()` in which at least one such child was alive. */
  within(from: number, to: number, is: (program: string) => boolean): number;
  /** How many were started in it. */
  count(from: number, to: number, is: (program: string) => boolean): number;
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

  const during = (from: number, to: number, is: (program: string) => boolean) =>
    spans.filter((span) => is(span.program) && span.from < to && span.to > from);
  return {
    within: (from, to, is) => covered(during(from, to, is), from, to),
    count: (from, to, is) => during(from, to, is).filter((span) => span.from >= from).length,
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
    sum += Math.max(0, end - Math.max(span.from, reached));
    reached = Math.max(reached, end);
  }
  return sum;
}
