/** Programs that search: the first operand is a pattern, unless an option gave it. */
import { checkRead } from "../shell/paths.ts";
import { refuse } from "../shell/refusal.ts";
import { judgeFind } from "./find.ts";
import { has, type Parsed } from "./options.ts";
import type { Call, Program, Programs } from "./program.ts";
import { applyRole } from "./roles.ts";

const grep = {
  flags: "abcEFGhHiIlLnoPqrRsTUvVwxyzZ",
  options: `-# -A=number -B=number -C=number -d=text -D=text -e=text -f=read -m=number --after-context=number
    --before-context=number --context=number --basic-regexp --binary --binary-files=text --byte-offset
    --color[=text] --colour[=text] --count --dereference-recursive --devices=text --directories=text --exclude=text
    --exclude-dir=text --exclude-from=read --extended-regexp --file=read --files-with-matches --files-without-match
    --fixed-strings --ignore-case --include=text --initial-tab --invert-match --label=text --line-buffered
    --line-number --line-regexp --max-count=number --no-filename --no-ignore-case --no-messages --null --null-data
    --only-matching --perl-regexp --quiet --silent --recursive --regexp=text --text --version --with-filename
    --word-regexp`,
  operands: "text",
  judge: (call, parsed) => searchOperands(call, parsed, ["-e", "--regexp", "-f", "--file"]),
} as const satisfies Program;

export const search = {
  grep,
  egrep: grep,
  fgrep: grep,
  /** `--pre`, `--hostname-bin` and `-z` run other programs. */
  rg: {
    flags: "abcFHhIiLlnNoPpqSsUuvVwx.0",
    options: `-A=number -B=number -C=number -d=number -e=text -E=text -f=read -g=text -j=number -m=number -M=number
      -r=text -t=text -T=text --after-context=number --before-context=number --context=number --case-sensitive
      --color=text --colors=text --column --count --count-matches --crlf --debug --encoding=text --engine=text
      --field-context-separator=text --field-match-separator=text --file=read --files --files-with-matches
      --files-without-match --fixed-strings --follow --glob=text --glob-case-insensitive --heading --hidden --iglob=text
      --ignore-case --ignore-file=read --include-zero --invert-match --json --line-number --line-regexp
      --max-columns=number --max-columns-preview --max-count=number --max-depth=number --max-filesize=text --mmap
      --multiline --multiline-dotall --no-config --no-filename --no-heading --no-hidden --no-ignore
      --no-ignore-parent --no-ignore-vcs --no-line-number --no-messages --null --one-file-system --only-matching
      --passthru --path-separator=text --pcre2 --pretty --quiet --regexp=text --replace=text --smart-case
      --sort=text --sortr=text --stats --text --threads=number --trim --type=text --type-list --type-not=text
      --unrestricted --version --vimgrep --with-filename --word-regexp`,
    operands: "text",
    judge: (call, parsed) => {
      searchOperands(call, parsed, [
        "-e",
        "--regexp",
        "-f",
        "--file",
        "--files",
        "--type-list",
        "-V",
        "--version",
      ]);
    },
  },
  find: { judgeCall: judgeFind },
} as const satisfies Programs;

function searchOperands(call: Call, parsed: Parsed, givesPattern: readonly string[]): void {
  const [pattern, ...rest] = parsed.operands;
  if (has(parsed, ...givesPattern)) {
    for (const file of parsed.operands) checkRead(call, file);
    return;
  }
  if (pattern === undefined) {
    if (!has(parsed, "--version", "-V")) refuse("P12", call.program, `\`${call.program}\` needs a pattern.`);
    return;
  }
  applyRole(call, pattern, "text", "pattern");
  // A wildcard takes the places behind the pattern as well.
  const files = pattern.type === "glob" && pattern.spreads ? parsed.operands : rest;
  for (const file of files) checkRead(call, file);
}
