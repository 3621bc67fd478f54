/** P9: git. What stands before the subcommand, and each subcommand with what it takes. */
import { isInsideOrSame, resolveAll } from "../shell/paths.ts";
import { refuse } from "../shell/refusal.ts";
import { gitSubcommands } from "./git-subcommands.ts";
import { parseOptions } from "./options.ts";
import { type Call, type Program, staticText } from "./program.ts";

const harmlessKey = /^(?:user\.name|user\.email|commit\.gpgsign|color\.[\w.]+|core\.quotepath)=[^\n]*$/i;

const ruled = new WeakMap<Program, Program>();

/** An option off the list offends P9.2. */
function withRule(subcommand: Program): Program {
  const known = ruled.get(subcommand) ?? { rule: "P9.2", ...subcommand };
  ruled.set(subcommand, known);
  return known;
}

export function judgeGit(call: Call): void {
  const { args } = call;
  let { cwds } = call;
  for (let index = 0; index < args.length; index += 1) {
    const arg = args[index];
    if (arg === undefined) break;
    const word = staticText(call, arg);
    if (word === "--version" && args.length === 1) return;
    if (word === "--no-pager" || word === "--no-optional-locks") continue;
    if (word === "-C" || word === "-c") {
      const value = args[index + 1];
      if (value === undefined) refuse("P9.2", word, `\`git ${word}\` needs a value.`);
      if (word === "-C") cwds = cwds.flatMap((cwd) => resolveAll({ ...call, cwds: [cwd] }, value));
      else if (!harmlessKey.test(staticText(call, value))) {
        refuse(
          "P9.2",
          value.raw,
          "Only user.name, user.email, commit.gpgsign, color.* and core.quotepath may be set with `git -c`.",
        );
      }
      index += 1;
      continue;
    }
    if (word.startsWith("-")) {
      refuse("P9.2", arg.raw, `\`git ${arg.raw}\` is not allowed before the subcommand. Leave it out.`);
    }
    judgeSubcommand({ ...call, cwds, args: args.slice(index + 1) }, word, arg.raw);
    return;
  }
  refuse("P9.1", "git", "git needs a subcommand.");
}

function judgeSubcommand(call: Call, name: string, raw: string): void {
  const { project, tmpdir } = call.run.context;
  if (!call.cwds.every((cwd) => isInsideOrSame(cwd, project) || isInsideOrSame(cwd, tmpdir))) {
    refuse(
      "P9.2",
      raw,
      "git may only work inside the project. Leave `-C` out, or name a directory of the project.",
    );
  }
  const subcommand = Object.hasOwn(gitSubcommands, name) ? gitSubcommands[name] : undefined;
  if (subcommand === undefined) {
    refuse(
      "P9.1",
      raw,
      `\`git ${name}\` is not on the list of git commands. Use status, diff, log, add, commit, checkout, merge and the like.`,
    );
  }
  const parsed = parseOptions({ ...call, program: `git ${name}` }, withRule(subcommand));
  subcommand.judge?.(call, parsed);
}
