/**
 * P4.2: what `$(…)` prints is not known. Some programs print one plain word, or nothing when they fail, which
 * matters because `[ $n -gt 0 ]` is usually written without quotes.
 */
import type { Holds } from "./values.ts";

const words = [
  /\|\s*wc -[lwc]\s*$/,
  /^\s*wc -[lwc] ?< ?[\w./-]+\s*$/,
  /\|\s*grep -[a-zA-Z]*c[a-zA-Z]* (?:'[^']*'|"[\w .:-]*"|[\w.-]+)\s*$/,
  /^\s*date \+%s\s*$/,
  /^\s*curl [^|;&\n]*-o \/dev\/null [^|;&\n]*-w ['"]?%\{http_code\}['"]?[^|;&\n]*$/,
  /^\s*git (?:rev-parse (?:--abbrev-ref |--short )?HEAD|branch --show-current)\s*$/,
];

export function outputOf(substitution: string): Holds {
  const inner = substitution.startsWith("$(") ? substitution.slice(2, -1) : substitution.slice(1, -1);
  return words.some((form) => form.test(inner)) ? "word" : "anything";
}
