/** `onward features` and the commands below it: their arguments and flags. */
import { Argument, Command, type CommandUnknownOpts } from "@commander-js/extra-typings";
import { type CommonFlags, dirHelp, jsonHelp } from "../common-flags.ts";
import { collect, place, words } from "../flag-values.ts";

interface Where {
  /** The one that was named, else that of the flag `--dir`, or the current directory. */
  readonly project: (named?: string) => string;
  readonly common: () => CommonFlags;
}

export function addFeatureCommands(program: CommandUnknownOpts, { project, common }: Where): void {
  const features = program
    .command("features")
    .description("List what must be true of the finished project, change it, or look for what is weak in it")
    .hook("preSubcommand", async (parent) => {
      const { refuseMisspelt } = await import("../misspelt.ts");
      refuseMisspelt(parent);
    });
  // A command of its own, so that its flags are not taken from those beside it.
  features
    .command("list", { isDefault: true })
    .description("List what must be true of the finished project (default)")
    .argument("[dir]", dirHelp)
    .option("--failing", "only those that do not pass")
    .option("--category <name>", "only those of a category", words)
    .option("--json", jsonHelp)
    .action(async (dir, { failing, category, json }) => {
      const { featuresCommand } = await import("./features.ts");
      const filter = { failing: failing === true, category: category ?? null };
      await featuresCommand(project(dir), { ...filter, json: json === true });
    });
  for (const command of changingCommands({ project, common })) {
    features.addCommand(command.copyInheritedSettings(features));
  }

  features
    .command("verify")
    .description("Check features now, by hand; the list stays as it is")
    .argument("[id...]", "only these (default: all of them, and the project as a whole)")
    .option(
      "--verify <command>",
      "in place of the configured command; {id} makes it check one feature",
      words,
    )
    .option("--trust-config", "accept the commands of the configuration file, now and later")
    .option("--json", jsonHelp)
    .action(async (ids, { verify, trustConfig, json }) => {
      const { featuresVerifyCommand } = await import("./features-verify.ts");
      const accept = { trustConfig: trustConfig === true, json: json === true };
      const flags = { ...common(), ...accept, verify: verify ?? null };
      process.exitCode = await featuresVerifyCommand(project(), ids, flags);
    });

  features
    .command("show")
    .description("Show one feature: who claimed it, what checked it and what that said, what broke it since")
    .argument("<id>", "its id, from `onward features`")
    .argument("[dir]", dirHelp)
    .option("--json", jsonHelp)
    .action(async (id, dir, { json }) => {
      const { featureShowCommand } = await import("./feature-show.ts");
      await featureShowCommand(project(dir), id, { json: json === true });
    });
}

/** Those that change the list, and the one that looks for what should be changed. */
function changingCommands({ project, common }: Where): readonly CommandUnknownOpts[] {
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
    .option("--json", jsonHelp)
    .action(async (id, to, { json }) => {
      const { applyEdits } = await import("./features-edit.ts");
      const edit = { type: "reprioritise", id, to } as const;
      await applyEdits(project(), [edit], { ...common(), json: json === true });
    });

  const lint = new Command("lint")
    .description("Look for what makes a list weak: duplicates, circles, vague words, no verification")
    .option("--json", jsonHelp)
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
    .option("--json", jsonHelp);
}
