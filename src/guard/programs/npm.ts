/** P10.1–P10.3: npm, pnpm, yarn, and the programs that `npx` and its kin may fetch and run. */
import { refuse } from "../shell/refusal.ts";
import type { Arg } from "../shell/values.ts";
import { judgeDevTool } from "./dev-tools.ts";
import { has, parseOptions } from "./options.ts";
import { checkNpmSpec } from "./packages.ts";
import { type Call, type Program, type Programs, staticText } from "./program.ts";

const common: Program = {
  rule: "P10.1",
  flags: "yDEOPBSfsqalwdhvWT",
  options: `--save --save-dev --save-exact --save-optional --save-peer --save-prod --no-save --no-audit --no-fund --audit[=text]
    --fund[=text] --silent --quiet --verbose --force --legacy-peer-deps --strict-peer-deps --prefer-offline
    --prefer-dedupe --offline --ignore-scripts --production[=text] --prod --dev --only=text --omit=text --include=text
    --dry-run --json --long --depth=number --all --parseable --workspace=text --workspaces --workspace-root
    --include-workspace-root --if-present --prefix=path -C=path --dir=path --cwd=path --loglevel=text --progress[=text]
    --no-progress --yes --no-package-lock --package-lock-only --package-lock[=text] --engine-strict --audit-level=text
    --color[=text] --no-color --version --help --no-git-tag-version --git-tag-version[=text] --message=text -m=text
    --preid=text --no-optional --no-bin-links --update-notifier[=text] --no-update-notifier --frozen-lockfile
    --no-frozen-lockfile --immutable --exact --peer --optional --tilde --ignore-engines --non-interactive
    --pack-destination=path --stream --parallel --recursive -r --filter=text -F=text --lockfile-only --no-lockfile
    --pure-lockfile --check-files --network-timeout=number --install --no-install --reporter=text --level=text --mode=text
    --foreground-scripts --check-cache --latest --new-version=text --patch --minor --major --scope=text
    --watchAll[=text] --coverage --watch[=text] --ci --run --runInBand --bail[=text] --fix`,
  operands: "text",
};
/** Subcommands and how their operands are held. */
const verbs: Readonly<Record<string, "specs" | "names" | "script" | "text" | "exec" | "create" | undefined>> =
  {
    install: "specs",
    i: "specs",
    in: "specs",
    add: "specs",
    ci: "specs",
    "install-test": "specs",
    it: "specs",
    remove: "names",
    rm: "names",
    un: "names",
    uninstall: "names",
    r: "names",
    run: "script",
    "run-script": "script",
    test: "script",
    t: "script",
    tst: "script",
    start: "script",
    build: "script",
    stop: "script",
    restart: "script",
    ls: "text",
    list: "text",
    ll: "text",
    outdated: "text",
    audit: "text",
    why: "text",
    explain: "text",
    pkg: "text",
    version: "text",
    pack: "text",
    dedupe: "text",
    prune: "text",
    rebuild: "text",
    rb: "text",
    view: "specs",
    info: "specs",
    show: "specs",
    v: "specs",
    exec: "exec",
    x: "exec",
    dlx: "exec",
    init: "create",
    create: "create",
  };
/** yarn and pnpm run a script by its bare name; these names are no subcommand of theirs. */
const scriptName =
  /^(?:dev|develop|lint|format|fmt|typecheck|type-check|check|preview|serve|server|client|watch|coverage|e2e|generate|codegen|migrate|seed|storybook|compile|prettier|eslint|tsc|vitest|jest|vite|playwright|db|test|build|start|lint-fix|ci-test)(?:[:-][\w:.-]+)?$/;

function judgeManager(call: Call): void {
  const { before, verb, after, free } = divide(call);
  parseOptions({ ...call, args: before }, common);
  if (verb === null) {
    if (before.some((arg) => arg.type === "literal" && /^(?:-v|--version|-h|--help)$/.test(arg.text))) return;
    if (call.program === "yarn") return;
    refuse("P10.1", call.program, `\`${call.program}\` needs a subcommand.`);
  }
  const name = staticText(call, verb);
  const how = Object.hasOwn(verbs, name) ? verbs[name] : undefined;
  if (how === undefined || (name === "dlx" && call.program === "npm")) {
    const isScript = call.program !== "npm" && scriptName.test(name);
    if (!isScript) refuseVerb(call, verb, name);
    [...after, ...free].forEach((arg) => void staticArgument(call, arg));
    return;
  }
  if (how === "exec") {
    judgeRunner({
      ...call,
      args: [...after, ...(free.length > 0 && after.every(isOption) ? free : [])],
      program: `${call.program} ${name}`,
    });
    return;
  }
  const options = how === "script" && call.program !== "npm" ? after.filter((arg) => !isOption(arg)) : after;
  if (how === "script") for (const arg of after) staticArgument(call, arg);
  refuseConfigurationOptions(after);
  const parsed = parseOptions({ ...call, args: options, program: `${call.program} ${name}` }, common);
  if (how === "create") {
    judgeCreate(call, name, parsed.operands, free);
    return;
  }
  for (const operand of parsed.operands) {
    if (how === "specs") checkNpmSpec(call, operand);
    else staticText(call, operand);
  }
  for (const arg of free) staticArgument(call, arg);
  if (name === "audit")
    for (const operand of parsed.operands)
      if (!/^(?:fix|signatures)$/.test(staticText(call, operand))) refuseVerb(call, operand, name);
}

/** Behind `run x` yarn and pnpm pass every word on; these they would still take for themselves. */
function refuseConfigurationOptions(args: readonly Arg[]): void {
  for (const arg of args) {
    if (
      arg.type === "literal" &&
      /^--?(?:script-shell|shell|userconfig|globalconfig|registry|node-options|use-yarnrc|global|location|shell-emulator|config)/.test(
        arg.text,
      )
    ) {
      refuse(
        "P10.1",
        arg.raw,
        `\`${arg.raw}\` changes where packages come from or how scripts run. Leave it out.`,
      );
    }
  }
}

/** The subcommand is the first word that is no option; words behind `--` go to the script. */
function divide(call: Call): {
  before: readonly Arg[];
  verb: Arg | null;
  after: readonly Arg[];
  free: readonly Arg[];
} {
  const separator = call.args.findIndex((arg) => arg.type === "literal" && arg.text === "--");
  const own = separator === -1 ? call.args : call.args.slice(0, separator);
  const free = separator === -1 ? [] : call.args.slice(separator + 1);
  let at = 0;
  while (at < own.length) {
    const arg = own[at];
    if (arg === undefined || !isOption(arg)) break;
    const takesNext =
      arg.type === "literal" &&
      /^(?:--prefix|-C|--dir|--cwd|--filter|-F|--workspace|-w|--loglevel)$/.test(arg.text);
    at += takesNext && !(call.program === "pnpm" && arg.text === "-w") ? 2 : 1;
  }
  return { before: own.slice(0, at), verb: own[at] ?? null, after: own.slice(at + 1), free };
}

function isOption(arg: Arg): boolean {
  return arg.type === "literal" && arg.text.startsWith("-") && arg.text !== "-";
}

function staticArgument(call: Call, arg: Arg): void {
  if (arg.type === "dynamic") staticText(call, arg);
}

/** P10.3: `npm init x` runs the package `create-x`. */
function judgeCreate(call: Call, verb: string, operands: readonly Arg[], free: readonly Arg[]): void {
  const [initializer, ...args] = operands;
  if (initializer === undefined) {
    if (!(verb === "init")) refuse("P10.1", verb, "Name what to create.");
    return;
  }
  const name = staticText(call, initializer);
  if (!/^[A-Za-z][\w.-]*(?:@[\w.^~-]+)?$/.test(name))
    refuse(
      "P10.3",
      initializer.raw,
      "Only `create-*` packages of the registry may be run, such as `npm create vite@latest`.",
    );
  for (const arg of [...args, ...free]) staticArgument(call, arg);
}

const runner: Program = {
  rule: "P10.3",
  flags: "yq",
  options: "--yes --no-install --no --quiet --silent --prefer-offline --offline --ignore-existing --version",
  operands: "text",
  posix: true,
};
const fetchable =
  /^(?:tsc|tsx|ts-node|vitest|jest|eslint|prettier|vite|next|create-[a-z0-9-]+|tailwindcss|prisma|drizzle-kit|nodemon|concurrently|serve|http-server|wait-on|kill-port|shadcn|nx|turbo|playwright|typescript)$/;

/** `npx`, `npm exec`, `yarn dlx`, `pnpm dlx`. */
function judgeRunner(call: Call): void {
  const parsed = parseOptions(call, runner);
  const [target, ...args] = parsed.operands;
  if (target === undefined) {
    if (has(parsed, "--version")) return;
    refuse("P10.3", call.program, "Name the tool to run.");
  }
  const match = /^([A-Za-z0-9][\w.-]*)(?:@[\w.^~-]+)?$/.exec(staticText(call, target));
  const local = has(parsed, "--no-install", "--no");
  if (match?.[1] === undefined || !(local || fetchable.test(match[1]))) {
    refuse(
      "P10.3",
      target.raw,
      "This package is not among the development tools that may be fetched. Install it as a dependency and use `npx --no-install`, or an npm script.",
    );
  }
  const rest = args[0]?.type === "literal" && args[0].text === "--" ? args.slice(1) : args;
  judgeDevTool({ ...call, program: match[1], args: rest });
}

function refuseVerb(call: Call, arg: Arg, name: string): never {
  refuse(
    "P10.1",
    arg.raw,
    `\`${call.program} ${name}\` is not on the list. Use install, run, test, build, exec and the like, inside the project.`,
  );
}

export const npm = {
  npm: { judgeCall: judgeManager, interprets: true },
  pnpm: { judgeCall: judgeManager, interprets: true },
  yarn: { judgeCall: judgeManager, interprets: true },
  npx: { judgeCall: judgeRunner, interprets: true },
} as const satisfies Programs;
