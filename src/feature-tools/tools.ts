/**
 * The five tools with which an agent works on the feature list: what they are called, what they ask for and what
 * they say. None takes a path or a project: a tool belongs to the session that it was made for.
 */
import type { AgentTool, ToolAnswer, ToolParameter } from "../ports.ts";
import { claimText, featureText, nextText } from "./answers.ts";
import type { FeatureBoard, Recorded } from "./board.ts";
import { findFeature } from "./listing.ts";

export function featureTools(board: FeatureBoard): readonly AgentTool[] {
  return [
    {
      name: "next_features",
      description: "How far the project is, and which features come next, in the order of work.",
      parameters: {},
      async call() {
        const list = await board.list();
        return list.type === "listed" ? said(nextText(list)) : failed(list.problem);
      },
    },
    {
      name: "feature",
      description: "All that feature_list.json says of one feature.",
      parameters: { id },
      async call(input) {
        const list = await board.list();
        if (list.type === "unreadable") return failed(list.problem);
        const found = findFeature(list.features, input.id ?? "");
        return "type" in found ? failed(found.reason) : said(featureText(found, list.features));
      },
    },
    {
      name: "claim",
      description:
        "Claim that a feature works, once you have seen it work. Onward runs the command that decides it while " +
        'you wait, answers with the verdict and the end of the output, and sets "passes" in feature_list.json ' +
        "where it holds. Nobody takes your word: claiming early gains nothing.",
      parameters: {
        id,
        evidence: { description: "What you ran and what you saw, in a few lines; kept beside the verdict." },
      },
      async call(input, signal) {
        const { id: featureId = "", evidence = "" } = input;
        if (evidence.trim() === "") return failed("Say what you ran and what you saw, as evidence.");
        const claimed = await board.claim(featureId, evidence, signal);
        return claimed.type === "refused" ? failed(claimed.reason) : said(claimText(featureId, claimed));
      },
    },
    {
      name: "note",
      description:
        "Leave the next session a line that it has to know: a decision, a trap, how to run something. Onward " +
        "writes it into claude-progress.txt when this session ends.",
      parameters: { text },
      async call(input, signal) {
        if (isBlank(input.text)) return failed("The note is empty.");
        return recorded(await board.note(input.text ?? "", signal), "Noted, for the next session.");
      },
    },
    {
      name: "blocker",
      description:
        "Tell the person what you cannot get past by yourself (a missing credential, a contradiction in the " +
        "specification). Nobody answers in this session: go on with what can be done.",
      parameters: {
        text: { description: "What is in the way, and what would clear it; one line." },
        id: {
          description: "The feature that it blocks; left out when it blocks everything.",
          optional: true,
        },
      },
      async call(input, signal) {
        if (isBlank(input.text)) return failed("Say what is in the way.");
        const raised = await board.blocker(input.text ?? "", input.id ?? null, signal);
        return recorded(raised, "Recorded: the person and the next session are told. Go on with other work.");
      },
    },
  ];
}

const id: ToolParameter = { description: 'The "id" of the feature in feature_list.json.' };
const text: ToolParameter = { description: "One line." };

function isBlank(given: string | undefined): boolean {
  return given === undefined || given.trim() === "";
}

function recorded(answer: Recorded, words: string): ToolAnswer {
  return answer.type === "recorded" ? said(words) : failed(answer.reason);
}

function said(words: string): ToolAnswer {
  return { text: words, failed: false };
}

function failed(words: string): ToolAnswer {
  return { text: words, failed: true };
}
