/**
 * The two kinds of session as the scripted agent lives them. Three mishaps are on purpose, because a demo
 * without them would show nothing: a bug that the agent's own test finds (`streak`), a command that the guard
 * denies (`done`), and a claim that goes past Onward's tool and without a test, which is taken back (`export`).
 */
import type { ToolResult } from "./conversation.ts";
import { type DemoFeature, listIn, nextFeature } from "./features.ts";
import { corrections, firstAttempt, harnessFile, type ProgramFile, stageFiles } from "./program.ts";
import type { ScriptedTool } from "./scripted-model.ts";
import { type Story, stories, type Words } from "./stories.ts";

export interface Step {
  readonly text?: string;
  readonly tools: readonly ScriptedTool[];
}

/** Yields what the agent says and does, takes the tools' answers, returns its last words. */
export type Session = Part<string>;
type Part<Result> = Generator<Step, Result, readonly ToolResult[]>;

export function* initSession(): Session {
  const [, files] = yield {
    text: "I begin with the specification, and with what is already here.",
    tools: [read("app_spec.txt"), bash(listFiles)],
  };
  const present = linesOf(files);
  yield* writeFiles(
    "The scaffold: a command line without commands yet, and its test.",
    stageFiles("scaffold"),
    present,
  );
  yield {
    text: "It has to stand before anything is built on it.",
    tools: [bash("chmod +x init.sh bin/habit.js && ./init.sh")],
  };
  // The list comes last: it is what makes the next session a continue session.
  yield* writeFiles(
    "Now what must be true in the end: six features, each with a test that decides.",
    [harnessFile("claude-progress.txt"), harnessFile("feature_list.json")],
    present,
  );
  yield { tools: [bash(commit("Lay the ground: scaffold, feature list and notes"))] };
  return "The ground is laid: a feature list, init.sh, notes and a scaffold whose tests pass. No feature is built yet.";
}

export function* continueSession(): Session {
  const list = yield* readList();
  if (list === null) return "I cannot make sense of feature_list.json, so I leave everything as it is.";
  const feature = nextFeature(list);
  const story = feature === undefined ? undefined : stories[feature.id];
  if (feature === undefined || story === undefined) return yield* lastLook(feature);

  const { present, healthy } = yield* lookAround(feature);
  const begun = present.has(testOf(feature));
  const ready = begun
    ? healthy || (yield* mend(feature, story, present))
    : yield* build(feature, story, present);
  if (!ready) return `${feature.id} is not done: its test still fails. I claim nothing.`;
  const words = begun ? (story.amends ?? story) : story;
  if (story.proof === "by-eye" && !begun) yield* markAsPassing(feature);
  else if (!(yield* claim(feature, words))) return `${feature.id} is not done: Onward's check of it fails.`;
  yield* leave(feature, words);
  return `${feature.id} is done: ${feature.description}.`;
}

function* readList(): Part<readonly DemoFeature[] | null> {
  const [shown] = yield { text: "What is there to do?", tools: [read("feature_list.json")] };
  const list = shown === undefined ? null : listIn(shown);
  if (list !== null) return list;
  // In a resumed conversation the agent may answer that the file has not changed since it was last read.
  const [printed] = yield { tools: [bash("cat feature_list.json")] };
  return printed === undefined ? null : listIn(printed);
}

function* lookAround(feature: DemoFeature): Part<{ present: ReadonlySet<string>; healthy: boolean }> {
  const [files] = yield {
    text: `Next is ${feature.id}: ${feature.description}. First, where things stand.`,
    tools: [bash(`${listFiles}; git log --oneline -n 5; cat claude-progress.txt`)],
  };
  const [tests] = yield { tools: [bash("./init.sh")] };
  return { present: linesOf(files), healthy: tests?.failed === false };
}

/** Whether the agent believes that the feature works. */
function* build(feature: DemoFeature, story: Story, present: ReadonlySet<string>): Part<boolean> {
  yield* writeFiles(story.plan, firstAttempt(feature.id), present);
  if (story.proof === "by-test" && !(yield* testPasses(feature)) && !(yield* mend(feature, story, present)))
    return false;
  let denied = false;
  for (const { text, afterDenial, command } of story.tries) {
    const said: string = denied ? (afterDenial ?? text) : text;
    const answers: readonly ToolResult[] = yield { text: said, tools: [bash(command)] };
    denied = answers.some(({ failed }) => failed);
  }
  return true;
}

/** Puts right what a first attempt gets wrong; where that is not enough, a session was cut: all files again. */
function* mend(feature: DemoFeature, story: Story, present: ReadonlySet<string>): Part<boolean> {
  for (const files of [corrections(feature.id), stageFiles(feature.id)]) {
    if (files.length === 0) continue;
    yield* writeFiles(story.mistake, files, present);
    if (yield* testPasses(feature)) return true;
  }
  return false;
}

function* testPasses(feature: DemoFeature): Part<boolean> {
  const [test] = yield { tools: [bash(feature.verify)] };
  return test?.failed === false;
}

/** Whether Onward, which checks it while the agent waits, agrees. */
function* claim(feature: DemoFeature, { commit: done }: Words): Part<boolean> {
  const evidence = `${done}: I ran \`${feature.verify}\`, and it passes.`;
  const [verdict] = yield {
    text: `I claim ${feature.id}. Onward runs its own check before it believes me.`,
    tools: [{ name: "mcp__onward__claim", input: { id: feature.id, evidence } }],
  };
  return verdict?.text.startsWith(`${feature.id} holds`) ?? false;
}

/** The way past that check; settling is behind it. */
function* markAsPassing(feature: DemoFeature): Part<void> {
  // `verify` is what makes the place unique in the list.
  const place = `"verify": ${JSON.stringify(feature.verify)},\n    "passes": `;
  yield {
    text: `That is enough for me: I mark ${feature.id} as passing by hand.`,
    tools: [edit("feature_list.json", `${place}false`, `${place}true`)],
  };
}

function* leave(feature: DemoFeature, words: Words): Part<void> {
  const note = `echo "- ${feature.id}: ${words.note}" >> claude-progress.txt`;
  yield { tools: [bash(`${note} && ${commit(words.commit)}`)] };
}

/** Nothing that the script knows is left to build: see whether what is there holds. */
function* lastLook(unknown: DemoFeature | undefined): Session {
  const [tests] = yield { text: "Does everything hold?", tools: [bash("./init.sh")] };
  const health =
    tests?.failed === false ? "All tests pass." : "The tests fail, and my script does not say why.";
  return unknown === undefined ? health : `${health} My script does not know how to build "${unknown.id}".`;
}

/** The agent's own tools overwrite only what they have read. */
function* writeFiles(text: string, files: readonly ProgramFile[], present: ReadonlySet<string>): Part<void> {
  const known = files.filter(({ path }) => present.has(path));
  if (known.length > 0) yield { text, tools: known.map(({ path }) => read(path)) };
  const tools = files.map(({ path, content }) => ({ name: "Write", input: { file_path: path, content } }));
  yield known.length > 0 ? { tools } : { text, tools };
}

const listFiles = "git ls-files --cached --others --exclude-standard";
const linesOf = (result: ToolResult | undefined): ReadonlySet<string> => new Set(result?.text.split("\n"));
const testOf = (feature: DemoFeature): string => `test/${feature.id}.test.js`;

/** The commits are the scripted agent's, not the person's: its name, and never a question for a signing key. */
function commit(message: string): string {
  const author =
    "-c user.name=scripted-agent -c user.email=scripted-agent@demo.invalid -c commit.gpgsign=false";
  return `git add -A && git ${author} commit -m "${message}"`;
}

function read(path: string): ScriptedTool {
  return { name: "Read", input: { file_path: path } };
}

function edit(path: string, before: string, after: string): ScriptedTool {
  return { name: "Edit", input: { file_path: path, old_string: before, new_string: after } };
}

function bash(command: string): ScriptedTool {
  return { name: "Bash", input: { command } };
}
