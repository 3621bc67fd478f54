/** The checkpoints that there are, and the one that a person means. Looks without touching. */
import { OnwardError } from "../../core/errors.ts";
import { type CheckpointId, newCheckpointId } from "../../core/ids.ts";
import type { Git } from "../git/git.ts";
import { parseListText } from "../list/feature-list.ts";
import { featureListName } from "../paths.ts";
import type { Checkpoint } from "./checkpoint.ts";
import { readFacts } from "./checkpoint-facts.ts";
import { isOwnName, namesUnder } from "./checkpoint-names.ts";

export interface ListedCheckpoint extends Checkpoint {
  readonly id: CheckpointId;
}

const format = "%(refname)%00%(objectname)%00%(tree)%00%(contents)%00";

/** The project's own, oldest first. What is named like them and was not made by Onward is passed over. */
export async function listCheckpoints(git: Git): Promise<readonly ListedCheckpoint[]> {
  const { repository } = git;
  const named = await git.run(["for-each-ref", `--format=${format}`, namesUnder(repository)]);
  const fields = named.split("\0");
  const found: ListedCheckpoint[] = [];
  for (let at = 0; at + 3 < fields.length; at += 4) {
    const [name = "", commit = "", tree = "", message = ""] = fields.slice(at, at + 4);
    const [ref, facts] = [name.trim(), readFacts(message)];
    if (facts === null || !isOwnName(repository, ref)) continue;
    found.push({ ...facts, id: newCheckpointId(commit), ref, commit, tree });
  }
  return found.sort((a, b) => a.at - b.at);
}

/** Files that differ from the checkpoint before, for each; null for the first. */
export async function changedFiles(
  git: Git,
  checkpoints: readonly ListedCheckpoint[],
): Promise<readonly (number | null)[]> {
  const pairs = checkpoints.slice(1).map(({ tree }, index) => `${checkpoints[index]?.tree} ${tree}`);
  if (pairs.length === 0) return checkpoints.map(() => null);
  const input = pairs.map((pair) => `${pair}\n`).join("");
  const told = await git.run(["diff-tree", "--stdin", "-r", "--name-only", "--no-renames"], { input });
  // Each pair is repeated, then come its names; nothing at all is said of two equal trees.
  const counts = new Map<string, number>();
  let pair = "";
  for (const line of told.split("\n")) {
    if (/^[0-9a-f]{40,64} [0-9a-f]{40,64}$/.test(line)) pair = line;
    else if (line !== "") counts.set(pair, (counts.get(pair) ?? 0) + 1);
  }
  return [null, ...pairs.map((each) => counts.get(each) ?? 0)];
}

/** The feature list that it holds; null when that is none. */
export async function listTextIn(git: Git, { tree }: ListedCheckpoint): Promise<string | null> {
  const text = await textIn(git, tree, featureListName);
  return text !== null && parseListText(text).type === "valid" ? text : null;
}

/** A file of the project's in a tree or commit; null where it is not there, or is empty. */
export async function textIn(git: Git, tree: string, name: string): Promise<string | null> {
  const { prefix } = git.repository;
  const path = prefix === "" ? name : `${prefix}/${name}`;
  return (await git.run(["cat-file", "blob", `${tree}:${path}`], { accept: [0, 128] })) || null;
}

/** By its id, or any unmistakable beginning of one of at least four digits. Throws `usage`. */
export function findCheckpoint(checkpoints: readonly ListedCheckpoint[], typed: string): ListedCheckpoint {
  const digits = /^(?:chk_)?([0-9a-f]{4,64})$/.exec(typed.toLowerCase())?.[1];
  const hint = "`onward checkpoints` lists them.";
  if (digits === undefined) {
    throw new OnwardError("usage", `${typed} is no checkpoint's id, such as chk_1a2b3c4d.`, { hint });
  }
  const meant = new Map(
    checkpoints.filter(({ commit }) => commit.startsWith(digits)).map((each) => [each.commit, each]),
  );
  const [only] = meant.values();
  if (only === undefined) throw new OnwardError("usage", `There is no checkpoint ${typed}.`, { hint });
  if (meant.size > 1) {
    const all = [...meant.keys()].map((commit) => `chk_${commit.slice(0, 12)}`).join(", ");
    throw new OnwardError("usage", `${typed} could be ${all}.`, { hint: "Type more of its digits." });
  }
  return only;
}
