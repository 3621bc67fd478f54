import type { WorkedSession } from "../core/run.ts";
import type { OutcomeType } from "../core/session.ts";
import { clip, clipStart } from "./clip.ts";

/** What the session before was in the middle of. */
export interface LastSession extends WorkedSession {
  /** Files whose content no commit of the branch holds, Onward's own two left out. */
  readonly uncommitted: readonly string[];
  /** The end of what its agent said last. */
  readonly lastWords: string;
}

const shownFiles = 8;

export function lastSessionText({ number, outcome, offered, uncommitted, lastWords }: LastSession): string {
  const work = offered === null ? "" : `, offered ${clip(offered, 80)},`;
  const lines = [`Session ${number}${work} ${endings[outcome]}.`];
  if (uncommitted.length > 0) {
    const names = uncommitted.slice(0, shownFiles).map((name) => clip(oneLine(name), 60));
    const more = uncommitted.length > shownFiles ? ", …" : "";
    lines.push(`Not committed: ${filesText(uncommitted.length)}: ${names.join(", ")}${more}`);
  }
  const words = oneLine(lastWords);
  if (words !== "") lines.push(`Its last words: ${clipStart(words, 300)}`);
  return lines.join("\n");
}

const endings: Readonly<Record<OutcomeType, string>> = {
  done: "ended by itself",
  "max-turns": "was cut off: it had used up its turns",
  "max-time": "was cut off: it had used up its time",
  "context-full": "was cut off: its context was full",
  "max-budget": "was cut off at a cap of its run",
  stopped: "was stopped",
  "usage-limit": "was cut off by a usage limit",
  "rate-limited": "was cut off by a rate limit",
  overloaded: "was cut off by an overloaded service",
  network: "was cut off by the network",
  auth: "was cut off by a refused login",
  billing: "was cut off by an unpaid bill",
  "not-found": "was cut off by a missing model or program",
  refused: "ended with a refusal of the model",
  stalled: "was ended because it showed no sign of life",
  crashed: "crashed",
};

function filesText(count: number): string {
  return count === 1 ? "1 file" : `${count} files`;
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, " ").trim();
}
