import type { VerificationAuthor } from "../core/event-parts.ts";
import type { Feature } from "../core/features.ts";
import type { Command } from "./started-command.ts";

/** A command that decides whether one feature passes. */
export interface Deciding {
  /** `{id}` is filled in. */
  readonly command: Command;
  readonly featureId: string;
  /** `agent`: written in the feature list, so the guard is asked first (T1). */
  readonly author: VerificationAuthor;
}

/** The variable in which a command finds the id of its feature. */
export const featureIdVariable = "ONWARD_FEATURE_ID";

/**
 * F2: a feature's own `verify` decides its claim; where it has none, the project's command does if it contains
 * `{id}`. null: nothing decides it.
 */
export function decidingCommand(feature: Feature, projectCommand: Command | null): Deciding | null {
  const author = feature.verify === null ? "person" : "agent";
  const command = feature.verify ?? projectCommand;
  if (command === null || (author === "person" && !mentionsId(command))) return null;
  return { command: withId(command, feature.id), featureId: feature.id, author };
}

/** The project's command where it speaks for the project as a whole: it gates completion (F5). */
export function gateCommand(projectCommand: Command | null): Command | null {
  return projectCommand === null || mentionsId(projectCommand) ? null : projectCommand;
}

/** Whether a final pass over these features would run anything (F5). */
export function isVerifiable(features: readonly Feature[], projectCommand: Command | null): boolean {
  return (
    gateCommand(projectCommand) !== null ||
    features.some((feature) => decidingCommand(feature, projectCommand) !== null)
  );
}

/** As one line for `sh`: what the guard judges and what people read. */
export function shellLine(command: Command): string {
  return typeof command === "string" ? command : command.map(quoted).join(" ");
}

function mentionsId(command: Command): boolean {
  return typeof command === "string"
    ? command.includes("{id}")
    : command.some((word) => word.includes("{id}"));
}

/**
 * Ids come from the list, so from the agent. In a shell line only harmless characters are put in as they are;
 * any other id is read by the shell from a variable, so that nothing in it is ever parsed, whatever quotes the
 * line has around `{id}`.
 */
function withId(command: Command, id: string): Command {
  if (typeof command !== "string") return command.map((word) => word.replaceAll("{id}", () => id));
  const harmless = /^[\w.:@/+,-]+$/.test(id);
  return command.replaceAll("{id}", () => (harmless ? id : `"\${${featureIdVariable}}"`));
}

function quoted(word: string): string {
  return /^[\w.:@/+,=%-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
