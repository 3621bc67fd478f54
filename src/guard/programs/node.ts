/** P7: node, tsx and ts-node. */
import { checkRead } from "../shell/paths.ts";
import { refuse } from "../shell/refusal.ts";
import {
  checkInlineCode,
  checkProgramOnStdin,
  checkProjectFile,
  checkStaticArguments,
} from "./interpreters.ts";
import { has, parseOptions } from "./options.ts";
import { type Call, type Program, type Programs, staticText } from "./program.ts";

const node: Program = {
  rule: "P7.2",
  flags: "cvhT",
  options: `-e=any -p=any -pe=any --eval=any --print=any -r=text --require=text --import=text --loader=text
    --experimental-loader=text -C=text --conditions=text --check --test --test-only --test-name-pattern=text
    --test-skip-pattern=text --test-reporter=text --test-reporter-destination=write --test-concurrency=number
    --test-timeout=number --test-force-exit --test-isolation=text --test-update-snapshots --test-coverage-include=text
    --test-coverage-exclude=text --test-coverage-lines=number --experimental-test-coverage
    --experimental-test-module-mocks --watch --watch-path=read --watch-preserve-output --env-file=read
    --env-file-if-exists=read --input-type=text --max-old-space-size=number --max-semi-space-size=number
    --stack-size=number --stack-trace-limit=number --no-warnings --no-deprecation --trace-warnings --trace-deprecation
    --trace-uncaught --trace-exit --throw-deprecation --unhandled-rejections=text --enable-source-maps --expose-gc
    --experimental-strip-types --experimental-transform-types --no-experimental-strip-types
    --experimental-vm-modules --experimental-sqlite --experimental-json-modules --experimental-wasm-modules
    --experimental-specifier-resolution=text --experimental-default-type=text --experimental-modules
    --disable-warning=text --preserve-symlinks --inspect[=text] --use-strict --strict --run=text --version --help
    --tsconfig=path --project=path --transpile-only --transpileOnly --esm --files --no-cache`,
  operands: "text",
  posix: true,
};

export function judgeNode(call: Call): void {
  const parsed = parseOptions(call, node);
  let hasProgram = false;
  for (const { name, value } of parsed.options) {
    if (value === null) continue;
    if (/^(?:-e|-p|-pe|--eval|--print)$/.test(name)) {
      checkInlineCode(value);
      hasProgram = true;
    }
    if (/^(?:-r|--require|--import|--loader|--experimental-loader)$/.test(name))
      checkPreload(call, staticText(call, value), value.raw);
  }
  const [script, ...args] = parsed.operands;
  checkStaticArguments(call, args);
  if (hasProgram) return;
  if (has(parsed, "--test")) {
    for (const file of parsed.operands) checkRead(call, file);
    return;
  }
  if (script === undefined) {
    if (!has(parsed, "--version", "-v", "--help", "-h", "--run")) checkProgramOnStdin(call);
    return;
  }
  const word = staticText(call, script);
  if (word === "-") {
    checkProgramOnStdin(call);
    return;
  }
  if (word === "inspect" || word === "debug") {
    refuse("P7.2", word, "The debugger takes commands from its input. Run the script itself.");
  }
  if (call.program !== "node" && word === "watch") {
    if (!(args[0] === undefined)) checkProjectFile(call, args[0]);
    return;
  }
  checkProjectFile(call, script);
}

/** A module of the project, or a package by name; never `data:` or a file elsewhere. */
function checkPreload(call: Call, module: string, raw: string): void {
  if (/^(?:@[\w-]+\/)?[\w-][\w.-]*(?:\/[\w./-]+)?$/.test(module) && !module.split("/").includes("..")) return;
  if (/^\.{0,2}\//.test(module)) {
    checkProjectFile(call, { type: "literal", text: module, raw, approximate: false });
    return;
  }
  refuse("P7.2", raw, "Only modules of the project may be loaded.");
}

export const nodePrograms = {
  node: { judgeCall: judgeNode, interprets: true },
} as const satisfies Programs;
