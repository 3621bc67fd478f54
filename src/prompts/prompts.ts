/** What a session is told: its type, its task, what people said since the last one, and the briefing. */
import type { SessionPurpose } from "../core/event-parts.ts";
import type { SessionType } from "../core/session.ts";
import { listFormat, reporting } from "./reporting.ts";
import { fill, type PromptName, type PromptSet } from "./templates.ts";

export interface PromptFacts {
  readonly prompts: PromptSet;
  readonly sessionType: SessionType;
  readonly purpose: SessionPurpose;
  /** Whether the directory held code before the first session. */
  readonly existingCode: boolean;
  /** Whether the session before ended otherwise than by itself. */
  readonly cutOff: boolean;
  /** The specification's file, relative to the project; null when there is none to read. */
  readonly specFile: string | null;
  /** In place of the task that belongs to the type; null for that. */
  readonly task: string | null;
  /** What a person said since the last session. */
  readonly messages: readonly string[];
  /** Empty for `init`. */
  readonly briefing: string;
}

export function sessionPrompt(facts: PromptFacts): string {
  const { task, specFile, prompts, messages, briefing } = facts;
  const specification =
    specFile === null
      ? "the project itself (there is no specification file)"
      : `${specFile} (the specification)`;
  const values = { specification, "list-format": listFormat, reporting };
  const sections = [
    `Onward session type: ${facts.sessionType}`,
    task ?? fill(prompts[promptFor(facts)], values),
    ...messages.map((message) => `The person you work for says: ${message}`),
  ];
  if (briefing !== "") sections.push(`Where the project stands\n\n${briefing}`);
  return `${sections.join("\n\n")}\n`;
}

function promptFor({ purpose, sessionType, existingCode, cutOff }: PromptFacts): PromptName {
  if (purpose === "go-on") return "resume";
  if (sessionType === "init") return existingCode ? "init-existing" : "init";
  if (purpose === "mend-gate") return "gate-failed";
  return cutOff ? "recovery" : "continue";
}

/** Appended to the agent's own system prompt in every session; a person's prompts do not replace it. */
export const standingInstructions = `You are one session in a chain that builds a project without a person watching. Your context ends with this session; what the next one needs must be in files and in git.

- feature_list.json is the contract. Work on it through Onward's tools (of the server "onward"): next_features and feature tell what is wanted, and claim, with the evidence that you saw, has Onward check a feature at once and sets its "passes". One feature at a time: build it, prove it by running it end to end, claim it, then look for the next.
- Where you do not have these tools, set a proved feature's "passes" to true in the file yourself. Set it back to false when you find it broken. Everything else in that file is not yours: other edits are undone.
- Your word is no evidence. Onward runs the checks itself, at a claim and once more after you. One that does not hold is taken back, so claiming early gains nothing.
- note leaves the next session a line that it must know; blocker tells the person what you cannot get past. Then go on with what can be done.
- Nobody answers questions. Decide, and write the decision into claude-progress.txt.
- A tool call may be denied; the reason says what to do instead. Do that, and do not look for a way around.
- Work only inside the project directory. Leave no process running that the project does not need to be checked.
- Commit often, with messages that say why. End with a clean tree and everything that passes still passing.`;
