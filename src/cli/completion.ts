import tab, { type Command as Completed, script } from "@bomb.sh/tab";
import type { CommandUnknownOpts } from "@commander-js/extra-typings";

export function completionScript(shell: "bash" | "zsh" | "fish"): void {
  script(shell, "onward", "onward");
}

/** Prints what fits the words that were typed so far, in the form that the scripts read. */
export function completionAnswers(program: CommandUnknownOpts, typed: readonly string[]): void {
  describe(tab, program);
  for (const command of program.createHelp().visibleCommands(program)) {
    const described = tab.command(command.name(), command.description());
    describe(described, command);
    describe(described, program);
  }
  tab.parse([...typed]);
}

function describe(described: Completed, command: CommandUnknownOpts): void {
  for (const option of command.createHelp().visibleOptions(command)) {
    const name = option.long?.replace(/^--/, "");
    if (name === undefined) continue;
    // Without a list of values tab takes a flag for one that has none.
    if (option.required) described.option(name, option.description, offer(option.argChoices));
    else described.option(name, option.description);
  }
  for (const argument of command.registeredArguments) {
    if (argument.argChoices !== undefined) described.argument(argument.name(), offer(argument.argChoices));
  }
}

function offer(values: readonly string[] = []) {
  return (complete: (value: string, description: string) => void) => {
    for (const value of values) complete(value, "");
  };
}
