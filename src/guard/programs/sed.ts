/**
 * P12: a sed script may print, delete, change and substitute. It may not run (`e`, `s///e`), read or write other
 * files (`r R w W`, `s///w`). What this parser does not follow is refused.
 */
import { checkRead, checkWrite } from "../shell/paths.ts";
import { refuse } from "../shell/refusal.ts";
import type { Arg } from "../shell/values.ts";
import { parseOptions } from "./options.ts";
import { type Call, type Program, staticText } from "./program.ts";

const sed: Program = {
  flags: "nErsuz",
  options: `-e=text -i[=text] -l=number --expression=text --in-place[=text] --quiet --silent --regexp-extended --separate
    --unbuffered --null-data --line-length=number --posix --debug --sandbox`,
  operands: "text",
};

export function judgeSed(call: Call): void {
  const { options, operands } = parseOptions(call, sed);
  const scripts: Arg[] = options
    .filter(({ name }) => name === "-e" || name === "--expression")
    .flatMap(({ value }) => value ?? []);
  const files = [...operands];
  if (scripts.length === 0) {
    const first = files.shift();
    if (first === undefined) refuse("P12", "sed", "sed needs a script.");
    scripts.push(first);
  }
  // An `a`, `i` or `c` ends with its -e, but a block may span several: parsed as the one script they become.
  checkScript(scripts.map((script) => staticText(call, script)).join("\n"));
  const inPlace = options.find(({ name }) => name === "-i" || name === "--in-place");
  if (inPlace !== undefined) checkSuffix(inPlace.value);
  for (const file of files) {
    // After the BSD habit `sed -i '' …` GNU sed takes the empty word for the script and the script for a file.
    if (inPlace === undefined) checkRead(call, file);
    else checkWrite(call, file);
    const suffix = inPlace?.value;
    // The backup is a file as well.
    if (suffix?.type === "literal" && file.type !== "dynamic")
      checkWrite(call, { ...file, text: file.text + suffix.text });
  }
  if (inPlace !== undefined) call.run.writesFile = "sed -i";
}

/** The suffix may hold a directory, or a `*` that stands for the name. */
function checkSuffix(suffix: Arg | null): void {
  if (suffix === null || suffix.type === "dynamic") return;
  if (/[/*]/.test(suffix.text))
    refuse("P12", suffix.raw, "The suffix of `sed -i` may only be an ending such as `.bak`.");
}

function checkScript(script: string): void {
  const reader = new Reader(script);
  let depth = 0;
  while (true) {
    reader.skip(/[\s;]/);
    if (reader.done) break;
    readAddress(reader);
    const command = reader.next();
    switch (command) {
      case "{":
        depth += 1;
        break;
      case "}":
        depth -= 1;
        if (depth < 0) reader.refuse();
        readEnd(reader);
        break;
      case "#":
        reader.skip(/[^\n]/);
        break;
      case ":":
      case "b":
      case "t":
      case "T":
        reader.skip(/ /);
        if (!/^[\w.-]*$/.test(reader.take(/[^\s;}]/))) reader.refuse();
        readEnd(reader);
        break;
      case "s":
        readSubstitution(reader);
        break;
      case "y":
        readDelimited(reader, 2);
        readEnd(reader);
        break;
      case "a":
      case "i":
      case "c":
        readText(reader);
        break;
      case "q":
      case "Q":
      case "l":
        reader.skip(/ /);
        reader.skip(/\d/);
        readEnd(reader);
        break;
      case "=":
      case "d":
      case "D":
      case "g":
      case "G":
      case "h":
      case "H":
      case "n":
      case "N":
      case "p":
      case "P":
      case "x":
      case "z":
        readEnd(reader);
        break;
      default:
        reader.refuse();
    }
  }
  if (depth !== 0) reader.refuse();
}

/** `12`, `$`, `/re/I`, `\,re,`, `0~4`, `1,5`, `/a/,+3`, and `!`. */
function readAddress(reader: Reader): void {
  if (!readOneAddress(reader)) return;
  reader.skip(/ /);
  if (reader.peek() === ",") {
    reader.next();
    reader.skip(/ /);
    if (reader.peek() === "+" || reader.peek() === "~") reader.next();
    if (!readOneAddress(reader)) reader.refuse();
  }
  reader.skip(/[ !]/);
}

function readOneAddress(reader: Reader): boolean {
  const first = reader.peek();
  if (first === "$") {
    reader.next();
    return true;
  }
  if (/\d/.test(first)) {
    reader.skip(/\d/);
    if (reader.peek() === "~") {
      reader.next();
      reader.skip(/\d/);
    }
    return true;
  }
  if (first === "!") reader.skip(/[ !]/);
  if (first !== "/" && first !== "\\") return false;
  if (first === "\\") reader.next();
  readDelimited(reader, 1);
  reader.skip(/[IM]/);
  return true;
}

function readSubstitution(reader: Reader): void {
  readDelimited(reader, 2);
  // Of the flags, `e` runs the result and `w` writes it.
  reader.skip(/[gpIiMm\d]/);
  readEnd(reader);
}

/** `count` parts between the delimiter that stands first. */
function readDelimited(reader: Reader, count: number): void {
  const delimiter = reader.next();
  if (delimiter === "" || /[\\\n]/.test(delimiter)) reader.refuse();
  for (let part = 0; part < count; part += 1) {
    let inClass = false;
    while (true) {
      const char = reader.next();
      if (char === "") reader.refuse();
      if (char === "\\") {
        reader.next();
        continue;
      }
      // GNU sed ends the pattern at the delimiter even inside a bracket expression, POSIX does not.
      if (char === "[" && part === 0) inClass = true;
      if (char === "]") inClass = false;
      if (char === delimiter) {
        if (inClass && reader.rest().includes("]")) reader.refuse();
        break;
      }
      if (char === "\n" && part === 0) reader.refuse();
    }
  }
}

/** The text of `a`, `i`, `c` runs to the end of the line, further if the line ends in a backslash. */
function readText(reader: Reader): void {
  while (true) {
    const char = reader.next();
    if (char === "" || char === "\n") return;
    if (char === "\\") reader.next();
  }
}

function readEnd(reader: Reader): void {
  reader.skip(/ /);
  const next = reader.peek();
  if (next !== "" && !/[;\n}#]/.test(next)) reader.refuse();
}

class Reader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  get done(): boolean {
    return this.#at >= this.#text.length;
  }

  peek(): string {
    return this.#text[this.#at] ?? "";
  }

  next(): string {
    const char = this.peek();
    this.#at += 1;
    return char;
  }

  rest(): string {
    return this.#text.slice(this.#at);
  }

  skip(kind: RegExp): void {
    while (!this.done && kind.test(this.peek())) this.#at += 1;
  }

  take(kind: RegExp): string {
    const start = this.#at;
    this.skip(kind);
    return this.#text.slice(start, this.#at);
  }

  refuse(): never {
    refuse(
      "P12",
      this.#text,
      "Only printing, deleting and substituting is followed in a sed script; it may not run programs or touch other files. Use simple `s/a/b/` commands, or the Edit tool.",
    );
  }
}
