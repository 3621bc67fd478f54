/** `onward features add|edit|reprioritise|lint`: the arguments, and how they become edits of the list. */
import { Argument, Command, type CommandUnknownOpts } from "@commander-js/extra-typings";
import type { CommonFlags } from "../common-flags.ts";
import { collect, place } from "../flag-values.ts";

interface Where {
  /** Of the flag `--dir`, or the current directory. */
  readonly project: () => string;
  readonly common: () => CommonFlags;
}

export function featureCommands({ project, common }: Where): readonly CommandUnknownOpts[] {
  const add = withFields(new Command("add"))
    .description("Add a feature; while a session is at work, as soon as it has ended")
    .option("--id <id>", "its name (default: made from the description)")
    .option("--from <file>", "features in JSON, one or an array of them; - reads standard input")
    .action(async ({ json, from, id, ...flags }) => {
      const { addFeatures } = await import("./features-edit.ts");
      await addFeatures(project(), { ...flags, id, from }, { ...common(), json: json === true });
    });

  const edit = withFields(new Command("edit"))
    .description("Change a feature; an empty text takes a field out of it")
    .addArgument(feature)
    .action(async (id, { json, ...flags }) => {
      const { editFeature } = await import("./features-edit.ts");
      await editFeature(project(), id, flags, { ...common(), json: json === true });
    });

  const reprioritise = new Command("reprioritise")
    .alias("reprioritize")
    .description("Put a feature elsewhere in the order of work")
    .addArgument(feature)
    .argument("<place>", "its priority (1 comes first), first, or last", place)
    .option("--json", "print JSON")
    .action(async (id, to, { json }) => {
      const { applyEdits } = await import("./features-edit.ts");
      const edit = { type: "reprioritise", id, to } as const;
      await applyEdits(project(), [edit], { ...common(), json: json === true });
    });

  const lint = new Command("lint")
    .description("Look for what makes a list weak: duplicates, circles, vague words, no verification")
    .option("--json", "print JSON")
    .action(async ({ json }) => {
      const { lintCommand } = await import("./features-lint.ts");
      process.exitCode = await lintCommand(project(), { ...common(), json: json === true });
    });
  return [add, edit, reprioritise, lint];
}

const feature = new Argument("<id>", "the feature");

function withFields(command: Command) {
  return command
    .option("--description <text>", "what must be true, for a user")
    .option("--step <text>", "how to check it; again for each further step", collect)
    .option("--category <name>", "where it is listed")
    .option("--priority <n>", "1 comes first; without one it comes last")
    .option("--depends-on <id>", "a feature that must pass first; again for each further one", collect)
    .option("--verify <command>", "a command that exits 0 exactly when it holds")
    .option("--json", "print JSON");
}
