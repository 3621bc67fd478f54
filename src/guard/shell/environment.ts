/**
 * Variables that may have several values: a simple command is judged once for every combination of the values
 * of the variables that it mentions, so that `cp $f $f.bak` in a loop is judged with equal values.
 */
import type { CommandExpansionPart, Word, WordPart } from "unbash";
import { evaluateArithmetic } from "./arithmetic.ts";
import { isSecretName } from "./names.ts";
import { expandParameter } from "./parameters.ts";
import { refuse } from "./refusal.ts";
import type { Run } from "./run.ts";
import type { State } from "./state.ts";
import { type Alternative, type Holds, hole, text, type Value } from "./values.ts";
import { type Environment, expandScalar } from "./words.ts";

const maxCombinations = 512;
const numbers = new Set([
  "?",
  "#",
  "$",
  "PPID",
  "BASHPID",
  "UID",
  "EUID",
  "RANDOM",
  "SECONDS",
  "LINENO",
  "EPOCHSECONDS",
]);

/** Judges the script of a substitution, and says what its output holds. */
export type Substitute = (part: CommandExpansionPart, state: State) => Holds;

/** Calls `visit` with an environment for each combination of values. */
export function combinations(
  state: State,
  run: Run,
  substitute: Substitute,
  visit: (env: Environment) => void,
): void {
  const substituted = new Map<CommandExpansionPart, Holds>();
  const once: Substitute = (part) => {
    const known = substituted.get(part) ?? substitute(part, state);
    substituted.set(part, known);
    return known;
  };
  const choices = new Map<string, { chosen: number; readonly count: number }>();
  for (let combination = 0; combination < maxCombinations; combination += 1) {
    run.countStep();
    visit(environment(state, run, once, choices));
    if (!advance([...choices.values()])) return;
  }
  refuse(
    "P1.3",
    [...choices.keys()].join(" "),
    "These variables have too many combinations of values to check. Use fewer values, or a script of the project.",
  );
}

function advance(odometer: { chosen: number; readonly count: number }[]): boolean {
  for (const wheel of odometer) {
    wheel.chosen = (wheel.chosen + 1) % wheel.count;
    if (wheel.chosen > 0) return true;
  }
  return false;
}

function environment(
  state: State,
  run: Run,
  substitute: Substitute,
  choices: Map<string, { chosen: number; readonly count: number }>,
): Environment {
  const lookup = (name: string, raw: string): Alternative => {
    const values = valueOfName(name, raw, state, run);
    if (values.length === 1) return values[0] ?? [];
    const choice = choices.get(name) ?? { chosen: 0, count: values.length };
    choices.set(name, choice);
    return values[choice.chosen] ?? [];
  };
  const env: Environment = {
    home: run.context.home,
    parameter(part: WordPart): Alternative {
      switch (part.type) {
        case "SimpleExpansion":
          return lookup(part.text.slice(1), part.text);
        case "ParameterExpansion":
          return run.nested(() =>
            expandParameter(part, { lookup, scalar: (word: Word) => expandScalar(word, env, "operand") }),
          );
        case "CommandExpansion":
          return [hole(substitute(part, state))];
        case "ArithmeticExpansion":
          return evaluateArithmetic(part, lookup);
        default:
          refuse(
            "P1.3",
            part.text,
            "The command has a construct the guard does not know. Write it more simply.",
          );
      }
    },
  };
  return env;
}

function valueOfName(name: string, raw: string, state: State, run: Run): Value {
  const assigned = state.variables.get(name);
  if (assigned !== undefined) return assigned;
  if (name === "PWD") return state.cwds.map((cwd) => [text(cwd)]);
  if (name === "HOME") return [[text(run.context.home)]];
  if (name === "TMPDIR") return [[text(run.context.tmpdir)]];
  if (numbers.has(name)) return [[hole("number")]];
  // Empty until something runs in the background: no number to build a path with.
  if (name === "!") return [[hole("word", true)]];
  if (isSecretName(name)) {
    refuse(
      "P4.7",
      raw,
      `\`${name}\` looks like a secret. Do not print or pass it; programs read it from their environment themselves.`,
    );
  }
  return [[hole("anything", name === "@" || name === "*")]];
}
