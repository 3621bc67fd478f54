// biome-ignore-all lint/suspicious/noTemplateCurlyInString: it is bash that is quoted
/** What holds for every command: wrapping hides nothing, nothing throws, nothing depends on chance, time is bounded. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { checkCommand } from "../../src/guard/shell.ts";
import { context } from "./context.ts";

interface Row {
  readonly command: string;
  readonly expect: "allow" | "deny";
}

const rows = ["corpus.jsonl", "more.jsonl"].flatMap((file) =>
  readFileSync(join(import.meta.dirname, file), "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Row),
);

const isDenied = (command: string) => !checkCommand(command, context, "strict").allow;

/** `%` stands for the command. Each of these runs it wherever it stands by itself. */
const limitMs = 60_000;
const constructs = [
  "(%)",
  "( % )",
  "{ %; }",
  "{ %\n}",
  "if %; then :; fi",
  "if true; then %\nfi",
  "if false; then :; else %\nfi",
  "for x in a b; do %\ndone",
  "while %\ndo :; done",
  "until false; do %\ndone",
  "case a in a) %\n;; esac",
  "echo $(%)",
  'echo "$(%\n)"',
  "X=$(%)",
  "ls | { %\n}",
  "{ %\n} | cat",
  "true && { %\n}",
  "false || { %\n}",
  "! { %\n}",
  "%\n",
  "ls\n%",
  "{ %\n} &\nls",
  "time { %\n}",
  "cat <<EOF\n$(%)\nEOF",
  'cat <<< "$(%)"',
  "echo ${x:-$(%)}",
  '[ -n "$(%)" ]',
  "[[ $(%) == a ]]",
  'export Y="$(%)"',
  "echo {a,$(%)}",
  "ls; %",
  "exit 0; %",
];
/** A denied program, in words that keep their meaning behind a wrapper. */
const plain = [
  "sudo id",
  "bash -c ls",
  "rm -rf /",
  "cat /etc/shadow",
  "eval ls",
  "touch .git/x",
  "node /tmp/x.js",
  "git push --force",
  "curl -d x https://example.com",
  "kill 0",
  "sed -i s/a/b/ feature_list.json",
  "'sudo' id",
  "/usr/bin/sudo id",
];
const wrappers = [
  "env %",
  "env A=1 %",
  "timeout 5 %",
  "nohup %",
  "nice -n 3 %",
  "stdbuf -oL %",
  "time %",
  "ls | xargs %",
  "find src -exec % {} +",
  "find . -name x -exec % \\;",
  "env timeout 5 nice %",
];

/** Whole commands only: what a comment, a heredoc or an open quote would swallow cannot be wrapped on one line. */
const denied = rows
  .filter(
    ({ command, expect }) => expect === "deny" && command.length < 300 && !/[#\\]|<<|^\s*$/.test(command),
  )
  // Alone it is denied for where it would run, or for what only it does at the top.
  .filter(({ command }) => !/^\s*(?:exit|break|history)\b/.test(command))
  .map(({ command }) => command);

test(
  "a denied command stays denied in any construct",
  () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...denied),
        fc.array(fc.constantFrom(...constructs), { minLength: 1, maxLength: 3 }),
        (command, wraps) => {
          const wrapped = wraps.reduce((inner, wrap) => wrap.replace("%", () => inner), command);
          expect(isDenied(wrapped), wrapped).toBe(true);
        },
      ),
      { numRuns: 3000, seed: 1 },
    );
  },
  limitMs,
);

test(
  "a denied command stays denied behind any wrapper",
  () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...plain),
        fc.constantFrom(...wrappers),
        fc.constantFrom(...constructs),
        (command, wrapper, wrap) => {
          const wrapped = wrap.replace("%", () => wrapper.replace("%", () => command));
          expect(isDenied(wrapped), wrapped).toBe(true);
        },
      ),
      { numRuns: 1500, seed: 2 },
    );
  },
  limitMs,
);

test(
  "quoting the name of a denied program does not help",
  () => {
    const quoted = fc.constantFrom("sudo", "bash", "eval", "perl").chain((name) =>
      fc.integer({ min: 1, max: name.length - 1 }).chain((at) => {
        const [head, tail] = [name.slice(0, at), name.slice(at)];
        return fc.constantFrom(
          `${head}''${tail}`,
          `${head}\\${tail}`,
          `"${head}"${tail}`,
          `${head}\\\n${tail}`,
          `$'${head}'${tail}`,
          `${head}$()${tail}`,
          `${head}{${tail},}`,
          `"${name}"`,
          `'${name}'`,
          `X=${head}; $X${tail}`,
          `${head}\${x}${tail}`,
        );
      }),
    );
    fc.assert(
      fc.property(quoted, (name) => {
        expect(isDenied(`${name} x`), name).toBe(true);
      }),
      { numRuns: 500, seed: 3 },
    );
  },
  limitMs,
);

const fragments = [
  "$",
  "(",
  ")",
  "{",
  "}",
  "`",
  "'",
  '"',
  "\\",
  "\n",
  ";",
  "&",
  "|",
  "<",
  ">",
  "<<EOF\n",
  "\nEOF\n",
  "$(",
  "${",
  "((",
  "[[",
  "]]",
  "if ",
  "then ",
  "fi",
  "for x in ",
  "do ",
  "done",
  "case ",
  "esac",
  "a",
  " ",
  "*",
  "~",
  "=",
  "#",
  "ls",
  "cd src",
  "rm -rf ",
  "/",
  "..",
  "\u200b",
  "é",
  "$x",
  "${x:-",
  "@P}",
  "$'",
  "\t",
  "!",
  "sed 's/",
  "awk '{",
  "jq '",
  "find ",
  "xargs ",
];
const shellText = fc
  .array(fc.oneof(fc.constantFrom(...fragments), fc.string({ maxLength: 4 })), { maxLength: 30 })
  .map((parts) => parts.join(""));

test(
  "it never throws, whatever the text",
  () => {
    fc.assert(
      fc.property(
        fc.oneof(shellText, fc.string({ unit: "binary", maxLength: 60 })),
        fc.constantFrom("strict" as const, "sandboxed" as const),
        (text, profile) => {
          const verdict = checkCommand(text, context, profile);
          expect(verdict.allow || verdict.rule !== "G1", JSON.stringify(text)).toBe(true);
        },
      ),
      { numRuns: 6000, seed: 4 },
    );
  },
  limitMs,
);

test(
  "the same text gets the same verdict",
  () => {
    fc.assert(
      fc.property(fc.oneof(shellText, fc.constantFrom(...rows.map(({ command }) => command))), (text) => {
        expect(checkCommand(text, context, "strict")).toEqual(checkCommand(text, context, "strict"));
      }),
      { numRuns: 3000, seed: 5 },
    );
  },
  limitMs,
);

test(
  "what strict allows, sandboxed allows",
  () => {
    for (const { command, expect: expected } of rows) {
      if (expected === "allow")
        expect(checkCommand(command, context, "sandboxed"), command).toMatchObject({ allow: true });
    }
  },
  limitMs,
);

test(
  "the time is bounded on adversarial text",
  () => {
    const full = 128 * 1024;
    const repeat = (piece: string) => piece.repeat(Math.floor((full - 100) / piece.length));
    const hostile = [
      "(",
      "$(",
      "`",
      '"$(',
      "${a:-",
      "{a,",
      "[[ ",
      "if ",
      "a=1;",
      "ls;",
      "ls|",
      "a ",
      "{a,b}",
      "$x",
      "*",
      "\\\n",
      "<<E\n",
      "case x in x) ",
      "for i in 1 2; do ",
      "$((1+",
      "a=$a$a;",
      "ls &&\n",
      "'",
      "ls <<< ",
      "!",
      "x=(",
      "${x#${x#",
      "sed s/a/b/\\;",
    ].map(repeat);
    for (const text of [
      ...hostile,
      `awk '${repeat("(")}'`,
      `sed '${repeat("s/a/b/;")}'`,
      `jq '${repeat("env_")}'`,
      `echo ${repeat("a?*")}`,
    ]) {
      const started = performance.now();
      checkCommand(text, context, "strict");
      expect(performance.now() - started, text.slice(0, 20)).toBeLessThan(2000);
    }
  },
  limitMs,
);
