/** P2.2, P3.6, P5: builtins that change the shell, and what is known of it afterwards. */
import { checkAssignable, isSecretName } from "../shell/names.ts";
import { isInsideOrSame, resolveAll } from "../shell/paths.ts";
import { refuse } from "../shell/refusal.ts";
import { assign, both, type Outcome, type State } from "../shell/state.ts";
import { type Arg, anything, hole, text, type Value } from "../shell/values.ts";
import { parseOptions } from "./options.ts";
import { type Call, type Program, type Programs, staticText } from "./program.ts";

export const builtins = {
  cd: { builtin: true, judgeCall: () => {}, effect: changeDirectory },
  export: { builtin: true, judgeCall: judgeExport, effect: exported },
  unset: { builtin: true, judgeCall: judgeUnset, effect: unset },
  read: { builtin: true, judgeCall: judgeRead, effect: filled },
  set: { builtin: true, judgeCall: judgeSet },
  exit: { builtin: true, judgeCall: judgeExit, effect: exited },
  wait: { builtin: true, judgeCall: judgeWait },
  type: { builtin: true, flags: "aptfP", operands: "text" },
  command: { builtin: true, judgeCall: judgeCommandLookup },
  source: { builtin: true, judgeCall: judgeSource, interprets: true },
  ".": { builtin: true, judgeCall: judgeSource, interprets: true },
} as const satisfies Programs;

/** P3.6: to a directory that is known, inside the project, from wherever the shell may be. */
function changeDirectory(call: Call, state: State): Outcome {
  const args = call.args.filter((arg) => !(arg.type === "literal" && /^-(?:[LPe]+|-)$/.test(arg.text)));
  const [target] = args;
  if (target === undefined || args.length > 1)
    refuse("P3.6", "cd", "`cd` takes one directory of the project.");
  if (target.type !== "literal" || target.approximate) {
    refuse("P3.6", target.raw, "This directory is not known before it runs. Write it out.");
  }
  if (target.text.startsWith("-"))
    refuse("P3.6", target.raw, "`cd -` is not followed. Use a subshell: `(cd x && …)`.");
  const { project, tmpdir } = call.run.context;
  const cwds = resolveAll(call, target);
  for (const cwd of cwds) {
    if (isInsideOrSame(cwd, project) || isInsideOrSame(cwd, tmpdir)) continue;
    refuse(
      "P3.6",
      target.raw,
      state.cwds.length > 1
        ? `If an earlier \`cd\` fails, this leads to \`${cwd}\`, outside the project. Use \`cd x && …\`, or a subshell: \`(cd x && …)\`.`
        : `\`${cwd}\` is outside the project. Stay inside it.`,
    );
  }
  return { success: { ...state, cwds: [...new Set(cwds)] }, failure: state };
}

function judgeExport(call: Call): void {
  if (call.args.length === 0)
    refuse("P4.7", "export", "This would print every variable. Name the one to export.");
  for (const arg of call.args) {
    const { name, value } = assignmentOf(call, arg);
    checkAssignable(name, value);
  }
}

function assignmentOf(call: Call, arg: Arg): { name: string; value: string | null; values: Value } {
  if (arg.type === "dynamic") {
    const match = /^([A-Za-z_]\w*)=/.exec(arg.prefix);
    if (match?.[1] === undefined || arg.splits)
      refuse("P5.2", arg.raw, 'Write `export NAME="value"`, with the name written out.');
    return { name: match[1], value: null, values: anything };
  }
  const word = staticText(call, arg);
  if (word.startsWith("-")) refuse("P12", arg.raw, "`export` takes no options here.");
  const equals = word.indexOf("=");
  if (equals === -1) return { name: word, value: "", values: [] };
  const value = word.slice(equals + 1);
  if (arg.type === "literal" && arg.approximate)
    return {
      name: word.slice(0, equals),
      value: null,
      values: /^-?\d+$/.test(value) ? [[hole("number")]] : anything,
    };
  return { name: word.slice(0, equals), value, values: [[text(value)]] };
}

function exported(call: Call, state: State): Outcome {
  return both(
    call.args.reduce((at, arg) => {
      const { name, values } = assignmentOf(call, arg);
      return values.length === 0 ? at : assign(at, name, values);
    }, state),
  );
}

function names(call: Call, args: readonly Arg[]): readonly string[] {
  return args.map((arg) => {
    const name = staticText(call, arg);
    checkAssignable(name, null);
    return name;
  });
}

function judgeUnset(call: Call): void {
  names(call, withoutFlag(call.args));
}

function withoutFlag(args: readonly Arg[]): readonly Arg[] {
  const [first, ...rest] = args;
  return first?.type === "literal" && first.text === "-v" ? rest : args;
}

function unset(call: Call, state: State): Outcome {
  // An unset secret is empty, but only bash knows whether the unset worked.
  const gone = names(call, withoutFlag(call.args)).filter((name) => !isSecretName(name));
  return both(gone.reduce((at, name) => assign(at, name, anything), state));
}

const read: Program = {
  flags: "rs",
  options: "-p=any -t=number -n=number -N=number -d=text -u=number",
  operands: "text",
};

function judgeRead(call: Call): void {
  names(call, parseOptions(call, read).operands);
}

function filled(call: Call, state: State): Outcome {
  const { operands } = parseOptions(call, read);
  const targets = operands.length === 0 ? ["REPLY"] : names(call, operands);
  return both(targets.reduce((at, name) => assign(at, name, anything), state));
}

/** P2.2: only what makes a script stricter or more talkative. */
function judgeSet(call: Call): void {
  const words = call.args.map((arg) => staticText(call, arg));
  for (let index = 0; index < words.length; index += 1) {
    const word = words[index] ?? "";
    if (/^[-+][eux]+$/.test(word)) continue;
    if (/^[-+][eux]*o$/.test(word) && words[index + 1] === "pipefail") {
      index += 1;
      continue;
    }
    refuse("P2.2", word, "Only `set -e`, `-u`, `-x` and `-o pipefail` are allowed.");
  }
  if (words.length === 0) refuse("P4.7", "set", "This would print every variable.");
}

function judgeExit(call: Call): void {
  const [status, ...more] = call.args;
  if (more.length > 0) refuse("P12", "exit", "`exit` takes one status.");
  if (status?.type === "dynamic" && status.splits && status.holds === "anything")
    refuse("P4.3", status.raw, "Quote the status.");
}

/** With a status that may not be a number it is not certain to exit. */
function exited(call: Call, state: State): Outcome {
  const [status] = call.args;
  const certain = status === undefined || (status.type === "literal" && /^\d+$/.test(status.text));
  return certain ? { success: null, failure: null } : both(state);
}

function judgeWait(call: Call): void {
  for (const arg of call.args) {
    if (arg.type === "literal" && !/^(?:\d+|%[\w+-]*|-n|-f)$/.test(arg.text))
      refuse("P12", arg.raw, "`wait` takes pids and jobs.");
    if (arg.type === "dynamic" && arg.splits && arg.holds === "anything")
      refuse("P4.3", arg.raw, "Quote the pid.");
  }
}

function judgeCommandLookup(call: Call): void {
  const [flag, ...rest] = call.args;
  if (flag?.type !== "literal" || !/^-[vV]$/.test(flag.text)) {
    refuse("P6.1", "command", "Only `command -v` is allowed. Run the program directly.");
  }
  for (const arg of rest) staticText(call, arg);
}

/** P2.2: activating the project's virtual environment is the one exception. */
function judgeSource(call: Call): void {
  const [file, ...more] = call.args;
  const advice =
    "Only venv/bin/activate or .venv/bin/activate of the project may be sourced. Run ./scripts/<name>.sh instead.";
  if (file?.type !== "literal" || more.length > 0) refuse("P2.2", call.program, advice);
  for (const path of resolveAll(call, file)) {
    const inside = path.startsWith(`${call.run.context.project}/`);
    if (!inside || !/\/\.?venv\/bin\/activate$/.test(path) || !file.text.includes("/"))
      refuse("P2.2", file.raw, advice);
  }
}
