/** P11: programs that look at processes, and those that end them. */

import { checkStaysInside } from "../shell/paths.ts";
import { refuse } from "../shell/refusal.ts";
import type { Arg } from "../shell/values.ts";
import { parseOptions } from "./options.ts";
import { type Call, type Program, type Programs, staticText } from "./program.ts";

const signal =
  /^-(?:s$|n$|\d{1,2}$|(?:SIG)?(?:HUP|INT|QUIT|KILL|TERM|USR1|USR2|STOP|CONT|TSTP|ABRT|PIPE|ALRM)$)/i;
const signalName =
  /^(?:\d{1,2}|(?:SIG)?(?:HUP|INT|QUIT|KILL|TERM|USR1|USR2|STOP|CONT|TSTP|ABRT|PIPE|ALRM))$/i;

function judgeKill(call: Call): void {
  const { args } = call;
  let index = 0;
  let targets = 0;
  let options = true;
  for (; index < args.length; index += 1) {
    const arg = args[index];
    if (arg === undefined) break;
    if (arg.type === "dynamic") {
      if (arg.prefix !== "" && !/^\d+$/.test(arg.prefix))
        refuse("P11", arg.raw, "A process id must stand by itself.");
      targets += 1;
      continue;
    }
    const word = staticText(call, arg);
    if (options && word === "-l" && args.length <= 2) return;
    if (options && targets === 0 && signal.test(word) && !(arg.type === "literal" && arg.approximate)) {
      if (/^-[sn]$/.test(word)) {
        const name = args[index + 1];
        if (name === undefined || !signalName.test(staticText(call, name)))
          refuse("P11", word, "Name a signal.");
        index += 1;
      }
      // `kill -1 -1` and the like: only the first number is a signal.
      options = false;
      continue;
    }
    if (word === "--") continue;
    targets += 1;
    if (
      arg.type === "literal" &&
      arg.approximate &&
      /^\$(?:!|\{!\}|\$|PPID|[A-Za-z_]\w*|\{[A-Za-z_]\w*\})$/.test(arg.raw.replaceAll('"', ""))
    )
      continue;
    const pid = /^%[\w+-]*$/.test(word) ? "job" : /^\d+$/.test(word) ? Number(word) : null;
    if (pid === null || pid === 0 || pid === 1) {
      refuse(
        "P11",
        arg.raw,
        "Only a process of its own may be ended: a literal pid, `$!`, `%1`, or the output of lsof or pgrep.",
      );
    }
  }
  if (targets === 0) refuse("P11", "kill", "Name the process to end.");
}

const pkill: Program = {
  rule: "P11",
  flags: "fxnoe",
  options: `-# -9 -15 -TERM -KILL -INT -HUP -QUIT -USR1 -USR2 -SIGTERM -SIGKILL -SIGINT -SIGHUP --signal=text --full --exact
    --newest --oldest --echo`,
  operands: "text",
};

function judgePkill(call: Call): void {
  const { operands, options } = parseOptions(call, pkill);
  for (const { value } of options)
    if (value !== null && !signalName.test(staticText(call, value)))
      refuse("P11", value.raw, "Name a signal.");
  const [pattern, ...more] = operands;
  if (pattern === undefined || more.length > 0) refuse("P11", "pkill", "pkill takes exactly one pattern.");
  const [first, ...rest] = staticText(call, pattern).split(" ");
  const plain = /^[A-Za-z0-9_ .=:@/-]*$/.test(rest.join(" "));
  if (!/^(?:node|npm|npx|vite|next)$/.test(first ?? "") || !plain) {
    refuse(
      "P11",
      pattern.raw,
      "pkill may only end node, npm, npx, vite or next, such as `pkill -f 'node server.js'`.",
    );
  }
  for (const word of rest)
    if (/[/.]{2}|\//.test(word)) checkStaysInside(call, { ...pattern, text: word } as Arg);
}

/** BSD letters without `e`, which prints the environment (P4.7). */
function judgePs(call: Call): void {
  const { args } = call;
  for (let index = 0; index < args.length; index += 1) {
    const arg = args[index];
    if (arg === undefined) break;
    if (arg.type === "dynamic" && /^"?\$/.test(arg.raw)) {
      if (index > 0) continue;
    }
    if (arg.type === "literal" && arg.approximate) continue;
    const word = staticText(call, arg);
    if (
      /^[axufjlrw]+$|^\d+(?:,\d+)*$|^-[AadefFjlLwyHT]+$|^--(?:forest|no-headers|headers|width=\d+|sort=[\w,+-]+|pid=\d+|ppid=\d+)$/.test(
        word,
      )
    )
      continue;
    if (/^-[AadefFjlLwHT]*[opCuUtg]$|^--(?:sort|pid|ppid|format|user)$/.test(word)) {
      index += 1;
      const value = args[index];
      if (value === undefined) refuse("P12", word, "A value is missing.");
      if (value.type === "dynamic" || (value.type === "literal" && value.approximate)) {
        if (/[pC]$|pid$/.test(word)) continue;
      }
      if (!/^[\w,.=+%:-]+$/.test(staticText(call, value)) || /environ/i.test(staticText(call, value)))
        refuse("P4.7", value.raw, "This column is not allowed.");
      continue;
    }
    const attached =
      /^-[op]([\w,.=+%:-]+)$/.exec(word)?.[1] ?? /^(?:-o|--format=)([\w,.=+%:-]+)$/.exec(word)?.[1];
    if (attached !== undefined && !/environ/i.test(attached)) continue;
    refuse("P12", arg.raw, "Use `ps aux`, `ps -ef` or `ps -p <pid> -o pid,cmd`.");
  }
}

export const processes = {
  kill: { judgeCall: judgeKill },
  pkill: { judgeCall: judgePkill },
  ps: { judgeCall: judgePs },
  pgrep: {
    flags: "afilnovxcLw",
    options: `-P=any -u=text -U=text -g=text -t=text -d=text --full --list-name --list-full --exact --newest --oldest --count --ignore-case
      --inverse --delimiter=text --parent=any --euid=text`,
    operands: "text",
  },
  lsof: {
    flags: "tnPlRUNawVb",
    options: "-i[=text] -p=any -c=text -u=text -s[=text] -F[=text]",
    operands: "read",
  },
  ss: {
    flags: "tulnpaxesmor046Hi",
    options:
      "--tcp --udp --listening --numeric --processes --all --summary --no-header --ipv4 --ipv6 --extended",
    operands: "text",
  },
  sleep: { operands: "command", judge: (_call, { operands }) => checkSleep(operands) },
  nproc: { options: "--all --ignore=number", operands: "none" },
  free: {
    flags: "bkmghtwlv",
    options:
      "-s=number -c=number --bytes --kibi --mebi --gibi --kilo --mega --giga --human --total --wide --si",
    operands: "none",
  },
  uptime: { flags: "ps", options: "--pretty --since", operands: "none" },
} as const satisfies Programs;

function checkSleep(operands: readonly Arg[]): void {
  for (const operand of operands) {
    if (operand.type === "literal" && !/^(?:\d+\.?\d*|\.\d+)[smhd]?$/.test(operand.text))
      refuse("P12", operand.raw, "sleep takes a number of seconds.");
  }
}
