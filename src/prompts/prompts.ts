/**
 * What a session is told. The words are ours; the lessons behind them are the field's: one feature at a time,
 * look before working, prove before claiming, leave the place clean, and never touch the list but for `passes`.
 */
import type { SessionPurpose } from "../core/events.ts";
import type { SessionType } from "../core/session.ts";

export interface PromptFacts {
  readonly sessionType: SessionType;
  readonly purpose: SessionPurpose;
  /** Whether the directory held code before the first session. */
  readonly existingCode: boolean;
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
  const sections = [`Onward session type: ${facts.sessionType}`, task(facts)];
  for (const message of facts.messages) sections.push(`The person you work for says: ${message}`);
  if (facts.briefing !== "") sections.push(`Where the project stands\n\n${facts.briefing}`);
  return `${sections.join("\n\n")}\n`;
}

function task(facts: PromptFacts): string {
  if (facts.task !== null) return facts.task;
  if (facts.purpose === "go-on") return goOn;
  if (facts.sessionType === "init") return facts.existingCode ? initExisting(facts) : initGreenField(facts);
  return facts.purpose === "mend-gate" ? mendGate : work;
}

/** Appended to the agent's own system prompt in every session. */
export const standingInstructions = `You are one session in a chain that builds a project without a person watching. Your context ends with this session; what the next one needs must be in files and in git.

- feature_list.json is the contract. You may set a feature's "passes" to true when you have proved it by running it end to end, and back to false when you find it broken. Everything else in that file is not yours: other edits are undone.
- Onward runs the checks itself after you. A claim that does not hold is taken back, so claiming early gains nothing.
- Nobody answers questions. Decide, and write the decision into claude-progress.txt.
- A tool call may be denied; the reason says what to do instead. Do that, and do not look for a way around.
- Work only inside the project directory. Leave no process running that the project does not need to be checked.
- Commit often, with messages that say why. End with a clean tree and everything that passes still passing.`;

const listFormat = `feature_list.json is a JSON array. Each element:
  { "id": "short-stable-name", "category": "…", "description": "what must be true, for a user",
    "steps": ["how to check it, step by step"], "passes": false,
    "priority": 1, "dependsOn": ["ids that must pass first"], "verify": "a command that exits 0 exactly when it holds" }
"priority", "dependsOn" and "verify" are optional, but a feature with a good "verify" (its own test, say) can be proved and is worth ten without. Put one element per feature, one field per line.`;

function initGreenField(facts: PromptFacts): string {
  return `This is the first session of a new project. ${readSpec(facts)}

Prepare the ground so that later sessions, which know nothing but the files, can each take one feature and finish it:

1. Write feature_list.json: everything that must be true of the finished project, from the user's side, small enough that one session can do one feature, in the order in which to build them, every one with "passes": false. Leave nothing of the specification out.
2. Write init.sh (executable, safe to run again): sets up and starts what the project needs on a fresh machine.
3. Lay the scaffold: the directory structure, the test runner, a README with how to run and test. Build no features yet.
4. Write claude-progress.txt: what you decided and why, how to run and check things, what comes first.
5. Commit it all.

${listFormat}`;
}

function initExisting(facts: PromptFacts): string {
  return `This directory already holds code, and this is Onward's first session with it. ${readSpec(facts)}

First understand what is there: read the code, its tests, its history; run it and its tests. Change no behaviour in this session. Then:

1. Write feature_list.json: what must be true of the finished project. List what works already too, with "passes": true only where a command that you ran shows it (put that command in "verify"); all else with "passes": false, small enough that one session can do one feature, in the order in which to build them.
2. Write init.sh (executable, safe to run again) if nothing of the kind exists: sets up and starts the project on a fresh machine.
3. Write claude-progress.txt: what you found, how to run and check things, which habits of this code base to keep, what comes first.
4. Commit these files, and nothing else.

${listFormat}`;
}

function readSpec({ specFile }: PromptFacts): string {
  return specFile === null
    ? "There is no specification file; what the project is meant to be must be read from what is there."
    : `Read the specification in ${specFile} from beginning to end before anything else.`;
}

const work = `Take the project one step further.

1. Look around: the briefing below, claude-progress.txt, the next feature in feature_list.json, git log and git status.
2. Run init.sh and a quick check of what already passes. If something is broken, mend that first.
3. Take the next feature named below; only that one. Build it completely, with its tests.
4. Check it end to end as a user would. Only when you saw it work, set its "passes" to true in feature_list.json.
5. Commit, and write into claude-progress.txt what you did, what you learned and what comes next.
6. If there is room left in this session, take the following feature the same way. If not, stop with everything committed.`;

const mendGate = `Every feature in feature_list.json is marked as passing, but the project's final check does not hold. Its output is below.

1. Look around: claude-progress.txt, git log, git status; run init.sh.
2. Reproduce the failure, find its cause, and mend the project. Do not weaken the check or the tests.
3. Set features that turn out to be broken back to "passes": false.
4. Commit, and write into claude-progress.txt what was wrong.`;

const goOn = `You were interrupted in the middle of your work (a limit, a stop, or a crash; it was nothing you did). Files may have changed and processes that you started are gone. Look at git status and at feature_list.json first, then go on where you were and finish as your instructions say: proved, claimed, committed, noted.`;
