/**
 * The sandboxed profile: what an OS sandbox contains may run. Everything else of the strict policy stays: paths,
 * protected state (P3.4), secrets (P3.3, P4.7), the network (P8) and remotes (P9).
 */

import { checkAssignable } from "../shell/names.ts";
import { checkStaysInside } from "../shell/paths.ts";
import { refuse } from "../shell/refusal.ts";
import { assign, both, type Outcome, type State } from "../shell/state.ts";
import { anything } from "../shell/values.ts";
import { builtins } from "./builtins.ts";
import {
  checkInlineCode,
  checkProgramOnStdin,
  checkProjectFile,
  checkStaticArguments,
} from "./interpreters.ts";
import { parseOptions } from "./options.ts";
import { type Call, type Program, type Programs, staticText } from "./program.ts";

/** Words that are paths stay inside the project; the rest is the sandbox's business. */
const contained: Program = {
  judgeCall(call: Call) {
    for (const arg of call.args) checkStaysInside(call, arg);
  },
};

/** `bash script.sh`, and `bash -c '…'` with its text judged like any other. */
function judgeShell(call: Call): void {
  const at = call.args.findIndex((arg) => !(arg.type === "literal" && /^-[eux]+$/.test(arg.text)));
  const [first, ...rest] = at === -1 ? [] : call.args.slice(at);
  if (first === undefined) {
    checkProgramOnStdin(call);
    return;
  }
  if (first.type === "literal" && /^-[eux]*c$/.test(first.text)) {
    const [script, ...args] = rest;
    if (script === undefined) refuse("P7.2", first.raw, "The script is missing.");
    checkInlineCode(script);
    checkStaticArguments(call, args);
    call.judgeScript(staticText(call, script));
    return;
  }
  if (staticText(call, first).startsWith("-"))
    refuse("P12", first.raw, "Run a script of the project: `bash script.sh`.");
  checkProjectFile(call, first);
  checkStaticArguments(call, rest);
}

/** No `-I` and `--to-command`, which run programs. */
const tar: Program = {
  flags: "cxtzjJvpkmOh",
  options: `-f=write -C=write --file=write --directory=write --create --extract --list --gzip --bzip2 --xz --zstd --verbose
    --exclude=text --strip-components=number --keep-old-files --overwrite --no-same-owner --wildcards --auto-compress`,
  operands: "read",
};

function judgeTar(call: Call): void {
  const [first, ...rest] = call.args;
  // `tar xzf a.tgz`: the letters of the first word are options, with or without a dash.
  const letters =
    first?.type === "literal" && /^[a-zA-Z]+$/.test(first.text) ? [{ ...first, text: `-${first.text}` }] : [];
  const { options } = parseOptions(
    { ...call, args: letters.length > 0 ? [...letters, ...rest] : call.args },
    tar,
  );
  for (const { value } of options) {
    // `host:file` is another machine to tar.
    if (value?.type === "literal" && value.text.includes(":"))
      refuse("P8.1", value.raw, "A name with a colon is on another machine. Rename the file.");
  }
}

const shell: Program = { judgeCall: judgeShell, interprets: true };

/** `declare x=1`, `local x`, `readonly x=1`: attributes aside, assignments. */
const declaring: Program = {
  ...builtins.export,
  judgeCall: (call) => builtins.export.judgeCall({ ...call, args: withoutAttributes(call) }),
  effect: (call, state) => builtins.export.effect({ ...call, args: withoutAttributes(call) }, state),
};

function withoutAttributes(call: Call): Call["args"] {
  // Not `-n`, a reference, nor `-i`, which would make every assignment arithmetic (P4.4).
  return call.args.filter((arg) => !(arg.type === "literal" && /^-[gxrlu]+$/.test(arg.text)));
}

function mapped(call: Call, state: State): Outcome {
  const [name] = call.args.slice(-1).map((arg) => staticText(call, arg));
  return both(name === undefined || name.startsWith("-") ? state : assign(state, name, anything));
}

const mapfile: Program = {
  builtin: true,
  flags: "t",
  options: "-d=text -n=number -s=number -O=number",
  operands: "text",
  judge: (call, { operands }) => {
    // `-C` would run a command for every line.
    for (const operand of operands) checkAssignable(staticText(call, operand), null);
  },
  effect: mapped,
};

const jump: Program = {
  builtin: true,
  operands: "number",
  effect: (call, state) => {
    call.run.jumps.push(state);
    // Outside a loop it does nothing.
    return both(state);
  },
};

export const sandboxed: Programs = {
  bash: shell,
  sh: shell,
  declare: declaring,
  typeset: declaring,
  local: declaring,
  readonly: declaring,
  mapfile,
  readarray: mapfile,
  break: jump,
  continue: jump,
  return: { builtin: true, operands: "any" },
  shift: { builtin: true, operands: "number" },
  umask: { builtin: true, operands: "text" },
  tar: { judgeCall: judgeTar },
  unzip: { flags: "lqonjvt", options: "-d=write -x=text", operands: "read" },
  zip: { flags: "rqju9", operands: "write" },
  gzip: { flags: "cdfklqv19", operands: "write" },
  gunzip: { flags: "cfklqv", operands: "write" },
  truncate: { options: "-s=text --size=text", operands: "write" },
  install: contained,
  mktemp: { flags: "dqut", options: "-p=write --directory --tmpdir[=write] --suffix=text", operands: "text" },
  shuf: { flags: "erz", options: "-n=number -i=text --head-count=number", operands: "read" },
  split: contained,
  xxd: { flags: "prbiue", options: "-l=number -s=number -c=number -g=number", operands: ["read", "write"] },
  od: { flags: "abcdfoxv", options: "-A=text -t=text -N=number -j=number", operands: "read" },
  hexdump: { flags: "Cbcdox", options: "-n=number -s=number", operands: "read" },
  expand: { operands: "read" },
  tput: { operands: "text" },
  clear: { operands: "none" },
  hostname: { operands: "none" },
  arch: { operands: "none" },
  bun: { ...contained, interprets: true },
  deno: { ...contained, interprets: true },
  ruff: { ...contained, interprets: true },
  mypy: { ...contained, interprets: true },
  black: { ...contained, interprets: true },
  ruby: { ...contained, interprets: true },
  gcc: { ...contained, interprets: true },
  "g++": { ...contained, interprets: true },
  rustc: { ...contained, interprets: true },
  vite: { ...contained, interprets: true },
  next: { ...contained, interprets: true },
};
