/**
 * A transcript line for people: the messages of the Claude Agent SDK, one line of JSON each. What is not known
 * here is left out, since newer agents say more; `--raw` shows everything.
 */
import { styleText } from "node:util";
import { roughDuration } from "../../config/duration.ts";
import { count, cut, dim, money, oneLine, verbatim } from "./terminal-text.ts";

/** Lines to print, without their ends; none for a message that tells people nothing. */
export function transcriptText(line: string): readonly string[] {
  const message = parse(line);
  if (message === null) return line.trim() === "" ? [] : [dim(`(no message: ${cut(line, 100)})`)];
  switch (message.type) {
    case "system":
      return system(message);
    case "assistant":
      return contentOf(message).flatMap(said);
    case "user":
      return contentOf(message).flatMap(answered);
    case "result":
      return result(message);
    case "onward":
      return [dim(`(${oneLine(text(message.note))})`)];
    default:
      return [];
  }
}

type Fields = Readonly<Record<string, unknown>>;

const shownLines = 6;
const width = 160;

function system(message: Fields): readonly string[] {
  switch (message.subtype) {
    case "init":
      return [dim(`── ${text(message.model)} in ${text(message.cwd)}`)];
    case "api_retry":
      return [
        styleText(
          "yellow",
          `  retry ${number(message.attempt)} (status ${number(message.error_status) || "none"})`,
        ),
      ];
    case "compact_boundary":
      return [dim("── the agent compacted its context")];
    default:
      return [];
  }
}

function said(block: Fields): readonly string[] {
  if (block.type === "text") return ["", ...paragraphs(text(block.text))];
  if (block.type === "thinking") return dimmed(paragraphs(text(block.thinking)));
  if (block.type !== "tool_use") return [];
  return [`${styleText("cyan", `▸ ${oneLine(text(block.name))}`)} ${cut(subject(block.input), width)}`];
}

function answered(block: Fields): readonly string[] {
  if (block.type === "text") return dimmed(shortened(paragraphs(text(block.text))));
  if (block.type !== "tool_result") return [];
  const output = shortened(paragraphs(resultText(block.content)));
  return block.is_error === true ? output.map((line) => styleText("red", `  ${line}`)) : dimmed(output);
}

function result(message: Fields): readonly string[] {
  const failed = message.is_error === true || message.subtype !== "success";
  const facts = [
    count(number(message.num_turns), "turn"),
    money(number(message.total_cost_usd)),
    roughDuration(number(message.duration_ms)),
  ].join(" · ");
  const why = failed ? ` ${cut(text(message.result) || text(message.terminal_reason), width)}` : "";
  return ["", `${styleText(failed ? "red" : "green", `■ ${text(message.subtype)}`)} ${dim(facts)}${why}`];
}

/** What a call is about, in one line: its command, its file, else all of its input. */
function subject(input: unknown): string {
  if (!isObject(input)) return "";
  const main =
    input.command ?? input.file_path ?? input.pattern ?? input.url ?? input.path ?? input.description;
  return typeof main === "string" ? main : JSON.stringify(input);
}

function resultText(content: unknown): string {
  if (typeof content === "string") return content;
  if (!Array.isArray(content)) return "";
  return content.map((part) => (isObject(part) ? text(part.text) || `[${text(part.type)}]` : "")).join("\n");
}

function paragraphs(words: string): readonly string[] {
  return words.trimEnd().split("\n").map(verbatim);
}

function shortened(all: readonly string[]): readonly string[] {
  if (all.length === 1 && all[0] === "") return [];
  const shown = all
    .slice(0, shownLines)
    .map((line) => (line.length > width ? `${line.slice(0, width - 1)}…` : line));
  return all.length > shownLines ? [...shown, `… ${all.length - shownLines} more lines`] : shown;
}

function dimmed(all: readonly string[]): readonly string[] {
  return all.map((line) => dim(`  ${line}`));
}

function contentOf(message: Fields): readonly Fields[] {
  const content = isObject(message.message) ? message.message.content : null;
  if (typeof content === "string") return [{ type: "text", text: content }];
  return Array.isArray(content) ? content.filter(isObject) : [];
}

function parse(line: string): Fields | null {
  try {
    const value: unknown = JSON.parse(line);
    return isObject(value) ? value : null;
  } catch {
    return null;
  }
}

function isObject(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

const text = (value: unknown): string => (typeof value === "string" ? value : "");
const number = (value: unknown): number => (typeof value === "number" ? value : 0);
