/** P3.1 and P3.2 for redirections, and where a command's standard input comes from (P7.2). */
import type { Redirection } from "unbash";
import type { Stdin } from "../programs/program.ts";
import { checkRead, checkWrite } from "./paths.ts";
import { refuse } from "./refusal.ts";
import type { State } from "./state.ts";
import type { Arg } from "./values.ts";
import type { Walk } from "./walk.ts";
import { type Environment, expandArguments, expandHeredoc, expandScalar } from "./words.ts";

export function checkRedirections(
  redirections: readonly Redirection[],
  state: State,
  env: Environment,
  walk: Walk,
): Stdin {
  let stdin: Stdin = { type: "inherited" };
  for (const redirection of redirections) {
    if (redirection.descriptor?.type === "FileDescriptorVariable") {
      refuse(
        "P3.1",
        `{${redirection.descriptor.name}}`,
        "Redirections to a variable descriptor are not allowed. Use a plain one.",
      );
    }
    const source = checkRedirection(redirection, state, env, walk);
    const descriptor = redirection.descriptor?.value ?? 0;
    if (source !== null && descriptor === 0) {
      // With two of them it takes bash to say which one counts.
      stdin = stdin.type === "inherited" ? source : { type: "dynamic" };
    }
  }
  return stdin;
}

function checkRedirection(
  redirection: Redirection,
  state: State,
  env: Environment,
  walk: Walk,
): Stdin | null {
  const { run } = walk;
  switch (redirection.type) {
    case "HereString": {
      const { target } = redirection;
      if (target === undefined) refuse("P1.3", "<<<", "The here-string has no text.");
      expandScalar(target, env);
      return { type: "dynamic" };
    }
    case "HereDoc": {
      const { delimiter, closing, body } = redirection;
      if (delimiter === undefined || closing === undefined) {
        refuse(
          "P1.3",
          "<<",
          "The heredoc is not closed. Put its delimiter alone on a line, without blanks around it.",
        );
      }
      if (delimiter.quoted) {
        if (!/^(?:'[\w.-]+'|"[\w.-]+"|\\[\w.-]+)$/.test(delimiter.text)) {
          refuse("P1.3", delimiter.text, "Use a plain heredoc delimiter, wholly quoted: <<'EOF'.");
        }
        run.literalRanges.push([body.pos, body.end]);
        return { type: "literal" };
      }
      if (!/^[\w.-]+$/.test(delimiter.text))
        refuse("P1.3", delimiter.text, "Use a plain heredoc delimiter: <<'EOF'.");
      expandHeredoc(body, env);
      const live = /[$`\\]/.test(body.text);
      return { type: live ? "dynamic" : "literal" };
    }
    case "Redirect": {
      const { operator, target } = redirection;
      if (target === undefined) refuse("P1.3", operator, "The redirection has no target.");
      const place = { cwds: state.cwds, run };
      if (operator === "<&" || operator === ">&") {
        if (/^(?:\d{1,3}-?|-)$/.test(target.text)) return null;
        // bash expands the file name of `>&` twice, quotes or not.
        if (operator === ">&" && !/^[\w./-]+$/.test(target.text)) {
          refuse("P3.1", target.text, "bash expands this name twice. Write `&> file`.");
        }
        if (operator === "<&")
          refuse("P3.2", target.text, "Only descriptors such as `<&3` may be duplicated.");
      }
      const words = expandArguments(target, env);
      const [path] = words;
      if (words.length !== 1 || path === undefined)
        refuse("P3.1", target.text, "A redirection needs exactly one target.");
      if (path.type === "glob")
        refuse("P3.1", target.text, "Write the target of a redirection out, without wildcards.");
      if (operator === "<") {
        checkRead(place, path);
        return { type: "file", path };
      }
      checkWrite(place, path);
      if (operator === "<>") checkRead(place, path);
      noteWrittenFile(path, walk);
      return null;
    }
    default:
      redirection satisfies never;
      refuse("P1.3", "", "This redirection is not understood.");
  }
}

/** P7.4 */
function noteWrittenFile(path: Arg, { run }: Walk): void {
  if (path.type === "literal" && !path.text.startsWith("/dev/")) run.writesFile = path.raw;
}
