/** P2.2 and P2.3: which program a name stands for, and whether its words are allowed. */
import { resolve } from "../shell/paths.ts";
import { refuse } from "../shell/refusal.ts";
import { parseOptions } from "./options.ts";
import type { Call, Program } from "./program.ts";
import { projectBinary, projectScript } from "./project-scripts.ts";
import { findProgram } from "./table.ts";

const systemDirectory = /^\/(?:usr\/(?:local\/)?)?bin\/(?=[^/]+$)/;
/** Relative to the project, from wherever the shell may be. */
const script = /^(?:init\.sh|scripts\/[\w.-]+\.sh)$/;
const localBinary = /^node_modules\/\.bin\/([\w.-]+)$/;
const virtualEnvironment = /^\.?venv\/bin\/(python3?|pip3?|pytest)$/;
const name = /^[\w.+[:-]+$/;

/** `wrapped`: another program runs it, so that it cannot be a builtin. */
export function judgeCall(call: Call, how: { readonly name: string; readonly wrapped: boolean }): Program {
  const program = call.program.includes("/") ? byPath(call) : byName(call, how.wrapped);
  call.run.calls.push(call);
  if (program.interprets) call.run.interpreter = call.program;
  if (program.judgeCall !== undefined) program.judgeCall(call);
  else {
    const parsed = parseOptions(call, program);
    program.judge?.(call, parsed);
  }
  return program;
}

function byName(call: Call, wrapped: boolean): Program {
  const program = name.test(call.program) ? findProgram(call.program, call.run) : null;
  if (program === null) refuseProgram(call);
  if (wrapped && program.builtin) {
    refuse(
      "P6.1",
      call.program,
      `\`${call.program}\` is a builtin: it cannot be run by another program. Call it by itself.`,
    );
  }
  return program;
}

function byPath(call: Call): Program {
  const listed = systemDirectory.test(call.program)
    ? findProgram(call.program.replace(systemDirectory, ""), call.run)
    : null;
  if (listed !== null && !listed.builtin) return listed;
  const { project } = call.run.context;
  const programs = call.cwds.map((cwd): Program | null => {
    const path = resolve(cwd, call.program);
    if (!path.startsWith(`${project}/`)) return null;
    const relative = path.slice(project.length + 1);
    if (script.test(relative)) return projectScript;
    if (localBinary.test(relative)) return projectBinary;
    const inEnvironment = virtualEnvironment.exec(relative)?.[1];
    return inEnvironment === undefined ? null : findProgram(inEnvironment, call.run);
  });
  const [program = null] = programs;
  if (program !== null && programs.every((other) => other === program)) return program;
  refuse(
    "P2.3",
    call.program,
    "Only ./init.sh, ./scripts/*.sh, ./node_modules/.bin/* and the virtual environment's programs of the project itself may be run by path. Run it from the project's root, or through an npm script.",
  );
}

const instead: Readonly<Record<string, string>> = {
  bash: "Run the commands directly, or make it a script of the project and run ./scripts/<name>.sh.",
  sh: "Run the commands directly, or make it a script of the project and run ./scripts/<name>.sh.",
  zsh: "Run the commands directly.",
  eval: "Write the command out.",
  exec: "Run the command without `exec`.",
  source: "Run it as ./scripts/<name>.sh; only venv/bin/activate may be sourced.",
  ".": "Run it as ./scripts/<name>.sh; only venv/bin/activate may be sourced.",
  sudo: "Nothing here needs root: install into the project instead.",
  killall: "Use `pkill node`, or `kill` with a pid.",
  printenv:
    'Programs read their environment themselves; use `echo "$NAME"` for a single variable that is no secret.',
  break: "Use `&& exit 0`, or put the loop into a subshell and `exit` it.",
  continue: "Turn the condition around: `if …; then …; fi`.",
  ln: "Copy the file instead.",
  perl: "Use node or python3, or sed and awk.",
  tar: "Use npm, pip or git to fetch what is needed.",
  mapfile: "Use `while read -r line; do …; done < file`.",
  readarray: "Use `while read -r line; do …; done < file`.",
  local: "Use a plain assignment.",
  declare: "Use a plain assignment.",
  readonly: "Use a plain assignment.",
  trap: "Clean up as the last command instead.",
  truncate: "Use `: > file`.",
  vim: "Use the Edit tool.",
  vi: "Use the Edit tool.",
  nano: "Use the Edit tool.",
  less: "Use `cat` or `head`.",
  more: "Use `cat` or `head`.",
};

function refuseProgram(call: Call): never {
  refuse(
    "P2.2",
    call.program,
    `\`${call.program}\` is not on the list of programs. ${instead[call.program] ?? "Use a listed program, an npm script, or the file tools."}`,
  );
}
