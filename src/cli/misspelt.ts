/** Misspelt commands where commander itself has nothing to say of them. */
import { existsSync } from "node:fs";
import type { CommandUnknownOpts } from "@commander-js/extra-typings";
import { nearest } from "../config/suggest.ts";

/** `onward help <command…>`. */
export function helpOf(program: CommandUnknownOpts, words: readonly string[]): void {
  let command = program;
  for (const word of words) command = below(command, word) ?? unknown(command, word);
  command.help();
}

/**
 * A word where a command below `parent` or, for its default command, a directory may stand: what is no directory and
 * much like a command is refused. To be asked before the default command is given the words.
 */
export function refuseMisspelt(parent: CommandUnknownOpts): void {
  const [word] = parent.args;
  if (word === undefined || word.startsWith("-") || below(parent, word) !== undefined) return;
  if (!existsSync(word) && meant(parent, word) !== null) unknown(parent, word);
}

function below(parent: CommandUnknownOpts, word: string): CommandUnknownOpts | undefined {
  return parent.commands.find((command) => namesOf(command).includes(word));
}

function unknown(parent: CommandUnknownOpts, word: string): never {
  const name = meant(parent, word);
  const suggestion = name === null ? "" : `\n(Did you mean ${name}?)`;
  return parent.error(`error: unknown command '${word}'${suggestion}`);
}

function meant(parent: CommandUnknownOpts, word: string): string | null {
  return nearest(word, parent.createHelp().visibleCommands(parent).flatMap(namesOf));
}

function namesOf(command: CommandUnknownOpts): readonly string[] {
  return [command.name(), ...command.aliases()];
}
