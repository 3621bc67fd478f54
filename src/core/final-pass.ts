/**
 * What a final pass was about, as one text that is only ever compared: the files, and the commands that looked at
 * them (F5). A pass of `true` says nothing about `npm test`.
 */
export function finalPassOf(tree: string, checks: string): string {
  return `${tree} ${checks}`;
}

/** The same commands on another tree: for who does not know with which ones the next run will come. */
export function samePassOn(tree: string, passed: string): string {
  return finalPassOf(tree, passed.split(" ")[1] ?? "");
}
