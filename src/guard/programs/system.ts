/** Small programs that print something: text, the date, who and where one is. */
import { refuse } from "../shell/refusal.ts";
import type { Arg } from "../shell/values.ts";
import { type Call, type Programs, staticText } from "./program.ts";
import { judgeBracket, judgeTestCommand } from "./test-command.ts";

const nothing = { operands: "none" } as const;

export const system = {
  /** P4.3: whatever it gets, it prints. */
  echo: { judgeCall: () => {} },
  printf: { judgeCall: judgePrintf },
  true: { judgeCall: () => {} },
  false: { judgeCall: () => {} },
  ":": { judgeCall: () => {}, builtin: true },
  test: { judgeCall: judgeTestCommand },
  "[": { judgeCall: judgeBracket },
  pwd: { flags: "LP", ...nothing },
  seq: {
    flags: "w",
    options: "-# -s=text -f=text --separator=text --format=text --equal-width",
    operands: "any",
  },
  /** `-s` sets the clock, `-f` reads a file of dates. */
  date: {
    flags: "uR",
    options: `-d=text -r=read -I[=text] --date=text --utc --universal --iso-8601[=text] --rfc-3339=text --rfc-email
      --reference=read`,
    operands: "text",
    judge: (call, { operands }) => {
      for (const operand of operands) {
        if (!staticText(call, operand).startsWith("+"))
          refuse("P12", operand.raw, "The clock may not be set. Use `date +FORMAT`.");
      }
    },
  },
  uname: {
    flags: "asnrvmpio",
    options: "--all --kernel-name --nodename --kernel-release --kernel-version --machine --operating-system",
    ...nothing,
  },
  whoami: nothing,
  id: { flags: "ugGnr", options: "--user --group --groups --name", operands: "text" },
  which: { flags: "as", options: "--all", operands: "text" },
} as const satisfies Programs;

/** `-v` assigns, and its subscript would be evaluated (P5.2): the format must be known to be one. */
function judgePrintf(call: Call): void {
  const [first, second] = call.args;
  const format: Arg | undefined = first?.type === "literal" && first.text === "--" ? second : first;
  if (format === undefined) refuse("P12", "printf", "printf needs a format.");
  if (format.type === "dynamic" && format.prefix === "")
    refuse("P4.3", format.raw, "The format of printf must be written out: `printf '%s\\n' \"$x\"`.");
  if (format === first && format.type !== "dynamic" && format.text.startsWith("-")) {
    refuse("P5.2", format.raw, "`printf -v` is not allowed. Use `x=$(printf …)`.");
  }
}
