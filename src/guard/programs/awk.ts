/**
 * P12: an awk program may compute and print. It may not run (`system`, `|`), open files (`>`, `getline`), call
 * functions by name (`@f`) or read the environment (P4.7). The program is cut into tokens so that a `>` in a
 * string, a regular expression or a comparison is not taken for a redirection.
 */
import { checkRead } from "../shell/paths.ts";
import { refuse } from "../shell/refusal.ts";
import { parseOptions } from "./options.ts";
import { type Call, type Program, staticText } from "./program.ts";

const awk: Program = {
  options: "-F=text -v=text --field-separator=text --assign=text --version",
  operands: "text",
  posix: true,
};

export function judgeAwk(call: Call): void {
  const { options, operands } = parseOptions(call, awk);
  for (const { name, value } of options) {
    if (
      (name === "-v" || name === "--assign") &&
      value !== null &&
      !/^[A-Za-z_]\w*=/.test(staticText(call, value))
    ) {
      refuse("P12", value.raw, "`awk -v` takes name=value.");
    }
  }
  const [program, ...files] = operands;
  if (program === undefined) {
    if (options.some(({ name }) => name === "--version")) return;
    refuse("P12", "awk", "awk needs a program.");
  }
  checkProgram(staticText(call, program));
  for (const file of files) {
    // `name=value` between the files is an assignment.
    if (!/^[A-Za-z_]\w*=/.test(file.type === "literal" ? file.text : "")) checkRead(call, file);
  }
}

type Token = { readonly type: "string" | "regex" | "word" | "value" | "operator"; readonly text: string };

function checkProgram(program: string): void {
  // Wherever they stand, also in what is taken for a string here.
  const name = /\b(?:system|getline|ENVIRON|PROCINFO|SYMTAB|FUNCTAB|ARGV|ARGC)\b|@/.exec(
    program.replaceAll(/"(?:[^"\\/\n]|\\[^\n])*"/g, '""'),
  );
  if (name !== null) complain(program, name[0]);
  let depth = 0;
  let printing = false;
  const tokens = tokenize(program);
  for (const token of tokens) {
    if (token.type !== "operator") {
      if (token.type === "word" && /^printf?$/.test(token.text)) {
        printing = true;
        depth = 0;
      }
      continue;
    }
    switch (token.text) {
      case "|":
      case "|&":
        complain(program, "|");
        break;
      case ">>":
        complain(program, ">>");
        break;
      case "(":
        depth += 1;
        break;
      case ")":
        depth -= 1;
        break;
      case ">":
        // Behind `print`, outside parentheses, it is a redirection.
        if (printing && depth <= 0) complain(program, ">");
        break;
      case ";":
      case "{":
      case "}":
        printing = false;
        depth = 0;
        break;
      default:
        break;
    }
  }
}

function tokenize(program: string): Token[] {
  const tokens: Token[] = [];
  const open: boolean[] = [];
  let divides = false;
  let index = 0;
  while (index < program.length) {
    const rest = program.slice(index);
    const token = nextToken(rest, divides);
    if (token === null) complain(program, rest.slice(0, 10));
    index += token.text.length;
    if (/^(?:[ \t\\]|#)/.test(token.text)) continue;
    if (token.text === "(") open.push(/^(?:if|while|for)$/.test(tokens.at(-1)?.text ?? ""));
    // Behind the condition of an `if` a slash opens a regular expression.
    divides = token.text === ")" && open.pop() ? false : endsOperand(token);
    tokens.push(token);
  }
  return tokens;
}

function nextToken(rest: string, divides: boolean): Token | null {
  const blank = /^(?:[ \t]|\\\n)+|^\n/.exec(rest);
  if (blank !== null) return { type: "operator", text: blank[0] };
  const comment = /^#[^\n]*/.exec(rest);
  if (comment !== null) return { type: "operator", text: comment[0] };
  if (rest.startsWith('"')) {
    const string = /^"(?:[^"\\\n]|\\[^\n])*"/.exec(rest);
    return string === null ? null : { type: "string", text: string[0] };
  }
  if (rest.startsWith("/") && !divides) {
    // A slash or quote inside a bracket expression is read differently by different awks.
    const regex = /^\/(?:[^/\\\n[]|\\[^\n]|\[[^\]/"\n\\]*\])+\//.exec(rest);
    return regex === null ? null : { type: "regex", text: regex[0] };
  }
  const word = /^[A-Za-z_]\w*/.exec(rest);
  if (word !== null) return { type: "word", text: word[0] };
  const value = /^(?:\d+\.?\d*(?:[eE][-+]?\d+)?|\.\d+)/.exec(rest);
  if (value !== null) return { type: "value", text: value[0] };
  const operator =
    /^(?:\|\||\|&|&&|>>|>=|<=|==|!=|!~|\+\+|--|\*\*|[-+*/%^]=|[-+*/%^!<>=?:;,(){}[\]$~|@\\])/.exec(rest);
  if (operator === null || operator[0] === "\\") return null;
  return { type: "operator", text: operator[0] };
}

/** Behind an operand a slash divides; elsewhere it opens a regular expression. */
function endsOperand(token: Token): boolean {
  if (token.type === "operator") return /^(?:[)\]]|\+\+|--)$/.test(token.text);
  return (
    token.type !== "word" ||
    !/^(?:print|printf|return|in|if|while|else|do|case|getline|delete|exit|length)$/.test(token.text)
  );
}

function complain(program: string, what: string): never {
  refuse(
    "P12",
    program,
    `\`${what.trim() === "" ? "this" : what}\` is not allowed in an awk program: it may only compute and print. Redirect with the shell instead (\`awk '…' in > out\`).`,
  );
}
