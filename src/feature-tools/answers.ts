/** What the feature tools say. Lists may be as large as an agent likes; an answer is not. */
import { resolutionText } from "../core/error-memory.ts";
import type { Feature } from "../core/features.ts";
import type { BoardList, Claimed } from "./board.ts";

export function nextText({ features, next }: Extract<BoardList, { type: "listed" }>): string {
  const passing = features.filter(({ passes }) => passes).length;
  const progress = `${passing} of ${features.length} features pass.`;
  if (next.length > 0) return `${progress} Next, in this order:\n${next.map(line).join("\n")}`;
  if (passing === features.length) return `${progress} Nothing is left to build.`;
  const left = features.filter(({ passes }) => !passes);
  return `${progress} The others were tried too often and are deferred:\n${left.slice(0, shown).map(line).join("\n")}`;
}

const shown = 6;

function line({ id, category, description, dependsOn }: Feature): string {
  const where = category === null ? "" : ` [${category}]`;
  const after = dependsOn.length === 0 ? "" : ` (depends on ${dependsOn.slice(0, shown).join(", ")})`;
  return `- ${clipped(`${id}${where}: ${description.replaceAll(/\s+/g, " ")}${after}`, 400)}`;
}

export function featureText(feature: Feature, features: readonly Feature[]): string {
  const passing = new Set(features.filter(({ passes }) => passes).map(({ id }) => id));
  const lines = [
    `${feature.id}: ${feature.description}`,
    ...feature.steps.map((step, index) => `  ${index + 1}. ${step}`),
    `passes: ${feature.passes}`,
    ...(feature.category === null ? [] : [`category: ${feature.category}`]),
    ...(feature.priority === null ? [] : [`priority: ${feature.priority}`]),
    ...feature.dependsOn.map((id) => `depends on: ${id} (${passing.has(id) ? "passes" : "does not pass"})`),
    `verify: ${feature.verify === null ? "no command of its own" : commandLine(feature.verify)}`,
  ];
  return clipped(lines.join("\n"), 8000);
}

function commandLine(command: string | readonly string[]): string {
  return typeof command === "string" ? command : command.join(" ");
}

type Decided = Extract<Claimed, { type: "decided" }>;

/** The verdict in words. Whatever it is, the session's settling decides again. */
export function claimText(featureId: string, { result, seen }: Decided): string {
  if (result === null) {
    return (
      `No command decides ${featureId}, so Onward cannot check it. "passes" is set to true in ` +
      "feature_list.json; the claim stands unverified, and is shown so."
    );
  }
  if (result.notRun !== undefined) {
    return `${featureId} could not be checked, so "passes" is false: ${result.outputTail.trim()}`;
  }
  const how = result.exitCode === null ? "did not finish" : `exited with ${result.exitCode}`;
  const ran = `\`${clipped(result.command, 400)}\` ${how} after ${(result.durationMs / 1000).toFixed(1)} s`;
  const output = result.outputTail.trim();
  const printed = output === "" ? "It printed nothing." : `The end of its output:\n${output}`;
  if (!result.ok) {
    const before = seen === null ? "" : `\nSeen before: ${resolutionText(seen)}`;
    return `${featureId} does not hold: ${ran}. "passes" is false.\n${printed}${before}`;
  }
  return (
    `${featureId} holds: ${ran}. Onward has set "passes" to true in feature_list.json, and checks it once more ` +
    `when the session ends.\n${printed}`
  );
}

function clipped(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length - 1)}…`;
}
