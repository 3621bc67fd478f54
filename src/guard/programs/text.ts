/** Programs that turn text into text. */
import { judgeAwk } from "./awk.ts";
import { judgeJq } from "./jq.ts";
import { has } from "./options.ts";
import type { Programs } from "./program.ts";
import { judgeSed } from "./sed.ts";

export const textTools = {
  sort: {
    flags: "bcCdfgGhiMmnRrsuVz",
    options: `-k=text -t=text -S=text -T=write -o=write --parallel=number --batch-size=number --check[=text]
      --dictionary-order --field-separator=text --general-numeric-sort --human-numeric-sort --ignore-case
      --ignore-leading-blanks --ignore-nonprinting --key=text --merge --month-sort --numeric-sort --output=write
      --random-sort --reverse --stable --sort=text --unique --version-sort --zero-terminated --buffer-size=text
      --temporary-directory=write`,
    operands: "read",
    judge: ({ run }, parsed) => {
      if (has(parsed, "-o", "--output")) run.writesFile = "sort -o";
    },
  },
  /** The second operand is a file to write. */
  uniq: {
    flags: "cdDiuz",
    options: `-f=number -s=number -w=number --all-repeated[=text] --check-chars=number --count --group[=text] --ignore-case
      --repeated --skip-chars=number --skip-fields=number --unique --zero-terminated`,
    operands: ["read", "write", "none"],
    judge: ({ run, program }, { operands }) => {
      if (operands.length > 1) run.writesFile = program;
    },
  },
  cut: {
    flags: "nsz",
    options: `-b=text -c=text -d=text -f=text --bytes=text --characters=text --complement --delimiter=text --fields=text
      --only-delimited --output-delimiter=text --zero-terminated`,
    operands: "read",
  },
  tr: {
    flags: "cCdst",
    options: "--complement --delete --squeeze-repeats --truncate-set1",
    operands: ["text", "text", "none"],
  },
  diff: {
    flags: "abBcdeEiNnpqrsTtuvwyZ",
    options: `-# -C=number -I=text -L=text -S=text -U=number -W=number -x=text -X=read --brief --color[=text] --context[=number]
      --exclude=text --exclude-from=read --expand-tabs --from-file=read --to-file=read --ignore-all-space
      --ignore-blank-lines --ignore-case --ignore-matching-lines=text --ignore-space-change
      --ignore-trailing-space --label=text --minimal --new-file --no-dereference --normal --recursive
      --report-identical-files --show-c-function --side-by-side --speed-large-files --strip-trailing-cr
      --suppress-common-lines --tabsize=number --text --unified[=number] --width=number --left-column`,
    operands: "read",
  },
  cmp: {
    flags: "bls",
    options:
      "-i=text -n=number --print-bytes --ignore-initial=text --verbose --bytes=number --quiet --silent",
    operands: ["read", "read", "number", "number"],
  },
  comm: {
    flags: "123z",
    options: "--check-order --nocheck-order --output-delimiter=text --total --zero-terminated",
    operands: "read",
  },
  nl: {
    flags: "p",
    options: `-b=text -d=text -f=text -h=text -i=number -l=number -n=text -s=text -v=number -w=number --body-numbering=text
      --number-format=text --number-separator=text --number-width=number --starting-line-number=number`,
    operands: "read",
  },
  tac: { flags: "br", options: "-s=text --before --regex --separator=text", operands: "read" },
  rev: { operands: "read" },
  fold: { flags: "bs", options: "-w=number --bytes --spaces --width=number", operands: "read" },
  column: {
    flags: "enrtxJL",
    options: `-c=number -s=text -o=text -N=text -R=text -H=text -l=number -n=text --table --separator=text
      --output-separator=text --table-columns=text --table-right=text --table-hide=text --json --output-width=number
      --fillrows --keep-empty-lines`,
    operands: "read",
  },
  paste: { flags: "sz", options: "-d=text --delimiters=text --serial --zero-terminated", operands: "read" },
  sed: { judgeCall: judgeSed },
  awk: { judgeCall: judgeAwk },
  jq: { judgeCall: judgeJq },
} as const satisfies Programs;
