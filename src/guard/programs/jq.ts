/** jq: `--arg name value` takes two words, and a filter can read the environment and further files. */
import { checkRead } from "../shell/paths.ts";
import { refuse } from "../shell/refusal.ts";
import { type Call, staticText } from "./program.ts";
import { applyRole } from "./roles.ts";

const flags = /^-[acCehjMnrRsSV]+$/;
const longFlags = new Set(
  `--args --jsonargs --compact-output --color-output --monochrome-output --exit-status --join-output --null-input
   --raw-input --raw-output --raw-output0 --slurp --sort-keys --tab --ascii-output --unbuffered --seq --stream
   --version --help`.split(/\s+/),
);

export function judgeJq(call: Call): void {
  const { args } = call;
  let filter: string | null = null;
  let positional = false;
  for (let index = 0; index < args.length; index += 1) {
    const arg = args[index];
    if (arg === undefined) break;
    const word = arg.type === "literal" ? arg.text : "";
    if (word === "--arg" || word === "--argjson") {
      const [name, value] = [args[index + 1], args[index + 2]];
      if (name === undefined || value === undefined)
        refuse("P12", word, `\`${word}\` takes a name and a value.`);
      staticText(call, name);
      applyRole(call, value, "any", word);
      if (value.type === "glob" && value.spreads) staticText(call, value);
      index += 2;
    } else if (word === "--indent") {
      index += 1;
    } else if (word.startsWith("-") && word !== "-") {
      if (!flags.test(word) && !longFlags.has(word)) {
        refuse(
          "P12",
          arg.raw,
          `\`jq ${arg.raw}\`: this option is not on the list, or is abbreviated. Use another one, or spell it out.`,
        );
      }
      if (word === "--args" || word === "--jsonargs") positional = true;
    } else if (filter === null) {
      filter = staticText(call, arg);
      checkFilter(filter, arg.raw);
    } else if (positional) {
      staticText(call, arg);
    } else {
      checkRead(call, arg);
    }
  }
}

function checkFilter(filter: string, raw: string): void {
  if (/\$ENV|\$__prog|(?<![.\w"$@])env(?![\w":])/.test(filter)) {
    refuse("P4.7", raw, "jq may not print the environment. Select from the input.");
  }
  if (
    /\b(?:input_filename|include|import|get_search_list|getpath\s*\/|debug\s*\(|halt_error|input_line_number|modulemeta)\b/.test(
      filter,
    )
  ) {
    refuse("P12", raw, "This jq filter reads more than its input. Select from the input.");
  }
  if (/(?<![.\w"$@])inputs?(?![\w":])/.test(filter)) {
    refuse("P12", raw, "`input` and `inputs` are not allowed in a jq filter. Use `--slurp`.");
  }
}
