/** P6.1: programs that run another one, which is judged as if it stood alone. */
import { checkAssignable } from "../shell/names.ts";
import { isInsideOrSame, resolveAll } from "../shell/paths.ts";
import { refuse } from "../shell/refusal.ts";
import { optionValue, type Parsed } from "./options.ts";
import { type Call, type Programs, staticText } from "./program.ts";
import { judgeXargs } from "./xargs.ts";

export const wrappers = {
  env: {
    flags: "i0v",
    options: "-u=text -C=text --ignore-environment --unset=text --chdir=text",
    operands: "command",
    posix: true,
    judge: judgeEnv,
  },
  timeout: {
    flags: "v",
    options: "-s=text -k=text --signal=text --kill-after=text --foreground --preserve-status --verbose",
    operands: "command",
    posix: true,
    judge: (call, { operands: [duration, ...command] }) => {
      if (duration === undefined || !/^(?:\d+\.?\d*|\.\d+)[smhd]?$/.test(staticText(call, duration))) {
        refuse(
          "P12",
          duration?.raw ?? "timeout",
          "`timeout` takes a duration, such as `timeout 60 npm test`.",
        );
      }
      call.judge({ args: command });
    },
  },
  nice: {
    options: "-# -n=number --adjustment=number",
    operands: "command",
    posix: true,
    judge: runInner,
  },
  nohup: { operands: "command", posix: true, judge: runInner },
  stdbuf: {
    options: "-i=text -o=text -e=text --input=text --output=text --error=text",
    operands: "command",
    posix: true,
    judge: runInner,
  },
  time: {
    flags: "pvaq",
    options: "-f=text -o=write --format=text --output=write --portability --verbose --append --quiet",
    operands: "command",
    posix: true,
    judge: runInner,
  },
  xargs: { judgeCall: judgeXargs },
} as const satisfies Programs;

function runInner(call: Call, { operands }: Parsed): void {
  call.judge({ args: operands });
}

/** P5.1 for its assignments; P5.2: no `-S`, and never without a command, which would print every variable. */
function judgeEnv(call: Call, parsed: Parsed): void {
  let { operands } = parsed;
  while (true) {
    const [first] = operands;
    if (first === undefined)
      refuse("P5.2", "env", "`env` alone prints every variable. Name the command to run.");
    const known = first.type === "dynamic" ? first.prefix : first.text;
    const name = /^([^=]*)=/.exec(known)?.[1];
    if (name === undefined) break;
    if (first.type === "dynamic" && first.splits)
      refuse("P4.3", first.raw, "Unquoted, this may become several words. Put it in double quotes.");
    checkAssignable(
      name,
      first.type === "literal" && !first.approximate ? first.text.slice(name.length + 1) : null,
    );
    operands = operands.slice(1);
  }
  for (const { name, value } of parsed.options) {
    if (value !== null && /^(?:-u|--unset)$/.test(name)) checkAssignable(staticText(call, value), null);
  }
  const directory = optionValue(parsed, "-C", "--chdir");
  if (directory === null) {
    call.judge({ args: operands });
    return;
  }
  const cwds = resolveAll(call, directory);
  const { project, tmpdir } = call.run.context;
  if (
    directory.type !== "literal" ||
    !cwds.every((cwd) => isInsideOrSame(cwd, project) || isInsideOrSame(cwd, tmpdir))
  ) {
    refuse("P3.6", directory.raw, "This directory is outside the project.");
  }
  call.judge({ args: operands, cwds });
}
