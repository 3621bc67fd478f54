/** P3.1, P3.5: programs that write. What they write to is worked out, also when the target is a directory. */
import { checkRead, checkRemovable, checkWritable, resolveAll } from "../shell/paths.ts";
import { refuse } from "../shell/refusal.ts";
import type { Arg } from "../shell/values.ts";
import { has, optionValue, type Parsed } from "./options.ts";
import { type Call, type Programs, staticText } from "./program.ts";

export const writers = {
  /** No links, which would give a protected file a second name, and no suffix for backups, which could be one. */
  cp: {
    flags: "abdfHiLnPpRrTuvx",
    options: `-t=text --archive --attributes-only --backup[=text] --debug --dereference --force --interactive
      --no-clobber --no-dereference --no-target-directory --one-file-system --parents --preserve[=text]
      --no-preserve=text --recursive --reflink[=text] --remove-destination --sparse=text --strip-trailing-slashes
      --target-directory=text --update[=text] --verbose`,
    operands: "path",
    judge: (call, parsed) => transfer(call, parsed, checkRead),
  },
  mv: {
    flags: "bfinTuv",
    options: `-t=text --backup[=text] --force --interactive --no-clobber --no-target-directory
      --strip-trailing-slashes --target-directory=text --update[=text] --verbose`,
    operands: "path",
    judge: (call, parsed) => transfer(call, parsed, checkRemovable),
  },
  mkdir: { flags: "pv", options: "--parents --verbose", operands: "write" },
  touch: {
    flags: "acfhm",
    options: "-d=text -r=read -t=text --date=text --no-create --no-dereference --reference=read --time=text",
    operands: "write",
  },
  rm: {
    flags: "dfiIrRv",
    options:
      "--dir --force --interactive[=text] --one-file-system --preserve-root[=text] --recursive --verbose",
    operands: "text",
    judge: remove,
  },
  rmdir: {
    flags: "pv",
    options: "--ignore-fail-on-non-empty --parents --verbose",
    operands: "text",
    judge: remove,
  },
  tee: {
    flags: "aip",
    options: "--append --ignore-interrupts --output-error[=text]",
    operands: "write",
    judge: ({ run, program }, { operands }) => {
      if (operands.length > 0) run.writesFile = program;
    },
  },
  /** P12: only ever makes something executable. A mode such as `-x` would look like a flag: there are none. */
  chmod: {
    operands: ["text", "write"],
    judge: (call, { operands: [mode, ...targets] }) => {
      if (mode === undefined || targets.length === 0) refuse("P12", "chmod", "Use `chmod +x <file>`.");
      if (!/^[ugoa]*\+x$/.test(staticText(call, mode))) {
        refuse("P12", mode.raw, "Only `chmod +x <file>` is allowed.");
      }
      for (const target of targets) {
        if (target.type === "literal" && target.approximate) refuse("P12", target.raw, "Name the file.");
      }
    },
  },
} as const satisfies Programs;

function remove(call: Call, { operands }: Parsed): void {
  if (operands.length === 0) refuse("P3.5", call.program, "Name what should be removed.");
  for (const target of operands) checkRemovable(call, target);
}

function transfer(call: Call, parsed: Parsed, checkSource: (call: Call, arg: Arg) => void): void {
  const given = optionValue(parsed, "-t", "--target-directory");
  const target = given ?? parsed.operands.at(-1);
  const sources = given === null ? parsed.operands.slice(0, -1) : parsed.operands;
  if (target === undefined || sources.length === 0) {
    refuse("P12", call.program, `\`${call.program}\` needs a source and a target.`);
  }
  // A pattern that matches several names makes all but the last of them sources.
  for (const source of target.type === "glob" ? [...sources, target] : sources) checkSource(call, source);
  const exact = has(parsed, "-T", "--no-target-directory");
  for (const path of resolveAll(call, target)) {
    const { project, tmpdir } = call.run.context;
    const isRoot = path === project || path === tmpdir;
    if (!isRoot || exact) checkWritable(call, path, target);
    // Into a directory it goes by its own name.
    for (const source of exact ? [] : sources)
      for (const name of landingNames(call, source, parsed, path === project))
        checkWritable(call, `${path}/${name}`, target);
  }
}

function landingNames(call: Call, source: Arg, parsed: Parsed, intoProject: boolean): readonly string[] {
  return resolveAll(call, source).flatMap((path) => {
    const whole = source.type === "literal" && /(?:^|\/)\.\.?\/?$/.test(source.text);
    if (has(parsed, "--parents")) return [path.slice(1)];
    if (!whole) return [path.slice(path.lastIndexOf("/") + 1)];
    // `cp -r dir/. .` brings whatever is in there.
    return intoProject
      ? refuse(
          "P3.4",
          source.raw,
          "Copying a whole directory over the project could replace protected files. Name the files.",
        )
      : [];
  });
}
