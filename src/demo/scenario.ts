/**
 * What the bundled model says in `onward demo`: it builds the program of `demo/program`, an init session and
 * then a feature a session, with three honest mishaps on the way (see `sessions.ts`).
 *
 * D1: nothing is remembered between two calls. A session is a generator that is replayed against the tool
 *     results of the conversation, so that the demo goes on after any interruption, in any process.
 * D2: where a session begins is read from the project's files, never from what an earlier session meant to do.
 */
import { readConversation, type ToolResult } from "./conversation.ts";
import type { AnswerTurn, ScriptedMessage } from "./scripted-model.ts";
import { continueSession, initSession, type Session } from "./sessions.ts";

export { demoHints, demoSpecFile } from "./program.ts";

/** The model's next message. Its `tools` are those of Claude Code, with paths relative to the project. */
export function scenario(call: { readonly messages: readonly ScriptedMessage[] }): AnswerTurn {
  const conversation = readConversation(call.messages);
  if (conversation === null) return { text: "I only follow the script of `onward demo`." };
  return replay(sessions[conversation.sessionType](), conversation.results);
}

const sessions = { init: initSession, continue: continueSession };

function replay(session: Session, results: readonly ToolResult[]): AnswerTurn {
  let answered = 0;
  let step = session.next([]);
  while (!step.done && answered < results.length) {
    const answers = results.slice(answered, answered + step.value.tools.length);
    answered += answers.length;
    step = session.next(answers);
  }
  return step.done ? { text: step.value } : step.value;
}
