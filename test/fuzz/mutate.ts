/** Known commands, bent: characters put in, taken out and doubled, pieces exchanged, one wrapped in another. */
import type { Random } from "./random.ts";

const insertions = [
  "$",
  "(",
  ")",
  "{",
  "}",
  "<",
  ">",
  "&",
  "|",
  ";",
  "\n",
  "\\",
  "'",
  '"',
  "`",
  "#",
  "~",
  "*",
  "?",
  "[",
  "]",
  "!",
  "=",
  ",",
  " ",
  "\t",
  "..",
  "/",
  "\\\n",
  "$(",
  "${",
  "((",
  "))",
  "<<",
  "<<<",
  "&&",
  "||",
  ">(",
  "<(",
  "$'",
  '$"',
  "evil",
  "$(evil)",
  "`evil`",
  ";evil;",
  "\nevil\n",
  "x=",
  "X",
  "$X",
  "'$(evil)'",
  "{a,b}",
  " -- ",
  "EOF",
  "<<EOF\n",
  "\nEOF\n",
];

export function mutate(random: Random, seeds: readonly string[]): string {
  let command = random.pick(seeds);
  for (let round = 1 + random.below(3); round > 0; round -= 1) command = once(random, command, seeds);
  return command;
}

function once(random: Random, command: string, seeds: readonly string[]): string {
  const at = random.below(command.length + 1);
  const until = Math.min(command.length, at + 1 + random.below(4));
  const other = random.pick(seeds);
  switch (random.below(9)) {
    case 0:
    case 1:
    case 2:
      return command.slice(0, at) + random.pick(insertions) + command.slice(at);
    case 3:
      return command.slice(0, at) + command.slice(until);
    case 4:
      return command.slice(0, until) + command.slice(at);
    case 5:
      return command.slice(0, at) + other.slice(random.below(other.length + 1));
    case 6:
      return `${command}${random.pick([";", " && ", "|", "\n", " & ", " || "])}${other}`;
    case 7: {
      const wrap = random.pick([
        "$(%)",
        "`%`",
        "(%)",
        "{ %; }",
        "if %; then %; fi",
        '"$(%)"',
        "for X in a b; do %; done",
        "echo $(%)",
        "cat <<EOF\n$(%)\nEOF",
        "X=$(%)",
        "! %",
        "time %",
        "env %",
        "timeout 3 %",
      ]);
      return wrap.replaceAll("%", () => command);
    }
    default:
      return command.slice(0, at) + random.pick(insertions) + command.slice(until);
  }
}
