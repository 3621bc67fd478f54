/**
 * P2.4: every command anywhere, conditions and substitutions included, with the states it may run in. Whatever
 * the parser may return that is not named here is refused.
 */
import {
  type AndOr,
  type Case,
  type CommandExpansionPart,
  type CompoundList,
  type For,
  type If,
  type ParsedScript,
  type Pipeline,
  type PipelineNode,
  parse,
  type Redirected,
  type Statement,
  type While,
} from "unbash";
import type { Call } from "../programs/program.ts";
import { combinations, type Substitute } from "./environment.ts";
import { defineFunction } from "./functions.ts";
import { checkAssignable } from "./names.ts";
import { precheck, refuseSplitTokens } from "./precheck.ts";
import { checkRedirections } from "./redirections.ts";
import { refuse } from "./refusal.ts";
import type { Run } from "./run.ts";
import { simpleCommand } from "./simple.ts";
import { assign, both, join, type Outcome, type State, sameState, widenChanged } from "./state.ts";
import { outputOf } from "./substitution.ts";
import { checkTest } from "./tests.ts";
import { type Alternative, type Holds, hole, joinValues, text, type Value } from "./values.ts";
import { expandArguments, expandScalar } from "./words.ts";

/** Iterations after which a loop must have settled; the values that still change are given up after two. */
const maxIterations = 6;

export function walkScript(script: ParsedScript, source: string, state: State, run: Run): Outcome {
  const [error] = script.errors ?? [];
  if (error !== undefined) {
    refuse(
      "P1.3",
      source.slice(error.pos, error.pos + 40),
      `bash cannot parse this (${error.message}). Check quotes, parentheses and keywords.`,
    );
  }
  return new Walk(source, run).statements(script.commands, state);
}

/** One source text; a script inside escaped backticks would have its own. */
export class Walk {
  readonly source: string;
  readonly run: Run;

  constructor(source: string, run: Run) {
    this.source = source;
    this.run = run;
  }

  readonly substitute: Substitute = (part: CommandExpansionPart, state: State): Holds => {
    const { script } = part;
    if (script === undefined || script.source !== undefined)
      refuse("P1.3", part.text, "This substitution is not understood. Use a plain $(…).");
    if (script.commands.length === 0 && !/^(?:\$\(\s*\)|``)$/.test(part.text))
      refuse("P1.3", part.text, "This substitution is not understood. Use a plain $(…).");
    this.run.nested(() => walkScript(script, this.source, state, this.run));
    return outputOf(part.text);
  };

  /** Text that a program would hand to a shell of its own. */
  script(text: string, state: State): void {
    precheck(text);
    refuseSplitTokens(text, []);
    walkScript(parse(text), text, state, this.run);
  }

  statements(list: readonly Statement[], start: State): Outcome {
    let state = start;
    let outcome: Outcome = { success: start, failure: null };
    for (const statement of list) {
      outcome = this.statement(statement, state);
      // What follows an `exit` is checked all the same.
      state = join(outcome.success, outcome.failure) ?? state;
    }
    return outcome;
  }

  private list(list: CompoundList, state: State): Outcome {
    return this.run.nested(() => this.statements(list.commands, state));
  }

  private statement({ command, background }: Statement, state: State): Outcome {
    const outcome = this.node(command, state);
    return background ? both(state) : outcome;
  }

  private node(node: PipelineNode | AndOr, state: State): Outcome {
    switch (node.type) {
      case "AndOr":
        return this.andOr(node, state);
      case "Pipeline":
        return this.pipeline(node, state);
      case "Command":
        return simpleCommand(node, state, this, []).outcome;
      case "Redirected":
        return this.redirected(node, state);
      case "If":
        return this.branch(node, state);
      case "For":
        return this.forLoop(node, state);
      case "While":
        return this.whileLoop(node, state);
      case "Case":
        return this.choice(node, state);
      case "Subshell":
        if (this.source.startsWith("((", node.pos)) {
          refuse("P1.3", "((", "`((` can be read in two ways. Put a space between the parentheses.");
        }
        this.list(node.body, state);
        return both(state);
      case "BraceGroup":
        return this.list(node.body, state);
      case "TestCommand":
        checkTest(node.expression, state, this);
        return both(state);
      case "Function":
        return defineFunction(node, state, this);
      case "ArithmeticCommand":
      case "ArithmeticFor":
        return refuse(
          "P4.4",
          "((",
          "`((…))` is not allowed. Use `[ … ]`, `x=$((x + 1))`, or a loop over {1..10}.",
        );
      case "Select":
        return refuse("P2.2", "select", "`select` waits for a person. Choose a value yourself.");
      case "Coproc":
        return refuse(
          "P2.2",
          "coproc",
          "`coproc` is not allowed. Start the program in the background with `&`.",
        );
      default:
        node satisfies never;
        refuse("P1.3", "", "The command has a construct the guard does not know. Write it more simply.");
    }
  }

  private andOr({ commands, operators }: AndOr, start: State): Outcome {
    const [first, ...rest] = commands;
    if (first === undefined) refuse("P1.3", "", "A command is missing.");
    let outcome = this.node(first, start);
    let fallback = start;
    for (const [index, command] of rest.entries()) {
      fallback = join(outcome.success, outcome.failure) ?? fallback;
      const and = operators[index] === "&&";
      const input = and ? outcome.success : outcome.failure;
      const result = this.node(command, input ?? fallback);
      if (input === null) continue;
      outcome = and
        ? { success: result.success, failure: join(outcome.failure, result.failure) }
        : { success: join(outcome.success, result.success), failure: result.failure };
    }
    return outcome;
  }

  /** Each command of a real pipeline runs in a shell of its own. */
  private pipeline({ commands, prefixes }: Pipeline, state: State): Outcome {
    const [only, ...others] = commands;
    if (only === undefined) refuse("P1.3", "", "A command is missing.");
    const inverted = prefixes.filter((prefix) => prefix.type === "Negation").length % 2 === 1;
    if (others.length === 0) {
      const outcome = this.node(only, state);
      return inverted ? { success: outcome.failure, failure: outcome.success } : outcome;
    }
    const producers: (readonly Call[] | null)[] = [];
    for (const command of commands) {
      if (command.type === "Command") {
        producers.push(
          simpleCommand(command, state, this, producers.length === 0 ? null : [...producers]).calls,
        );
      } else {
        this.node(command, state);
        producers.push(null);
      }
    }
    return both(state);
  }

  private redirected({ command, redirects }: Redirected, state: State): Outcome {
    combinations(state, this.run, this.substitute, (env) => {
      checkRedirections(redirects, state, env, this);
    });
    const { success, failure } = this.node(command, state);
    return { success, failure: join(failure, state) };
  }

  private branch(node: If, state: State): Outcome {
    const condition = this.list(node.clause, state);
    let outcome = this.list(node.then, condition.success ?? state);
    let otherwise = condition.failure;
    for (const elif of node.elif) {
      const next = this.list(elif.clause, otherwise ?? state);
      outcome = joinOutcomes(outcome, this.list(elif.then, next.success ?? state));
      otherwise = next.failure;
    }
    if (node.else === undefined) return joinOutcomes(outcome, { success: otherwise, failure: null });
    return joinOutcomes(outcome, this.list(node.else, otherwise ?? state));
  }

  private forLoop(node: For, start: State): Outcome {
    if (node.wordlist === undefined) {
      refuse("P4.1", "for", "Write the list of the loop out: `for x in a b c`.");
    }
    let values: Value = [];
    const { wordlist } = node;
    combinations(start, this.run, this.substitute, (env) => {
      for (const arg of wordlist.flatMap((word) => expandArguments(word, env))) {
        values = joinValues(values, [loopValue(arg)]);
      }
    });
    checkAssignable(node.name.text, null);
    return this.loop(start, (state) => {
      const entered = values.length === 0 ? state : assign(state, node.name.text, values);
      const { success, failure } = this.list(node.body, entered);
      return { again: join(success, failure), left: join(state, join(success, failure)) };
    });
  }

  private whileLoop(node: While, start: State): Outcome {
    return this.loop(start, (state) => {
      const condition = this.list(node.clause, state);
      const [stays, leaves] =
        node.kind === "while"
          ? [condition.success, condition.failure]
          : [condition.failure, condition.success];
      const { success, failure } = this.list(node.body, stays ?? state);
      return { again: stays === null ? null : join(success, failure), left: leaves };
    });
  }

  /** Runs a body until its states settle; what it keeps changing is given up. */
  private loop(start: State, body: (state: State) => { again: State | null; left: State | null }): Outcome {
    let state = start;
    for (let iteration = 0; iteration < maxIterations; iteration += 1) {
      const jumpsBefore = this.run.jumps.length;
      const { again, left } = body(state);
      const jumps = this.run.jumps
        .splice(jumpsBefore)
        .reduce<State | null>((all, one) => join(all, one), null);
      const next = join(state, join(again, jumps)) ?? state;
      const after = join(left, jumps);
      if (sameState(next, state)) return { success: after, failure: after };
      state = iteration < 1 ? next : widenChanged(state, next);
    }
    refuse("P3.6", "cd", 'The loop may go on into other directories. Use a subshell: `(cd "$d" && …)`.');
  }

  private choice(node: Case, state: State): Outcome {
    combinations(state, this.run, this.substitute, (env) => {
      expandScalar(node.word, env);
      for (const item of node.items) {
        for (const pattern of item.pattern) expandScalar(pattern, env);
      }
    });
    let outcome: Outcome = { success: state, failure: null };
    let fallen: State | null = null;
    for (const item of node.items) {
      const result = this.list(item.body, join(state, fallen) ?? state);
      outcome = joinOutcomes(outcome, result);
      fallen = join(fallen, join(result.success, result.failure));
    }
    return outcome;
  }
}

function joinOutcomes(one: Outcome, other: Outcome): Outcome {
  return { success: join(one.success, other.success), failure: join(one.failure, other.failure) };
}

/** What the loop variable is for one word of the list. */
function loopValue(arg: ReturnType<typeof expandArguments>[number]): Alternative {
  switch (arg.type) {
    case "literal":
      if (!arg.approximate) return [text(arg.text)];
      return [hole(/^-?\d+$/.test(arg.text) ? "number" : "anything")];
    case "glob":
      return arg.text
        .split("\ue000")
        .flatMap((piece, index) => [
          ...(index > 0 ? [{ type: "wild", spreads: false } as const] : []),
          ...(piece === "" ? [] : [text(piece)]),
        ]);
    case "dynamic":
      return [hole("anything")];
    default:
      arg satisfies never;
      return [hole("anything")];
  }
}
