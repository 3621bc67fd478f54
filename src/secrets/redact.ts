/**
 * Takes secrets out of everything that Onward writes: the values of the environment's secret-looking variables,
 * then known forms of credentials. In this order, and apart: a form that ends in the middle of a value (a
 * password with an `@`, in an address) must not hide the value's beginning and leave its end.
 */
import { secretTexts } from "./environment.ts";
import { knownForms, longestForm } from "./patterns.ts";

export interface Redactor {
  redact(text: string): string;
  /** The same for a text that arrives in pieces, wherever they are cut. */
  stream(): RedactingStream;
}

export interface RedactingStream {
  /** What is certain by now. Some 40 KB may be held back, because a secret may go on in the next piece. */
  write(chunk: string): string;
  /** The rest. */
  end(): string;
}

export function createRedactor(env: NodeJS.ProcessEnv): Redactor {
  const texts = secretTexts(env).toSorted((a, b) => b.length - a.length);
  const values = createPass([texts.map((text) => RegExp.escape(text)).join("|")], texts[0]?.length ?? 0);
  const forms = createPass(knownForms, longestForm);
  const passes = texts.length === 0 ? [forms] : [values, forms];
  return {
    redact: (text) => passes.reduce((cleaner, pass) => pass.redact(cleaner), text),
    stream() {
      const streams = passes.map((pass) => pass.stream());
      return {
        write: (chunk) => streams.reduce((rest, stream) => stream.write(rest), chunk),
        end: () => streams.reduce((rest, stream) => stream.write(rest) + stream.end(), ""),
      };
    },
  };
}

/** `longest`: no match, with what an expression looks at around it, is longer. */
function createPass(expressions: readonly string[], longest: number): Redactor {
  const secrets = new RegExp(expressions.join("|"), "g");
  // Nearly every text is clean. One expression a form, each skipping through the text, finds that out nearly
  // twice as quickly as all in one.
  const each = expressions.map((expression) => new RegExp(expression));
  return {
    redact: (text) => (each.some((form) => form.test(text)) ? text.replace(secrets, mark) : text),
    stream: () => createStream(secrets, longest + 1),
  };
}

const redacted = "[redacted]";

/** What a match keeps is in its one capture group that took part. */
function mark(_match: string, ...groups: readonly unknown[]): string {
  const kept = groups.find((group) => group !== undefined);
  return typeof kept === "string" ? kept + redacted : redacted;
}

/**
 * A match that begins at least `longest` characters before the end of what has arrived cannot change any more;
 * what begins later is held back. The character before the held text stays with it, for a word's boundary.
 */
function createStream(secrets: RegExp, longest: number): RedactingStream {
  let before = "";
  let held = "";

  function release(upTo: number): string {
    const text = before + held;
    const limit = before.length + upTo;
    let done = before.length;
    let clean = "";
    secrets.lastIndex = done;
    for (let match = secrets.exec(text); match !== null && match.index < limit; match = secrets.exec(text)) {
      clean += text.slice(done, match.index) + mark(match[0], ...match.slice(1));
      done = secrets.lastIndex;
    }
    if (done < limit) {
      clean += text.slice(done, limit);
      done = limit;
    }
    before = text.slice(Math.max(0, done - 1), done);
    held = text.slice(done);
    return clean;
  }

  return {
    write(chunk) {
      held += chunk;
      // Waiting for twice the length keeps the cost of many small pieces down.
      return held.length < 2 * longest ? "" : release(held.length - longest);
    },
    end: () => release(held.length),
  };
}
