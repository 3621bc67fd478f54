/** One simple command: its assignments, its redirections, and every argument list that it may run with. */
import type { Assignment, Command, Redirection, Word } from "unbash";
import { judgeCall } from "../programs/judge.ts";
import type { Call } from "../programs/program.ts";
import { combinations } from "./environment.ts";
import { checkAssignable } from "./names.ts";
import { refuseInvisible } from "./precheck.ts";
import { checkRedirections } from "./redirections.ts";
import { refuse } from "./refusal.ts";
import { assign, both, join, type Outcome, type State } from "./state.ts";
import {
  type Alternative,
  type Arg,
  anything,
  joinValues,
  knownText,
  text,
  toArg,
  type Value,
} from "./values.ts";
import type { Walk } from "./walk.ts";
import { type Environment, expandArguments, expandScalar } from "./words.ts";

/** P2.1: bare, or wholly quoted. Nothing that a shell could read as something else. */
const plainName = /^(?:[\w./:+@-]+|\[|'[\w./:+@-]+'|"[\w./:+@-]+")$/;
/** Builtins whose `NAME=value` words are assignments, not arguments. */
const declaring = new Set(["export", "declare", "local", "readonly", "typeset"]);

/** `producers`: empty outside a pipeline, null for the first command of one. */
export function simpleCommand(
  node: Command,
  state: State,
  walk: Walk,
  producers: readonly (readonly Call[] | null)[] | null,
): { readonly outcome: Outcome; readonly calls: readonly Call[] } {
  const { run } = walk;
  run.countCommand();
  const assignments = node.prefix.filter((item) => item.type === "Assignment");
  const redirections: Redirection[] = [...node.prefix, ...node.suffix].filter(
    (item) => item.type !== "Assignment" && item.type !== "Word",
  );
  const assigned = assignments.reduce((at, assignment) => assignVariable(assignment, at, walk), state);
  const { name } = node;
  if (name === undefined) {
    combinations(assigned, run, walk.substitute, (env) => {
      checkRedirections(redirections, state, env, walk);
    });
    return { outcome: both(assigned), calls: [] };
  }
  const program = commandName(name);
  const words = node.suffix.filter((item) => item.type === "Word" || item.type === "Assignment");
  const calls: Call[] = [];
  let outcome: Outcome = { success: null, failure: null };
  combinations(state, run, walk.substitute, (env) => {
    const stdin = checkRedirections(redirections, state, env, walk);
    const args = words.flatMap((word) => expandWord(word, name.text, env));
    const piped = producers !== null && producers.length > 0;
    const result = runOnce({
      program,
      args,
      cwds: state.cwds,
      stdin: stdin.type === "inherited" && piped ? { type: "pipe" } : stdin,
      producers: producers ?? [],
      run,
    });
    calls.push(result.call);
    outcome = {
      success: join(outcome.success, result.outcome.success),
      failure: join(outcome.failure, result.outcome.failure),
    };
  });
  if (outcome.success === null && outcome.failure === null && redirections.length + assignments.length > 0) {
    // A redirection that fails keeps even `exit` from running.
    outcome = both(state);
  }
  return {
    outcome: redirections.length > 0 ? { ...outcome, failure: join(outcome.failure, state) } : outcome,
    calls,
  };

  function runOnce(facts: Omit<Call, "judge" | "judgeScript">): { call: Call; outcome: Outcome } {
    const known = run.functions.get(facts.program);
    const call: Call = {
      ...facts,
      judge: (inner) => judgeInner(call, inner),
      judgeScript: (script) =>
        run.nested(() => walk.script(script, { cwds: facts.cwds, variables: new Map() })),
    };
    if (known !== undefined) return { call, outcome: known(state) };
    const judged = judgeCall(call, { name: name?.text ?? "", wrapped: false });
    return { call, outcome: judged.effect?.(call, state) ?? both(state) };
  }
}

/** P6.1: the command behind a wrapper, held to everything that a bare one is. */
function judgeInner(outer: Call, inner: Pick<Call, "args"> & Partial<Call>): void {
  const [name, ...args] = inner.args;
  if (name === undefined) refuse("P6.1", outer.program, `\`${outer.program}\` needs a command to run.`);
  if (name.type !== "literal" || !plainName.test(name.raw)) {
    refuse(
      "P2.1",
      name.raw,
      "Write the name of the program out, without quotes inside, escapes or expansions.",
    );
  }
  outer.run.countStep();
  const call: Call = {
    ...outer,
    ...inner,
    program: name.text,
    args,
    judge: (further) => judgeInner(call, further),
  };
  outer.run.nested(() => judgeCall(call, { name: name.raw, wrapped: true }));
}

function commandName(name: Word): string {
  if (!plainName.test(name.text)) {
    refuseInvisible(name.text, name.text);
    refuse(
      "P2.1",
      name.text,
      "The name of a program must be written out: no escapes, partial quotes, wildcards or expansions in it.",
    );
  }
  return name.text.replaceAll(/^['"]|['"]$/g, "");
}

function expandWord(word: Word | Assignment, command: string, env: Environment): readonly Arg[] {
  if (word.type === "Word") return expandArguments(word, env);
  if (!declaring.has(command)) return expandArguments(word, env);
  if (word.index !== undefined || word.append || word.value.type === "ArrayValue") {
    refuse("P5.2", word.text, "Subscripts, arrays and `+=` are not followed here. Assign a plain value.");
  }
  return [toArg([text(`${word.name}=`), ...expandScalar(word.value, env)], word.text)];
}

function assignVariable(assignment: Assignment, state: State, walk: Walk): State {
  const { name, value, index, append } = assignment;
  if (index !== undefined)
    refuse("P5.2", assignment.text, "Array subscripts are not followed. Use a plain variable.");
  let values: Value = [];
  if (value.type === "ArrayValue") {
    const { elements } = value;
    combinations(state, walk.run, walk.substitute, (env) => {
      for (const element of elements) {
        if (element.text.startsWith("["))
          refuse("P5.2", element.text, "Array subscripts are not followed. Use a plain list.");
        expandArguments(element, env);
      }
    });
    values = anything;
  } else {
    combinations(state, walk.run, walk.substitute, (env) => {
      values = joinValues(values, [expandScalar(value, env)]);
    });
  }
  if (append) values = appended(state.variables.get(name), values);
  for (const one of values) checkAssignable(name, knownText(one));
  return assign(state, name, values);
}

function appended(before: Value | undefined, after: Value): Value {
  if (before === undefined || before.length * after.length > 64) return anything;
  return before.flatMap((head) => after.map((tail): Alternative => [...head, ...tail]));
}
