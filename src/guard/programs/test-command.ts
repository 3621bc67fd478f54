/**
 * P4.3, P4.4: `test` and `[`. An operand may be dynamic, an operator may not: `-v` evaluates subscripts, and an
 * unquoted expansion could bring one along.
 */
import { checkRead } from "../shell/paths.ts";
import { refuse } from "../shell/refusal.ts";
import type { Arg } from "../shell/values.ts";
import type { Call } from "./program.ts";

const unaryString = new Set(["-z", "-n"]);
const unaryFile = new Set("-b -c -d -e -f -g -h -k -p -r -s -t -u -w -x -G -L -N -O -S".split(" "));
const binary = new Set([
  "=",
  "==",
  "!=",
  "<",
  ">",
  "-eq",
  "-ne",
  "-lt",
  "-le",
  "-gt",
  "-ge",
  "-nt",
  "-ot",
  "-ef",
]);

export function judgeBracket(call: Call): void {
  const last = call.args.at(-1);
  if (last?.type !== "literal" || last.text !== "]") refuse("P1.3", "[", "`[` must end in ` ]`.");
  judgeTestCommand({ ...call, args: call.args.slice(0, -1) });
}

export function judgeTestCommand(call: Call): void {
  const { args } = call;
  for (const arg of args) {
    if (arg.type === "dynamic" && arg.splits && arg.holds === "anything") {
      refuse("P4.4", arg.raw, "Unquoted, this may become an operator of the test. Put it in double quotes.");
    }
    if (
      arg.type === "literal" &&
      (arg.text === "-v" || arg.text === "-R" || (arg.text === "-o" && args.length === 2))
    ) {
      refuse("P4.4", arg.raw, '`-v` evaluates what it is given. Use `[ -n "$x" ]`.');
    }
  }
  let index = 0;
  while (index < args.length) {
    index = expression(call, index);
    const connective = text(args[index]);
    if (connective === null) break;
    if (!/^(?:-a|-o|\)|\()$/.test(connective))
      refuse("P4.4", args[index]?.raw ?? "", "This test is not understood. Use `[ a = b ] && [ c = d ]`.");
    index += 1;
  }
}

/** One primary; answers where it ends. */
function expression(call: Call, start: number): number {
  const { args } = call;
  let index = start;
  while (/^[!(]$/.test(text(args[index]) ?? "") && args.length - start > 1) index += 1;
  const [first, second, third] = [args[index], args[index + 1], args[index + 2]];
  if (first === undefined) return index;
  const middle = text(second);
  if (middle !== null && third !== undefined && binary.has(middle)) return index + 3;
  const operator = text(first);
  if (operator !== null && second !== undefined && (unaryString.has(operator) || unaryFile.has(operator))) {
    if (unaryFile.has(operator) && operator !== "-t" && second.type !== "dynamic" && second.text !== "")
      checkRead(call, second);
    return index + 2;
  }
  if (second !== undefined && middle === null) {
    refuse("P4.4", second.raw, "The operator of a test must be written out.");
  }
  return index + 1;
}

function text(arg: Arg | undefined): string | null {
  return arg?.type === "literal" ? arg.text : null;
}
