/** What descriptions mean, as far as that can be told from their words. English, as the prompts are. */

/**
 * The same for texts that differ in case, punctuation, order, endings or little words only. Texts that differ in
 * one word that matters are not the same: adding a task and removing a task are two features.
 */
export function meaningOf(text: string): string {
  const words = wordsOf(text);
  const told = words.filter((word) => !littleWords.has(word));
  return (told.length === 0 ? words : told).map(stem).sort().join(" ");
}

/** Why nobody could check it by these words, to follow their name; null where somebody could. */
export function isVague(text: string, kind: "description" | "step" = "description"): string | null {
  const phrase = vaguePhrases.exec(text)?.[0] ?? /\b(TODO|TBD)\b/.exec(text)?.[0];
  if (phrase !== undefined) return `says "${phrase}", which nobody can check`;
  const least = kind === "step" ? 1 : 2;
  return wordsOf(text).length < least || text.trim().length < 3 * least ? "is too short to be checked" : null;
}

const vaguePhrases =
  /\b(works? (correctly|properly|well|fine|nicely|as (expected|intended|it should))|behaves? (correctly|properly|as expected)|as appropriate|and so on|etc\b\.?|user[- ]friendly|(looks?|feels?) (good|nice|great|modern)|fast enough|if (necessary|needed)|somehow|various|error handling is good|handles? errors? (gracefully|properly))/i;

const littleWords: ReadonlySet<string> = new Set(
  "a an and any are as at be by can could for from has have if in into is it its may must of on or shall should so some that the their them then there they this to was were when which while who will with would user users".split(
    " ",
  ),
);

function wordsOf(text: string): readonly string[] {
  return text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
}

/** Crude, and the same for `add`, `adds`, `added` and `adding`. */
function stem(word: string): string {
  if (word.length < 4 || /\d/.test(word)) return word;
  const bare = word.replace(/(ing|ed|es|s)$/, "");
  return bare.length < 3 ? word : bare.replace(/e$/, "");
}
