import { parseArgs } from "node:util";
import * as commands from "./commands.js";
import { Problem } from "./problem.js";

const options = {
  file: { type: "string", default: "habits.json" },
  today: { type: "string" },
  on: { type: "string" },
  help: { type: "boolean", short: "h" },
};

/** Runs one command line and returns its exit code. `print` and `warn` take a line each. */
export function run(argv, { print, warn }) {
  try {
    const { values, positionals } = parse(argv);
    const [name, ...words] = positionals;
    if (values.help || name === undefined) print(help());
    else find(name).run({ words, options: values, print });
    return 0;
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    warn(`habit: ${error.message}`);
    return 1;
  }
}

function parse(argv) {
  try {
    return parseArgs({ args: argv, options, allowPositionals: true });
  } catch (error) {
    throw new Problem(error.message);
  }
}

function find(name) {
  if (!Object.hasOwn(commands, name)) throw new Problem(`there is no command "${name}"; see habit --help`);
  return commands[name];
}

function help() {
  return [
    "habit: keep small promises, one day at a time",
    "",
    ...Object.values(commands).map(({ usage, summary }) => `  habit ${usage.padEnd(28)}${summary}`),
    "",
    "  --file <path>   where the habits are kept (habits.json)",
    "  --today <day>   take another day for today (YYYY-MM-DD)",
  ].join("\n");
}
