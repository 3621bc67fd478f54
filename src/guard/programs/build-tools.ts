/** P7 and P12: make, cargo and go. */
import { checkAssignable } from "../shell/names.ts";
import { checkStaysInside } from "../shell/paths.ts";
import { refuse } from "../shell/refusal.ts";
import { checkProjectFile, checkStaticArguments } from "./interpreters.ts";
import { has, parseOptions } from "./options.ts";
import { type Call, type Program, type Programs, staticText } from "./program.ts";

const make: Program = {
  rule: "P7.2",
  flags: "BbdhiknpqrRsSvw",
  options: `-C=path -f=text -j[=number] -l[=number] --directory=path --file=text --makefile=text --jobs[=number] --always-make
    --keep-going --dry-run --just-print --silent --quiet --version --ignore-errors --question --no-print-directory
    --print-directory --warn-undefined-variables --touch --trace --output-sync[=text] --no-builtin-rules`,
  operands: "text",
};

function judgeMake(call: Call): void {
  const parsed = parseOptions(call, make);
  for (const { name, value } of parsed.options) {
    if (value !== null && /^(?:-f|--file|--makefile)$/.test(name)) {
      if (value.type === "literal" && value.text === "-")
        refuse("P7.2", "-f -", "make may not take its rules from its input.");
      checkProjectFile(call, value);
    }
  }
  for (const operand of parsed.operands) {
    const word = staticText(call, operand);
    const assignment = /^([A-Za-z_]\w*)[:?+!]*=(.*)$/s.exec(word);
    if (assignment === null) {
      if (!/^[\w./%-]+$/.test(word)) refuse("P7.2", operand.raw, "Only plain make targets are allowed.");
      continue;
    }
    const [, name = "", value = ""] = assignment;
    if (name === "MAKE") refuse("P5.1", name, "This variable names a program. Leave it as it is.");
    checkAssignable(name, value);
    // make expands `$(shell …)`, and a recipe may put the value where a shell reads it.
    if (!/^[\w ./:@,+=-]*$/.test(value))
      refuse("P7.2", operand.raw, "Only plain values may be given to make.");
  }
}

const cargo: Program = {
  rule: "P7.2",
  flags: "qvnr",
  options: `-p=text -F=text -j=number --package=text --quiet --verbose --release --workspace --all --exclude=text --bin=text --bins
    --example=text --examples --test=text --tests --bench=text --benches --lib --doc --all-targets --all-features
    --no-default-features --features=text --locked --offline --frozen --no-run --no-fail-fast --target=text
    --target-dir=path --manifest-path=path --message-format=text --color=text --profile=text --jobs=number --dev
    --build --optional --rename=text --no-deps --open --document-private-items --edition=text --name=text --check
    --fix --allow-dirty --allow-staged --allow-no-vcs --keep-going --vcs=text --depth=number --dry-run --version
    --format-version=number --invert=text -i=text -e=text --edges=text --duplicates -d --aggressive --recursive`,
  operands: "text",
};
const cargoVerbs =
  /^(?:build|b|test|t|run|r|check|c|clippy|fmt|doc|d|bench|add|remove|rm|update|clean|new|init|tree|metadata|fix|fetch|generate-lockfile|version|verify-project)$/;

function judgeCargo(call: Call): void {
  const separator = call.args.findIndex((arg) => arg.type === "literal" && arg.text === "--");
  const own = separator === -1 ? call.args : call.args.slice(0, separator);
  if (separator !== -1) checkStaticArguments(call, call.args.slice(separator + 1));
  const parsed = parseOptions({ ...call, args: own }, cargo);
  const [verb, ...operands] = parsed.operands;
  if (verb === undefined) {
    if (!has(parsed, "--version")) refuse("P7.2", "cargo", "cargo needs a subcommand.");
    return;
  }
  if (!cargoVerbs.test(staticText(call, verb))) {
    refuse(
      "P7.2",
      verb.raw,
      `\`cargo ${verb.raw}\` is not on the list. Use build, test, run, check, clippy, fmt or add.`,
    );
  }
  for (const operand of operands) {
    if (/:\/\//.test(staticText(call, operand)))
      refuse("P10.2", operand.raw, "Crates must come from the registry by name.");
    checkStaysInside(call, operand);
  }
}

/** go's flags are single-dash words, before the packages. */
const go: Program = {
  rule: "P7.2",
  options: `-v -x -n -a -race -short -cover -json -failfast -benchmem -m -u -d -s -mod=text -count=number -run=text -skip=text
    -bench=text -benchtime=text -timeout=text -coverprofile=write -covermode=text -coverpkg=text -o=write -tags=text
    -p=number -parallel=number -cpu=text -cpuprofile=write -memprofile=write -shuffle=text -trimpath -f=text -fuzz=text
    -fuzztime=text -diff -l -go=text -compat=text -vet=text -buildvcs=text -cache -testcache -deps -e`,
  operands: "text",
};
const goVerbs = /^(?:build|run|test|vet|fmt|mod|list|get|generate|clean|doc|version|env|work)$/;

function judgeGo(call: Call): void {
  const [verb, ...args] = call.args;
  if (verb === undefined) refuse("P7.2", "go", "go needs a subcommand.");
  const name = staticText(call, verb);
  if (!goVerbs.test(name)) {
    refuse(
      "P7.2",
      verb.raw,
      `\`go ${name}\` is not on the list. Use build, test, run, vet, fmt, mod or get.`,
    );
  }
  if (name === "env") {
    for (const arg of args)
      if (!/^[A-Z0-9_]+$|^-json$/.test(staticText(call, arg)))
        refuse("P7.2", arg.raw, "`go env` may only be read.");
    return;
  }
  const parsed = parseOptions({ ...call, program: `go ${name}`, args }, name === "run" ? goRun : go);
  for (const [index, operand] of parsed.operands.entries()) {
    if (name === "run" && index > 0) {
      checkStaticArguments(call, [operand]);
      continue;
    }
    if (name === "run" && !/^\.|\.go$/.test(staticText(call, operand)))
      refuse("P7.2", operand.raw, "Only packages of the project may be run, such as `go run ./cmd/app`.");
    checkStaysInside(call, operand);
  }
}

const goRun: Program = { ...go, posix: true };

export const buildTools = {
  make: { judgeCall: judgeMake, interprets: true },
  cargo: { judgeCall: judgeCargo, interprets: true },
  go: { judgeCall: judgeGo, interprets: true },
} as const satisfies Programs;
