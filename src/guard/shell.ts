/**
 * An allow-list of shell commands by program name. It decides from the text alone and denies what it cannot
 * resolve: every command must be plain words, every program on the list, every redirection inside the project.
 */
import {
  type CommandArgument,
  type PipelineNode,
  parse,
  type Redirection,
  type Statement,
  type Word,
} from "unbash";
import type { Verdict } from "./verdict.ts";

export interface ShellContext {
  readonly project: string;
  readonly cwd: string;
  readonly home: string;
  readonly tmpdir: string;
}

const programs = new Set(
  `ls cat head tail wc grep rg find sort uniq cut tr diff nl tree stat file du jq date pwd which echo printf true
   false test cd mkdir touch cp mv rm chmod tee git npm npx node python python3 pytest pip make cargo go tsc vitest
   jest eslint prettier curl kill sleep`.split(/\s+/),
);
const projectScript = /^\.\/(init\.sh|scripts\/[\w.-]+\.sh|node_modules\/\.bin\/[\w.-]+)$/;

export function checkCommand(
  command: string,
  _context: ShellContext,
  _profile: "strict" | "sandboxed",
): Verdict {
  const { commands, errors } = parse(command);
  if (errors !== undefined && errors.length > 0) return deny("P1.3", command, "It cannot be parsed.");
  if (commands.length === 0) return deny("P1.4", command, "There is no command in it.");
  for (const statement of commands) {
    const denied = checkStatement(statement);
    if (denied !== null) return denied;
  }
  return { allow: true, rule: "P2.2" };
}

function checkStatement({ command }: Statement): Verdict | null {
  const pipelines = command.type === "AndOr" ? command.commands : [command];
  for (const pipeline of pipelines) {
    for (const single of pipeline.type === "Pipeline" ? pipeline.commands : [pipeline]) {
      const denied = checkSimple(single);
      if (denied !== null) return denied;
    }
  }
  return null;
}

function checkSimple(node: PipelineNode): Verdict | null {
  if (node.type !== "Command") return deny("P2.4", node.type, "Run plain commands, one after the other.");
  if (node.name === undefined || node.prefix.length > 0)
    return deny("P5.1", "", "Set no variables before a command.");
  const { text } = node.name;
  if (!programs.has(text) && !projectScript.test(text)) {
    return deny(
      "P2.2",
      text,
      "It is not on the list of programs; use the file tools, or a program of the project.",
    );
  }
  const words = node.args.map(checkWord).find((denied) => denied !== null);
  return (
    words ??
    node.redirects.map(checkRedirection).find((denied) => denied !== null) ??
    outside(text, node.args)
  );
}

function checkWord(word: CommandArgument): Verdict | null {
  if (word.type === "Assignment") return deny("P5.1", word.text, "Set no variables.");
  const plain = (word.parts ?? []).every((part) =>
    part.type === "DoubleQuoted"
      ? part.parts.every((inner) => inner.type === "Literal")
      : part.type === "Literal" || part.type === "SingleQuoted" || part.type === "Glob",
  );
  return plain ? null : deny("P4.3", word.text, "Write the value out; expansions are not resolved here.");
}

function checkRedirection(redirection: Redirection): Verdict | null {
  if (redirection.type !== "Redirect")
    return deny("P4.3", redirection.operator, "Use the Write tool instead.");
  const { target } = redirection;
  if (target === undefined) return deny("P3.1", redirection.operator, "It has no target.");
  const harmless = target.value === "/dev/null" || /^\d$/.test(target.value) || isInside(target);
  return checkWord(target) ?? (harmless ? null : deny("P3.1", target.text, "Write inside the project only."));
}

/** Programs that change files must stay where they are. */
function outside(program: string, args: readonly CommandArgument[]): Verdict | null {
  if (!["rm", "mv", "cp", "chmod", "mkdir", "touch", "tee", "cd"].includes(program)) return null;
  const wrong = args.find((arg) => arg.type === "Word" && !isInside(arg));
  return wrong === undefined
    ? null
    : deny("P3.5", wrong.text, "Name files inside the project, by relative paths.");
}

function isInside({ value }: Word): boolean {
  return (
    !/^[/~]/.test(value) && !value.split("/").includes("..") && !/^\.?(git|onward|claude)(\/|$)/.test(value)
  );
}

function deny(rule: string, offending: string, instead: string): Verdict {
  return {
    allow: false,
    rule,
    offending,
    reason: `Denied: ${offending === "" ? "the command" : `\`${offending}\``}. ${instead}`,
  };
}
