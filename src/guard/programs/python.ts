/** P7 and P10.4: python, pip, pytest, poetry and uv. */
import { checkStaysInside } from "../shell/paths.ts";
import { refuse } from "../shell/refusal.ts";
import type { Arg } from "../shell/values.ts";
import { judgeDevTool } from "./dev-tools.ts";
import {
  checkInlineCode,
  checkProgramOnStdin,
  checkProjectFile,
  checkStaticArguments,
} from "./interpreters.ts";
import { has, parseOptions } from "./options.ts";
import { checkPythonSpec } from "./packages.ts";
import { type Call, type Program, type Programs, staticText } from "./program.ts";

const flags = /^-[uBOvqIsSEbdxRP]+$/;
/** Modules that take a program from their input, or run one that is named elsewhere. */
const interactive = /^(?:code|codeop|asyncio|pdb|bdb|runpy|idlelib|this|antigravity|sqlite3)(?:\.|$)/;

function judgePython(call: Call): void {
  const { args } = call;
  for (let index = 0; index < args.length; index += 1) {
    const arg = args[index];
    if (arg === undefined) break;
    const word = arg.type === "literal" ? arg.text : staticText(call, arg);
    const rest = args.slice(index + 1);
    if (/^(?:--version|-V|-VV|--help|-h)$/.test(word)) return;
    if (flags.test(word)) continue;
    if (word === "-X" || word === "-W") {
      if (args[index + 1] !== undefined) staticText(call, args[index + 1] as Arg);
      index += 1;
      continue;
    }
    if (/^-[uBOvqIsSEb]*[cm]$/.test(word)) {
      const [program, ...passed] = rest;
      if (program === undefined) refuse("P7.2", word, "The code is missing.");
      if (word.endsWith("m")) {
        judgeModule(call, program, passed);
        return;
      }
      checkInlineCode(program);
      checkStaticArguments(call, passed);
      return;
    }
    if (word === "-") {
      checkStaticArguments(call, rest);
      checkProgramOnStdin(call);
      return;
    }
    if (word.startsWith("-")) {
      refuse("P12", arg.raw, `\`${call.program} ${arg.raw}\`: this option is not on the list. Leave it out.`);
    }
    checkProjectFile(call, arg);
    checkStaticArguments(call, rest);
    return;
  }
  checkProgramOnStdin(call);
}

function judgeModule(call: Call, module: Arg, args: readonly Arg[]): void {
  const name = staticText(call, module);
  if (!/^[A-Za-z_][\w.]*$/.test(name) || interactive.test(name)) {
    refuse("P7.2", module.raw, "This module takes its program from elsewhere. Run a script of the project.");
  }
  if (name === "pip") {
    judgePip({ ...call, program: "pip", args });
    return;
  }
  for (const arg of args) checkStaysInside(call, arg);
}

const pip: Program = {
  rule: "P10.4",
  flags: "Uqvy",
  options: `-r=read -e=path -c=read -t=path --requirement=read --editable=path --constraint=read --target=path --prefix=path
    --upgrade --upgrade-strategy=text --quiet --verbose --no-cache-dir --no-deps --pre --force-reinstall --yes
    --dry-run --ignore-installed --no-input --no-color --disable-pip-version-check --no-warn-script-location
    --break-system-packages --only-binary=text --prefer-binary --no-build-isolation --require-hashes --progress-bar=text
    --outdated --uptodate --format=text --local --not-required --exclude=text --exclude-editable --all --files
    --version --timeout=number --retries=number --root-user-action=text --dev --extra=text --group=text
    --frozen --locked --no-sync --no-dev --all-extras --python=text --no-root --sync --only=text --with=text
    --without=text --optional=text --no-interaction -n -D -G=text --no-group=text --no-install-project --all-groups`,
  operands: "text",
};

function judgePip(call: Call): void {
  const parsed = parseOptions(call, pip);
  const [verb, ...specs] = parsed.operands;
  if (verb === undefined) {
    if (has(parsed, "--version")) return;
    refuse("P10.4", call.program, "pip needs a subcommand.");
  }
  const name = staticText(call, verb);
  if (!/^(?:install|uninstall|list|show|freeze|check)$/.test(name)) {
    refuse("P10.4", verb.raw, "Only pip install, uninstall, list, show, freeze and check are allowed.");
  }
  for (const spec of specs) checkPythonSpec(call, spec);
}

/** poetry and uv: their subcommands, and `run`, which runs another command (P6.1). */
function judgeProject(call: Call, verbs: RegExp): void {
  const [verb, ...args] = call.args;
  if (verb === undefined) refuse("P10.4", call.program, `\`${call.program}\` needs a subcommand.`);
  const name = staticText(call, verb);
  if (name === "--version") return;
  if (name === "run") {
    judgeRun(call, args);
    return;
  }
  if (name === "pip" && call.program === "uv") {
    judgePip({
      ...call,
      program: "uv pip",
      args: args.filter((arg) => !(arg.type === "literal" && arg.text === "--system")),
    });
    return;
  }
  if (!verbs.test(name))
    refuse(
      "P10.4",
      verb.raw,
      `\`${call.program} ${name}\` is not on the list. Use install, add, remove, sync, lock or run.`,
    );
  const parsed = parseOptions({ ...call, program: `${call.program} ${name}`, args }, pip);
  for (const operand of parsed.operands) {
    if (/^(?:add|remove|update|show)$/.test(name)) checkPythonSpec(call, operand);
    else checkStaysInside(call, operand);
  }
}

function judgeRun(call: Call, args: readonly Arg[]): void {
  const at = args.findIndex(
    (arg) => !(arg.type === "literal" && /^(?:--frozen|--locked|--no-sync|-q|--quiet|--)$/.test(arg.text)),
  );
  const [first] = args.slice(at);
  if (at === -1 || first === undefined) refuse("P6.1", "run", "Name the command to run.");
  if (first.type === "literal" && /\.py$/.test(first.text)) {
    checkProjectFile(call, first);
    checkStaticArguments(call, args.slice(at + 1));
    return;
  }
  if (
    first.type === "literal" &&
    /^(?:ruff|mypy|black|isort|flake8|pyright|uvicorn|gunicorn|flask|django-admin|alembic|coverage)$/.test(
      first.text,
    )
  ) {
    judgeDevTool({ ...call, program: first.text, args: args.slice(at + 1) });
    return;
  }
  call.judge({ args: args.slice(at) });
}

const interpreter = { judgeCall: judgePython, interprets: true } as const;
const installer = { judgeCall: judgePip, interprets: true } as const;

export const python = {
  python: interpreter,
  python3: interpreter,
  pip: installer,
  pip3: installer,
  pytest: { judgeCall: judgeDevTool, interprets: true },
  poetry: {
    judgeCall: (call) =>
      judgeProject(call, /^(?:install|add|remove|update|lock|show|check|build|init|env|sync)$/),
    interprets: true,
  },
  uv: {
    judgeCall: (call) => judgeProject(call, /^(?:sync|add|remove|lock|tree|venv|init|build)$/),
    interprets: true,
  },
} as const satisfies Programs;
