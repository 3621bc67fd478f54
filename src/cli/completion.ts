import tab, { type Command as Completed, script } from "@bomb.sh/tab";
import type { CommandUnknownOpts } from "@commander-js/extra-typings";
import { print } from "./output.ts";

export function completionScript(shell: "bash" | "zsh" | "fish"): void {
  if (shell === "bash") print(wordsByBashAlone);
  script(shell, "onward", "onward");
}

/** What the script needs of the package bash-completion, for shells that have not loaded it. */
const wordsByBashAlone = `\
if ! declare -F _get_comp_words_by_ref >/dev/null; then
    _get_comp_words_by_ref() {
        cur=\${COMP_WORDS[COMP_CWORD]}
        prev=\${COMP_WORDS[COMP_CWORD-1]}
        words=("\${COMP_WORDS[@]}")
        cword=$COMP_CWORD
    }
fi
`;

/** Prints what fits the words that were typed so far, in the form that the scripts read. */
export function completionAnswers(program: CommandUnknownOpts, typed: readonly string[]): void {
  describe(tab, program);
  describeBelow(program, []);
  tab.parse([...typed]);

  function describeBelow(parent: CommandUnknownOpts, path: readonly string[]): void {
    for (const command of parent.createHelp().visibleCommands(parent)) {
      const words = [...path, command.name()];
      const described = tab.command(words.join(" "), command.description());
      describe(described, command);
      describe(described, program);
      describeBelow(command, words);
    }
  }
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
